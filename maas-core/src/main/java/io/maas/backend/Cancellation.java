package io.maas.backend;

import io.maas.error.CancelledException;
import io.maas.error.DeadlineExceededException;
import io.maas.error.MaasException;
import io.maas.error.Require;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A way to end runs before they are done: by a call from any thread, or at a time. Engines stop as soon as they can, within an
 * operator or after it, and throw; one and the same cancellation may be given to several runs.
 *
 * <p>Thread-safe.
 */
public final class Cancellation {
    private static final Cancellation NONE = new Cancellation();

    private final Set<Registration> registrations = new LinkedHashSet<>();
    private volatile @Nullable Supplier<MaasException> reason;

    /** One that {@link #cancel} ends. */
    public Cancellation() {}

    /** Never cancelled; engines spend nothing on it. */
    public static Cancellation none() {
        return NONE;
    }

    /**
     * One that ends by itself, if nobody ends it before.
     *
     * @param timeout counted from now, {@code > 0}
     * @param timer calls back when the time is over; it stays the caller's
     */
    public static Cancellation after(Duration timeout, ScheduledExecutorService timer) {
        Require.that(!timeout.isNegative() && !timeout.isZero(), "timeout", timeout, "timeout > 0");
        Cancellation cancellation = new Cancellation();
        ScheduledFuture<?> unused = timer.schedule(
                () -> cancellation.end(() -> new DeadlineExceededException(
                        "run stopped: its time of " + timeout + " is over; allow more time or ask for less at once")),
                timeout.toNanos(),
                TimeUnit.NANOSECONDS);
        return cancellation;
    }

    /**
     * Ends all runs that were given this. Idempotent.
     *
     * @throws IllegalStateException if this is {@link #none}
     */
    public void cancel() {
        end(() -> new CancelledException("run stopped: it was cancelled"));
    }

    private void end(Supplier<MaasException> because) {
        if (this == NONE) {
            throw new IllegalStateException("cancellation: none() (expected: one of its own); make it with new");
        }
        synchronized (registrations) {
            if (reason == null) {
                reason = because;
                registrations.forEach(each -> each.action.run());
                registrations.clear();
            }
        }
    }

    public boolean isCancelled() {
        return reason != null;
    }

    /**
     * For engines: goes on if this is not cancelled.
     *
     * @throws CancelledException if it was by a call
     * @throws DeadlineExceededException if its time is over
     */
    public void check() {
        Supplier<MaasException> because = reason;
        if (because != null) {
            throw because.get();
        }
    }

    /**
     * For engines: what is to be done when this is cancelled, at once if it is already. The action must not block.
     *
     * @return close it when the run is over; the action does not run any more from then on
     */
    public Registration onCancel(Runnable action) {
        Registration registration = new Registration(action);
        synchronized (registrations) {
            if (reason != null) {
                action.run();
            } else {
                registrations.add(registration);
            }
        }
        return registration;
    }

    /** An action that waits for a cancellation. */
    public final class Registration implements AutoCloseable {
        private final Runnable action;

        private Registration(Runnable action) {
            this.action = action;
        }

        @Override
        public void close() {
            synchronized (registrations) {
                registrations.remove(this);
            }
        }
    }
}
