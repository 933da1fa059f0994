package io.maas.pipeline;

import io.maas.error.DeadlineExceededException;
import io.maas.model.RequestOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

/**
 * One try at a step's work, and all that it has begun. Thread-safe.
 */
final class Attempt {
    private final Deadline deadline;
    private final RequestOptions wishes;
    private final List<Future<?>> begun = new ArrayList<>();
    private final List<String> fallbacks = new ArrayList<>();
    private boolean cancelled;

    /** @param wishes of the request; its timeout is replaced by what is left until the deadline */
    Attempt(Deadline deadline, RequestOptions wishes) {
        this.deadline = deadline;
        this.wishes = wishes;
    }

    /**
     * What to ask of a model that is called now.
     *
     * @throws DeadlineExceededException if no time is left
     */
    RequestOptions options() {
        if (!deadline.exists()) {
            return wishes;
        }
        long left = deadline.remaining();
        if (left <= 0) {
            throw new DeadlineExceededException("no time was left to begin; allow more time");
        }
        return wishes.withTimeout(Duration.ofNanos(left));
    }

    /** Has a future cancelled together with this. */
    <T extends Future<?>> T track(T future) {
        boolean late;
        synchronized (this) {
            late = cancelled;
            if (!late && !future.isDone()) {
                begun.add(future);
            }
        }
        if (late) {
            future.cancel(true);
        }
        return future;
    }

    /** Ends all that was begun and is not done. Idempotent. */
    void cancel() {
        List<Future<?>> open;
        synchronized (this) {
            cancelled = true;
            open = List.copyOf(begun);
            begun.clear();
        }
        open.forEach(future -> future.cancel(true));
    }

    /** A future of all of these, which fails as soon as one of them does. */
    static CompletableFuture<?> all(List<? extends CompletableFuture<?>> futures) {
        CompletableFuture<?> all = CompletableFuture.allOf(futures.toArray(new CompletableFuture<?>[0]));
        for (CompletableFuture<?> future : futures) {
            var unused = future.whenComplete((value, failure) -> {
                if (failure != null) {
                    all.completeExceptionally(failure);
                }
            });
        }
        return all;
    }

    /** Notes that a pipeline that was called fell back somewhere. */
    synchronized void fellBack(String where) {
        fallbacks.add(where);
    }

    synchronized List<String> fallbacks() {
        return List.copyOf(fallbacks);
    }
}
