package io.maas.serving;

import io.maas.backend.Cancellation;
import io.maas.backend.Program;
import io.maas.backend.Session;
import io.maas.model.Signature;
import io.maas.tensor.Tensors;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/** A hold that keeps the program loaded until it is closed. */
final class PinnedProgram implements ServedProgram {
    private final SharedPrograms programs;
    private final SharedProgram shared;
    private final Program program;
    private final AtomicBoolean closed = new AtomicBoolean();

    PinnedProgram(SharedPrograms programs, SharedProgram shared, Program program) {
        this.programs = programs;
        this.shared = shared;
        this.program = program;
    }

    @Override
    public long residentBytes() {
        return shared.residentBytes();
    }

    @Override
    public double fillCost() {
        return shared.fillCost();
    }

    @Override
    public Signature signature() {
        return program.signature();
    }

    @Override
    public Tensors run(Tensors inputs, Cancellation cancellation) {
        return program.run(inputs, cancellation);
    }

    @Override
    public List<Tensors> runBatch(List<Tensors> requests, Cancellation cancellation) {
        return program.runBatch(requests, cancellation);
    }

    @Override
    public Session newSession(Map<String, String> carried, Tensors initial) {
        return program.newSession(carried, initial);
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            shared.release();
            programs.leave(shared);
        }
    }
}
