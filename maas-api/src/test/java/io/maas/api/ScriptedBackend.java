package io.maas.api;

import com.google.common.io.ByteSource;
import io.maas.backend.Backend;
import io.maas.backend.Cancellation;
import io.maas.backend.Capability;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.backend.Session;
import io.maas.error.BackendException;
import io.maas.graph.Graph;
import io.maas.graph.onnx.OnnxReader;
import io.maas.model.Signature;
import io.maas.tensor.Tensors;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;

/** An engine that does what a test says, so that every failure can be had at will. */
public final class ScriptedBackend implements Backend {
    private static final long BUSY_NANOS = 30_000;

    private volatile UnaryOperator<Tensors> script = inputs -> {
        throw new BackendException("scripted", "no script");
    };

    /** What every program does from now on. */
    public void play(UnaryOperator<Tensors> next) {
        script = next;
    }

    /** As {@link #play}, but each program says when it has begun, and goes on when it may. */
    public void playHeld(CountDownLatch begun, CountDownLatch release, UnaryOperator<Tensors> next) {
        play(inputs -> {
            begun.countDown();
            try {
                release.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return next.apply(inputs);
        });
    }

    @Override
    public String name() {
        return "scripted";
    }

    @Override
    public int priority() {
        return 0;
    }

    @Override
    public Set<Capability> capabilities() {
        return Set.of();
    }

    @Override
    public Program compile(Graph graph, ProgramOptions options) {
        return new Scripted(Signature.of(graph));
    }

    @Override
    public Program load(ByteSource onnx, ProgramOptions options) {
        return new Scripted(Signature.of(OnnxReader.read(onnx)));
    }

    private final class Scripted implements Program {
        private final Signature signature;

        Scripted(Signature signature) {
            this.signature = signature;
        }

        @Override
        public Signature signature() {
            return signature;
        }

        @Override
        public Tensors run(Tensors inputs, Cancellation cancellation) {
            // Longer than to hand it over, so that whoever asks does not run it.
            long end = System.nanoTime() + BUSY_NANOS;
            while (System.nanoTime() - end < 0) {
                Thread.onSpinWait();
            }
            return script.apply(inputs);
        }

        @Override
        public List<Tensors> runBatch(List<Tensors> requests, Cancellation cancellation) {
            return requests.stream().map(request -> run(request, cancellation)).toList();
        }

        @Override
        public Session newSession(Map<String, String> carried, Tensors initial) {
            throw new BackendException("scripted", "no sessions");
        }

        @Override
        public void close() {}
    }
}
