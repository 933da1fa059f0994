package io.maas.serving;

import io.maas.backend.Cancellation;
import io.maas.backend.Program;
import io.maas.backend.Session;
import io.maas.model.Lineage;
import io.maas.model.Manifest;
import io.maas.model.Signature;
import io.maas.model.TensorSpec;
import io.maas.registry.Version;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A program that doubles {@code x}, can be held in the middle of a run, and fails on rows that hold −1. */
final class DoublingProgram implements Program {
    static final Signature SIGNATURE = new Signature(
            List.of(new TensorSpec("x", DataType.FLOAT32, Shape.symbolic("batch", "width"))),
            List.of(new TensorSpec("y", DataType.FLOAT32, Shape.symbolic("batch", "width"))));

    final List<Integer> batches = new CopyOnWriteArrayList<>();
    final List<Thread> threads = new CopyOnWriteArrayList<>();
    final List<Cancellation> cancellations = new CopyOnWriteArrayList<>();
    final AtomicInteger closes = new AtomicInteger();
    /** A permit a close. */
    final Semaphore closed = new Semaphore(0);

    final Semaphore entered = new Semaphore(0);
    /** Runs wait for a permit here while held. */
    final Semaphore gate = new Semaphore(0);

    /** What a run moves the clock by. */
    volatile long virtualNanos;

    volatile AtomicLong clock = new AtomicLong();
    /** How long a run takes at least: longer than to hand it over, so that by a real clock it is waited for. */
    volatile long busyNanos = 30_000;

    volatile boolean held;
    volatile @Nullable Error error;

    /** Nobody watches it. */
    static Watch watch() {
        return watch(ServingOptions.defaults());
    }

    static Watch watch(ServingOptions options) {
        Manifest manifest = new Manifest(SIGNATURE, Lineage.unknown(), "", Map.of(), Map.of(), 0);
        return new Watch(new Version("doubling", 1, "", Instant.EPOCH, manifest), options);
    }

    static Tensors row(float... values) {
        return Tensors.of("x", Tensor.of(values, 1, values.length));
    }

    static float[] doubled(Tensors outputs) {
        return outputs.get("y").toFloatArray();
    }

    @Override
    public Signature signature() {
        return SIGNATURE;
    }

    @Override
    public Tensors run(Tensors inputs, Cancellation cancellation) {
        return runBatch(List.of(inputs), cancellation).get(0);
    }

    @Override
    public List<Tensors> runBatch(List<Tensors> requests, Cancellation cancellation) {
        if (closes.get() > 0) {
            throw new IllegalStateException("run after close");
        }
        batches.add(requests.size());
        threads.add(Thread.currentThread());
        cancellations.add(cancellation);
        boolean isHeld = held; // What the test says once it knows that this run is under way is for later ones.
        entered.release();
        clock.addAndGet(virtualNanos);
        long end = System.nanoTime() + busyNanos;
        while (System.nanoTime() - end < 0) {
            Thread.onSpinWait();
        }
        if (isHeld) {
            gate.acquireUninterruptibly();
        }
        if (error != null) {
            throw error;
        }
        List<Tensors> outputs = new ArrayList<>();
        for (Tensors request : requests) {
            float[] values = request.get("x").toFloatArray();
            for (int i = 0; i < values.length; i++) {
                if (values[i] == -1) {
                    throw new IllegalArgumentException("poison");
                }
                values[i] *= 2;
            }
            outputs.add(
                    Tensors.of("y", Tensor.of(values, request.get("x").shape().toArray())));
        }
        return outputs;
    }

    @Override
    public Session newSession(Map<String, String> carried, Tensors initial) {
        throw new IllegalStateException("not used here");
    }

    @Override
    public void close() {
        closes.incrementAndGet();
        closed.release();
    }
}
