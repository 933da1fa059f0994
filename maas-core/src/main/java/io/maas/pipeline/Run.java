package io.maas.pipeline;

import io.maas.error.CancelledException;
import io.maas.error.DeadlineExceededException;
import io.maas.error.InvalidInputException;
import io.maas.error.MaasException;
import io.maas.error.OverloadedException;
import io.maas.error.StepException;
import io.maas.model.Prediction;
import io.maas.model.RequestOptions;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way through a pipeline. What happens to it (a step has answered, failed or taken too long) is handled one after
 * the other by whichever thread comes first, so nothing here is locked, no thread waits, and long chains need no deep stack.
 */
final class Run {
    private final Pipeline pipeline;
    private final Plan plan;
    private final Tensors request;
    private final RequestOptions wishes;
    private final Deadline deadline;
    private final CompletableFuture<Prediction> result = new CompletableFuture<>();

    private final Queue<Runnable> events = new ConcurrentLinkedQueue<>();
    private final AtomicInteger posted = new AtomicInteger();

    // Touched by events only.
    private final @Nullable Tensors[] answers;
    private final @Nullable Attempt[] attempts;
    private final int[] waitsFor;
    private final TreeSet<String> fallbacks = new TreeSet<>();
    private int left;

    Run(Pipeline pipeline, Plan plan, Tensors request, RequestOptions wishes) {
        this.pipeline = pipeline;
        this.plan = plan;
        this.request = request;
        this.wishes = wishes;
        this.deadline = Deadline.after(wishes.timeout(), pipeline.host().ticker());
        this.left = plan.size();
        this.answers = new @Nullable Tensors[left];
        this.attempts = new @Nullable Attempt[left];
        this.waitsFor = plan.reads();
    }

    CompletableFuture<Prediction> start() {
        if (deadline.exists()) {
            Future<?> alarm = pipeline.host()
                    .timer()
                    .schedule(() -> post(this::expire), deadline.remaining(), TimeUnit.NANOSECONDS);
            var unused = result.whenComplete((answer, failure) -> alarm.cancel(false));
        }
        var unused = result.whenComplete((answer, failure) -> {
            if (failure != null) {
                post(this::giveUp);
            }
        });
        post(() -> {
            for (int i = 0; i < waitsFor.length; i++) {
                if (waitsFor[i] == 0) {
                    begin(i);
                }
            }
            finishIfDone();
        });
        return result;
    }

    /** Has an event handled, here and now unless another thread is at it. */
    private void post(Runnable event) {
        events.add(event);
        if (posted.getAndIncrement() == 0) {
            do {
                Runnable next = events.poll();
                try {
                    if (next != null) {
                        next.run();
                    }
                } catch (Throwable t) {
                    result.completeExceptionally(t);
                }
            } while (posted.decrementAndGet() != 0);
        }
    }

    // ---- events

    private void begin(int number) {
        BoundStep step = plan.step(number);
        begin(number, step.main(), true, new Attempt(deadline.within(step.step().timeout()), wishes));
    }

    private void begin(int number, Bound work, boolean main, Attempt attempt) {
        if (result.isDone()) {
            return;
        }
        attempts[number] = attempt;
        long start = pipeline.host().ticker().read();
        CompletableFuture<Tensors> answer = work.on(plan.inputs(number, request, answers), attempt);
        var unused = answer.whenComplete(
                (outputs, failure) -> post(() -> end(number, attempt, main ? start : -1, outputs, failure)));
        if (main && !answer.isDone()) {
            alarm(number, attempt, start, answer);
        }
    }

    /** Ends an attempt that takes longer than its step may; the request's own time is looked after once for all. */
    private void alarm(int number, Attempt attempt, long start, CompletableFuture<Tensors> answer) {
        Step step = plan.step(number).step();
        if (step.timeout() == null) {
            return;
        }
        Future<?> alarm = pipeline.host()
                .timer()
                .schedule(
                        () -> post(() -> end(
                                number,
                                attempt,
                                start,
                                null,
                                new DeadlineExceededException("it took longer than " + step.timeout()))),
                        step.timeout().toNanos(),
                        TimeUnit.NANOSECONDS);
        var unused = answer.whenComplete((outputs, failure) -> alarm.cancel(false));
    }

    /** @param start when the step's own work began; negative for its fallback's */
    private void end(int number, Attempt attempt, long start, @Nullable Tensors outputs, @Nullable Throwable failure) {
        if (attempts[number] != attempt) {
            // It was given up before.
            return;
        }
        attempts[number] = null;
        BoundStep step = plan.step(number);
        Tensors answer = null;
        Throwable why = failure;
        if (outputs != null) {
            try {
                answer = step.checked(outputs);
            } catch (StepException e) {
                why = e;
            }
        }
        boolean main = start >= 0;
        if (main) {
            pipeline.meters(number).ended(pipeline.host().ticker().read() - start, answer != null);
        }
        if (answer != null) {
            fallbacks.addAll(attempt.fallbacks());
            answered(number, answer);
            return;
        }
        attempt.cancel();
        fail(number, step, main, unwrapped(why));
    }

    private void answered(int number, Tensors answer) {
        answers[number] = answer;
        left--;
        for (int reader : plan.readers(number)) {
            if (--waitsFor[reader] == 0) {
                begin(reader);
            }
        }
        finishIfDone();
    }

    private void finishIfDone() {
        if (left == 0 && !result.isDone()) {
            result.complete(new Prediction(
                    pipeline.name(), pipeline.version(), plan.outputs(request, answers), List.copyOf(fallbacks)));
        }
    }

    private void fail(int number, BoundStep step, boolean main, Throwable why) {
        Bound fallback = step.fallback();
        if (deadline.hasPassed()) {
            expire();
        } else if (main && fallback != null) {
            pipeline.meters(number).fellBack();
            fallbacks.add(step.step().name());
            begin(number, fallback, false, new Attempt(deadline, wishes));
        } else {
            result.completeExceptionally(named(step.step(), why));
        }
    }

    private void expire() {
        if (result.isDone()) {
            return;
        }
        List<String> open = new ArrayList<>();
        for (int i = 0; i < attempts.length; i++) {
            if (attempts[i] != null) {
                open.add(plan.step(i).step().name());
            }
        }
        result.completeExceptionally(new DeadlineExceededException(
                "deadline of a request to " + pipeline.title() + " passed before all steps had answered, in " + open
                        + "; allow more time, or give slow steps a timeout and a fallback"));
    }

    private void giveUp() {
        for (int i = 0; i < attempts.length; i++) {
            Attempt attempt = attempts[i];
            attempts[i] = null;
            if (attempt != null) {
                attempt.cancel();
            }
        }
    }

    // ---- failures

    private static Throwable unwrapped(@Nullable Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause == null ? new IllegalStateException("no answer and no failure") : cause;
    }

    /** The failure with the step's name in it, of the same kind where callers can act on the kind. */
    private MaasException named(Step step, Throwable failure) {
        if (failure instanceof StepException known && known.step().equals(step.name())) {
            return known;
        }
        String message = step.title() + " of " + pipeline.title() + ": "
                + (failure.getMessage() == null ? failure.toString() : failure.getMessage());
        if (failure instanceof OverloadedException overload) {
            OverloadedException named = new OverloadedException(message, overload.retryAfter());
            named.initCause(failure);
            return named;
        } else if (failure instanceof DeadlineExceededException) {
            return new DeadlineExceededException(message, failure);
        } else if (failure instanceof InvalidInputException) {
            return new InvalidInputException(message, failure);
        } else if (failure instanceof CancelledException || failure instanceof CancellationException) {
            return new CancelledException(message, failure);
        }
        return new StepException(step.name(), message, failure);
    }
}
