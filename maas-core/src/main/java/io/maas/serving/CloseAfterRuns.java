package io.maas.serving;

import io.maas.backend.Cancellation;
import io.maas.backend.Program;
import io.maas.backend.Session;
import io.maas.model.Signature;
import io.maas.tensor.Tensors;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * A program whose {@link #close} waits, without blocking, for the last run. A request that was given up (its time is over, its caller
 * has cancelled it) has ended its lease, but its run may still be in the engine, and closing an engine under a run ends the JVM.
 */
final class CloseAfterRuns implements Program {
    private final Program program;
    /** One a run, and one until it is closed. */
    private final AtomicInteger users = new AtomicInteger(1);

    private final AtomicInteger closes = new AtomicInteger();

    CloseAfterRuns(Program program) {
        this.program = program;
    }

    @Override
    public Signature signature() {
        return program.signature();
    }

    @Override
    public Tensors run(Tensors inputs, Cancellation cancellation) {
        return guarded(() -> program.run(inputs, cancellation));
    }

    @Override
    public List<Tensors> runBatch(List<Tensors> requests, Cancellation cancellation) {
        return guarded(() -> program.runBatch(requests, cancellation));
    }

    private <T> T guarded(Supplier<T> run) {
        if (users.getAndUpdate(count -> count == 0 ? 0 : count + 1) == 0) {
            throw new IllegalStateException("program: closed (expected: open)");
        }
        try {
            return run.get();
        } finally {
            leave();
        }
    }

    private void leave() {
        if (users.decrementAndGet() == 0) {
            program.close();
        }
    }

    @Override
    public Session newSession(Map<String, String> carried, Tensors initial) {
        return program.newSession(carried, initial);
    }

    @Override
    public void close() {
        if (closes.getAndIncrement() == 0) {
            leave();
        }
    }
}
