package io.maas.serving;

import com.google.common.base.Ticker;
import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import io.maas.error.QuotaExceededException;
import io.maas.error.Require;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What each caller has asked for of late, held against its {@link Quota}. Callers are those that {@link
 * io.maas.model.RequestOptions#caller} names; requests without a name are not bounded, so that name is to be set by whoever knows who
 * asks. The steps of a pipeline are part of the request that asked for it; their runs are charged to it.
 *
 * <p>The generic cell rate algorithm (ITU-T I.371): each bound is one point in time, until which what was asked for so far would have
 * taken at the rate allowed. Uses a clock that does not jump.
 *
 * <p>Thread-safe. The 100,000 callers that asked last are remembered; one that was forgotten begins anew.
 */
public final class Quotas {
    private static final int REMEMBERED = 100_000;
    private static final double NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final Quotas NONE = new Quotas(null, Ticker.systemTicker());

    private final @Nullable Function<String, Quota> quotaOf;
    private final Ticker ticker;
    private final Cache<String, Account> accounts =
            CacheBuilder.newBuilder().maximumSize(REMEMBERED).build();

    private Quotas(@Nullable Function<String, Quota> quotaOf, Ticker ticker) {
        this.quotaOf = quotaOf;
        this.ticker = ticker;
    }

    /** Nobody is bounded. */
    public static Quotas none() {
        return NONE;
    }

    /** Every caller has the same quota. */
    public static Quotas each(Quota quota) {
        return of(caller -> quota);
    }

    /**
     * Callers have quotas of their own.
     *
     * @param quotaOf gives a caller's quota; asked at every request, so what it gives may change, and from many threads
     */
    public static Quotas of(Function<String, Quota> quotaOf) {
        return of(quotaOf, Ticker.systemTicker());
    }

    static Quotas of(Function<String, Quota> quotaOf, Ticker ticker) {
        return new Quotas(quotaOf, ticker);
    }

    /**
     * Lets a request in, or throws.
     *
     * @throws QuotaExceededException if its caller owes more than its burst
     */
    void admit(@Nullable String caller, long rows) {
        if (caller != null && quotaOf != null) {
            account(caller).admit(caller, quotaOf.apply(caller), rows, ticker.read());
        }
    }

    /** Takes note of how long an engine ran for a caller. */
    void charge(@Nullable String caller, double nanos) {
        if (caller != null && quotaOf != null) {
            account(caller).charge(quotaOf.apply(caller), nanos, ticker.read());
        }
    }

    private Account account(String caller) {
        try {
            return accounts.get(caller, () -> new Account(ticker.read()));
        } catch (ExecutionException e) {
            throw new IllegalStateException("an account cannot fail to be made", e);
        }
    }

    /** One caller's three points in time; each is never long past. Guarded by itself. */
    private static final class Account {
        private final long origin;
        private double requests;
        private double rows;
        private double compute;

        Account(long origin) {
            this.origin = origin;
        }

        synchronized void admit(String caller, Quota quota, long rowsAsked, long ticks) {
            double now = (double) (ticks - origin);
            require(caller, quota, quota.requestsPerSecond(), "requests", requests - now);
            require(caller, quota, quota.rowsPerSecond(), "rows", rows - now);
            require(caller, quota, quota.computePerSecond(), "seconds of runs", compute - now);
            requests = Math.max(requests, now) + NANOS / quota.requestsPerSecond();
            rows = Math.max(rows, now) + (double) rowsAsked * NANOS / quota.rowsPerSecond();
        }

        synchronized void charge(Quota quota, double nanos, long ticks) {
            compute = Math.max(compute, (double) (ticks - origin)) + nanos / quota.computePerSecond();
        }

        private static void require(String caller, Quota quota, double rate, String what, double owed) {
            double burst = (double) quota.burst().toNanos();
            // What is owed from a time with a bound is forgiven without one.
            if (owed > 0 && owed >= burst && rate < Double.POSITIVE_INFINITY) {
                double over = Math.max(owed - burst, (double) TimeUnit.MILLISECONDS.toNanos(1));
                Duration retryAfter = Duration.ofNanos((long) over);
                throw new QuotaExceededException(
                        "caller " + Require.quote(caller) + " has used up its quota of " + rate + " " + what
                                + " a second; try again in "
                                + retryAfter.toMillis() + " ms, ask for less, or have the quota raised",
                        retryAfter);
            }
        }
    }
}
