package io.maas.serving;

import io.maas.backend.Cancellation;
import io.maas.backend.Program;
import io.maas.backend.Session;
import io.maas.model.Signature;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** A hold that has the program loaded by the first run, and again by the first one after it was unloaded. */
final class OnDemandProgram implements ServedProgram {
    private final SharedPrograms programs;
    private final SharedProgram shared;
    private final Signature signature;
    private final Watch watch;
    private final Consumer<Program> check;
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile boolean checked;

    /**
     * @param signature what the program is known to have
     * @param check what it has to pass before the first request
     */
    OnDemandProgram(
            SharedPrograms programs, SharedProgram shared, Signature signature, Watch watch, Consumer<Program> check) {
        this.programs = programs;
        this.shared = shared;
        this.signature = signature;
        this.watch = watch;
        this.check = check;
        shared.join(watch);
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
        return signature;
    }

    /** A lease on the program, to be released. */
    private Program acquire(Cancellation cancellation) {
        Program program = shared.acquire(cancellation);
        if (!checked) {
            try {
                checkOnce(program);
            } catch (Throwable t) {
                shared.release();
                watch.tell(new ServingEvent.Refused(watch.version(), t));
                throw t;
            }
        }
        return program;
    }

    private synchronized void checkOnce(Program program) {
        if (!checked) {
            check.accept(program);
            checked = true;
        }
    }

    @Override
    public Tensors run(Tensors inputs, Cancellation cancellation) {
        Program program = acquire(cancellation);
        try {
            return program.run(inputs, cancellation);
        } finally {
            shared.release();
        }
    }

    @Override
    public List<Tensors> runBatch(List<Tensors> requests, Cancellation cancellation) {
        Program program = acquire(cancellation);
        try {
            return program.runBatch(requests, cancellation);
        } finally {
            shared.release();
        }
    }

    @Override
    public Session newSession(Map<String, String> carried, Tensors initial) {
        Program program = acquire(Cancellation.none());
        try {
            return new LeasedSession(program.newSession(carried, initial));
        } catch (Throwable t) {
            shared.release();
            throw t;
        }
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            shared.part(watch);
            programs.leave(shared);
        }
    }

    /** Keeps the program loaded until it is closed. */
    private final class LeasedSession implements Session {
        private final Session session;
        private final AtomicBoolean ended = new AtomicBoolean();

        LeasedSession(Session session) {
            this.session = session;
        }

        @Override
        public Tensors step(Tensors inputs, Cancellation cancellation) {
            return session.step(inputs, cancellation);
        }

        @Override
        public Tensor read(String input) {
            return session.read(input);
        }

        @Override
        public void close() {
            if (ended.compareAndSet(false, true)) {
                session.close();
                shared.release();
            }
        }
    }
}
