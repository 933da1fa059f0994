package io.maas.serving;

import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;

/**
 * What one of the two versions of a rollout did.
 *
 * <p>Thread-safe.
 */
final class Arm {
    /** Of the normal distribution: 95 % lie within so many standard errors. */
    private static final double NORMAL_95 = 1.959964;

    private final LongAdder requests = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final Histogram nanos = new Histogram();
    /** Of reported outcomes; guarded by this. */
    private long outcomes;
    /** Guarded by this. */
    private double mean;
    /** The sum of squared deviations from the mean, by Welford (1962); guarded by this. */
    private double deviations;

    void ended(long duration, boolean failed) {
        requests.increment();
        nanos.add((double) duration);
        if (failed) {
            failures.increment();
        }
    }

    long requests() {
        return requests.sum();
    }

    double errorRate() {
        long all = requests.sum();
        return all == 0 ? 0 : (double) failures.sum() / all;
    }

    /** A percentile of the latency in seconds. */
    double latency(double percentile) {
        return Guard.seconds(nanos.quantile(percentile));
    }

    synchronized void record(double outcome) {
        outcomes++;
        double difference = outcome - mean;
        mean += difference / outcomes;
        deviations += difference * (outcome - mean);
    }

    private synchronized RolloutStatus.Outcomes outcomes() {
        double margin =
                outcomes < 2 ? Double.POSITIVE_INFINITY : NORMAL_95 * Math.sqrt(deviations / (outcomes - 1) / outcomes);
        return new RolloutStatus.Outcomes(outcomes, mean, mean - margin, mean + margin);
    }

    RolloutStatus.ArmStatus status(int version) {
        return new RolloutStatus.ArmStatus(
                version, requests.sum(), failures.sum(), duration(0.5), duration(0.99), outcomes());
    }

    private Duration duration(double percentile) {
        return Duration.ofNanos((long) nanos.quantile(percentile));
    }
}
