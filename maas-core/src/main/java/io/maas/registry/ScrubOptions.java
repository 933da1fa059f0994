package io.maas.registry;

import io.maas.error.Require;
import java.time.Duration;

/**
 * How a scrub goes about.
 *
 * @param bytesPerSecond how much it reads at most
 * @param pause between the end of a round and the next one
 */
public record ScrubOptions(long bytesPerSecond, Duration pause) {
    public ScrubOptions {
        Require.positive(bytesPerSecond, "bytesPerSecond");
        Require.that(!pause.isNegative(), "pause", pause, "pause >= 0");
    }

    /** 16 MiB a second, one round a day. */
    public static ScrubOptions defaults() {
        return new ScrubOptions(16L << 20, Duration.ofDays(1));
    }
}
