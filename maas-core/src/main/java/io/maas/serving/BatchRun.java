package io.maas.serving;

import io.maas.backend.Cancellation;
import io.maas.backend.Program;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * One batch on its way through the engine. When nobody waits for any of its answers any more, the engine is stopped. A batch that
 * fails is halved until the guilty requests fail alone: with k of them among B requests, at most 2 k log₂ B + 1 runs.
 */
final class BatchRun {
    private final Program program;
    private final List<Request> requests;
    private final Outcome outcome;
    private final Cancellation cancellation;

    /** What is to be done with what comes out. */
    interface Outcome {
        /** One run of the engine has ended well. */
        void ran(List<Request> batch, long nanos);

        /** One run of the engine has ended, well or not. */
        void spent(List<Request> batch, long nanos);

        /** Counts a request that failed. */
        Throwable failed(Request request, Throwable failure);

        /** Takes note of what came out of the engine, once a run; errors are more than a request that failed. */
        void broke(Throwable failure);

        long now();
    }

    /** @param stoppable whether to stop the engine when nobody waits any more */
    BatchRun(Program program, List<Request> requests, boolean stoppable, Outcome outcome) {
        this.program = program;
        this.requests = requests;
        this.outcome = outcome;
        boolean allMayLeave = stoppable && all(Request::mayLeave);
        this.cancellation = allMayLeave ? new Cancellation() : Cancellation.none();
    }

    private boolean all(Predicate<Request> property) {
        for (Request request : requests) {
            if (!property.test(request)) {
                return false;
            }
        }
        return true;
    }

    /** One of the requests is not waited for any more. */
    void left() {
        if (cancellation != Cancellation.none() && all(Request::isSettled)) {
            cancellation.cancel();
        }
    }

    /** Runs, and answers everyone. */
    void run() {
        try {
            List<Request> wanted = new ArrayList<>(requests.size());
            for (Request request : requests) {
                if (request.join(this)) {
                    wanted.add(request);
                }
            }
            run(wanted);
        } catch (Throwable t) {
            // Out of memory while the batch is put together, and the like.
            outcome.broke(t);
            requests.forEach(request -> fail(request, t));
        }
    }

    private void run(List<Request> batch) {
        batch.removeIf(Request::isSettled);
        if (batch.isEmpty()) {
            return;
        }
        try {
            long start = outcome.now();
            List<Tensors> answers;
            try {
                answers = answers(batch);
            } finally {
                outcome.spent(batch, outcome.now() - start);
            }
            // Before the answers: who gets one may ask again at once, and is to find what was learnt.
            outcome.ran(batch, outcome.now() - start);
            for (int i = 0; i < answers.size(); i++) {
                batch.get(i).settle(answers.get(i));
            }
        } catch (RuntimeException e) {
            if (batch.size() == 1) {
                fail(batch.get(0), e);
            } else {
                int half = batch.size() / 2;
                run(new ArrayList<>(batch.subList(0, half)));
                run(new ArrayList<>(batch.subList(half, batch.size())));
            }
        } catch (Throwable t) {
            // Out of memory and the like: running parts of it again would make it worse. Everyone is told.
            outcome.broke(t);
            batch.forEach(request -> fail(request, t));
        }
    }

    private void fail(Request request, Throwable failure) {
        if (!request.isSettled()) {
            request.settle(outcome.failed(request, failure));
        }
    }

    private List<Tensors> answers(List<Request> batch) {
        if (batch.size() == 1) {
            return List.of(program.run(batch.get(0).inputs, cancellation));
        }
        List<Tensors> inputs = new ArrayList<>(batch.size());
        for (Request request : batch) {
            inputs.add(request.inputs);
        }
        return program.runBatch(inputs, cancellation);
    }
}
