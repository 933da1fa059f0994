package io.maas.store.s3;

import io.maas.error.Require;
import java.time.Duration;

/**
 * How a registry in a bucket collects garbage.
 *
 * <p>Immutable and thread-safe.
 *
 * @param grace how old a file that nothing refers to must be before a collection removes it, at least 0. That nothing is lost
 *     which is being published does not depend on it, only how often a publication must send a file twice
 * @param lease for how long a collection that has died, or has stopped for so long, holds up publications at most. A collection
 *     that takes longer between two steps gives up if a publication waits for it
 */
public record S3Options(Duration grace, Duration lease) {
    public S3Options {
        Require.that(!grace.isNegative(), "grace", grace, "grace >= PT0S");
        Require.that(!lease.isNegative() && !lease.isZero(), "lease", lease, "lease > PT0S");
    }

    /** A day of grace, a lease of a minute. */
    public static S3Options defaults() {
        return new S3Options(Duration.ofDays(1), Duration.ofMinutes(1));
    }

    public S3Options withGrace(Duration grace) {
        return new S3Options(grace, lease);
    }

    public S3Options withLease(Duration lease) {
        return new S3Options(grace, lease);
    }
}
