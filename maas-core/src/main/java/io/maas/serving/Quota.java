package io.maas.serving;

import io.maas.error.Require;
import java.time.Duration;

/**
 * How much one caller may ask for, of all models together. Each bound is a rate that holds in the long run; what was not used of late
 * may be made up for. A request is let in as long as the caller does not owe more than the {@code burst}, so one that is larger than all
 * of it runs and is paid for afterwards.
 *
 * @param requestsPerSecond {@code > 0}; infinite for no bound
 * @param rowsPerSecond rows of the first input, {@code > 0}; infinite for no bound
 * @param computePerSecond seconds that engines run for it a second, {@code > 0}: 0.5 is half the time of one instance. Rows share the
 *     time of their batch. Charged when a run ends, so it is overdrawn by what is under way; infinite for no bound
 * @param burst how long a caller that was idle may ask as much as it likes, in time at its rate: one second of 100 requests a second
 *     are 100 requests at once
 */
public record Quota(double requestsPerSecond, double rowsPerSecond, double computePerSecond, Duration burst) {
    private static final Quota UNLIMITED = new Quota(
            Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, Duration.ofSeconds(1));

    public Quota {
        Require.that(requestsPerSecond > 0, "requestsPerSecond", requestsPerSecond, "requestsPerSecond > 0");
        Require.that(rowsPerSecond > 0, "rowsPerSecond", rowsPerSecond, "rowsPerSecond > 0");
        Require.that(computePerSecond > 0, "computePerSecond", computePerSecond, "computePerSecond > 0");
        Require.that(!burst.isNegative(), "burst", burst, "burst >= 0");
    }

    /** No bound at all; a burst of a second for those that are set with the {@code with} methods. */
    public static Quota unlimited() {
        return UNLIMITED;
    }

    public Quota withRequestsPerSecond(double rate) {
        return new Quota(rate, rowsPerSecond, computePerSecond, burst);
    }

    public Quota withRowsPerSecond(double rate) {
        return new Quota(requestsPerSecond, rate, computePerSecond, burst);
    }

    public Quota withComputePerSecond(double rate) {
        return new Quota(requestsPerSecond, rowsPerSecond, rate, burst);
    }

    public Quota withBurst(Duration other) {
        return new Quota(requestsPerSecond, rowsPerSecond, computePerSecond, other);
    }
}
