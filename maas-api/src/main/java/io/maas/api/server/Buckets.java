package io.maas.api.server;

import com.google.common.base.Ticker;
import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * How often each of many may do something: at a rate in the long run, and some times at once after a rest (the generic cell rate
 * algorithm, ITU-T I.371).
 *
 * <p>Thread-safe. Those that were here last are remembered; one that was forgotten begins anew.
 */
final class Buckets {
    private static final int REMEMBERED = 100_000;
    private static final double NANOS = TimeUnit.SECONDS.toNanos(1);

    private final long interval;
    private final long tolerance;
    private final Ticker ticker;
    private final long origin;

    /** Until when what each did would have taken at the rate allowed, in nanoseconds since the origin. */
    private final Cache<String, Long> until =
            CacheBuilder.newBuilder().maximumSize(REMEMBERED).build();

    /** @param burst how many times at once, at least 1 */
    Buckets(double perSecond, int burst, Ticker ticker) {
        this.interval = (long) (NANOS / perSecond);
        this.tolerance = (burst - 1) * interval;
        this.ticker = ticker;
        this.origin = ticker.read();
    }

    /** Counts one more if there is room for it, and returns zero; or says after how long there will be. */
    Duration take(String who) {
        long now = now();
        long[] wait = new long[1];
        until.asMap().compute(who, (name, before) -> {
            long start = before == null ? now : Math.max(before, now);
            wait[0] = start - now - tolerance;
            return wait[0] > 0 ? start : start + interval;
        });
        return Duration.ofNanos(Math.max(0, wait[0]));
    }

    /** After how long there will be room for one more; zero for now. */
    Duration room(String who) {
        Long before = until.getIfPresent(who);
        return before == null ? Duration.ZERO : Duration.ofNanos(Math.max(0, before - now() - tolerance));
    }

    private long now() {
        return ticker.read() - origin;
    }
}
