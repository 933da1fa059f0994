package io.maas.pipeline;

import com.google.common.base.Ticker;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A point on a clock's line, or none. */
record Deadline(Ticker ticker, boolean exists, long nanos) {
    static Deadline after(@Nullable Duration time, Ticker ticker) {
        return time == null
                ? new Deadline(ticker, false, 0)
                : new Deadline(ticker, true, ticker.read() + time.toNanos());
    }

    /** What is left; zero or less when it has passed. */
    long remaining() {
        return exists ? nanos - ticker.read() : Long.MAX_VALUE;
    }

    boolean hasPassed() {
        return remaining() <= 0;
    }

    /** This, or an earlier one after some time. */
    Deadline within(@Nullable Duration time) {
        Deadline other = after(time, ticker);
        return other.remaining() < remaining() ? other : this;
    }
}
