package io.maas.serving;

import com.google.common.base.Throwables;
import io.maas.backend.Program;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.CancelledException;
import io.maas.error.OverloadedException;
import io.maas.error.Rule;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads each on a thread of its own, and waits for them no longer than the budget allows. An engine cannot be stopped while it loads, so
 * a load that is given up goes on, and keeps its slot until it ends: however many such models there are, they take no more threads than
 * there are slots.
 *
 * <p>Thread-safe.
 */
final class BudgetedLoads {
    private static final Logger LOG = LoggerFactory.getLogger(BudgetedLoads.class);

    private final LoadBudget budget;
    private final Executor executor;
    private final ScheduledExecutorService timer;
    private final Semaphore slots;

    BudgetedLoads(LoadBudget budget, Executor executor, ScheduledExecutorService timer) {
        this.budget = budget;
        this.executor = executor;
        this.timer = timer;
        this.slots = new Semaphore(budget.slots());
    }

    /**
     * The program that the loader makes.
     *
     * @param title of the version, for messages
     * @throws ArtifactRejectedException if that takes longer than the budget allows
     * @throws OverloadedException if no slot became free in that time
     */
    Program load(String title, Supplier<Program> loader) {
        takeSlot(title);
        Attempt attempt = new Attempt(title, loader);
        ScheduledFuture<?> alarm = timer.schedule(attempt::giveUp, budget.time().toNanos(), TimeUnit.NANOSECONDS);
        try {
            try {
                executor.execute(attempt);
            } catch (Throwable t) {
                // No thread to give: this one loads it.
                attempt.run();
            }
            return attempt.result.join();
        } catch (CompletionException e) {
            Throwable cause = Objects.requireNonNull(e.getCause());
            Throwables.throwIfUnchecked(cause);
            throw new IllegalStateException(cause);
        } finally {
            alarm.cancel(false);
        }
    }

    private void takeSlot(String title) {
        try {
            if (slots.tryAcquire(budget.time().toNanos(), TimeUnit.NANOSECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancelledException("load of " + title + " stopped: its thread was interrupted");
        }
        throw new OverloadedException(
                "load of " + title + ": all " + budget.slots() + " slots were taken for " + budget.time()
                        + " (expected: a free one); loads that were given up keep theirs until they end: try again later,"
                        + " allow more slots, or restart the process",
                budget.time());
    }

    private final class Attempt implements Runnable {
        final CompletableFuture<Program> result = new CompletableFuture<>();
        private final String title;
        private final Supplier<Program> loader;

        Attempt(String title, Supplier<Program> loader) {
            this.title = title;
            this.loader = loader;
        }

        void giveUp() {
            result.completeExceptionally(new ArtifactRejectedException(
                    Rule.LOAD_TIME,
                    "load of " + title + ": not done after " + budget.time()
                            + " (expected: less); it was given up, and is freed when it ends; make the model smaller or"
                            + " simpler, or raise the time in ServingOptions.withLoadBudget"));
        }

        @Override
        public void run() {
            Program program = null;
            Throwable failure = null;
            try {
                program = loader.get();
            } catch (Throwable t) {
                failure = t;
            }
            // Before anybody hears of it, so that who then loads another finds the slot free.
            slots.release();
            boolean awaited = program != null
                    ? result.complete(program)
                    : result.completeExceptionally(Objects.requireNonNull(failure));
            if (!awaited) {
                end(program, failure);
            }
        }

        private void end(@Nullable Program late, @Nullable Throwable failure) {
            LOG.warn("load of {} ended after it was given up", title, failure);
            if (late != null) {
                late.close();
            }
        }
    }
}
