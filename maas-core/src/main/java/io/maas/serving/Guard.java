package io.maas.serving;

import io.maas.error.Require;
import java.time.Duration;
import java.util.Locale;

/**
 * A bound that a version on trial has to keep in each evaluation window.
 *
 * <p>Immutable and thread-safe.
 *
 * @param measure what is bounded
 * @param percentile of the latency, such as 0.99; 0 for other measures
 * @param bound the most that is allowed: a share, seconds, or a difference in the output's own unit; for {@link
 *     Comparison#ABOVE_STABLE} and {@link Comparison#TIMES_STABLE} seen from the stable version's figure of the same window
 */
public record Guard(Measure measure, double percentile, double bound, Comparison comparison) {
    /** What is bounded. */
    public enum Measure {
        /** The share of requests that failed; requests that were refused because of their inputs do not count. */
        ERROR_RATE,
        /** A percentile of the time from request to answer, waiting included, within 3 %. */
        LATENCY,
        /** The mean absolute difference from the stable version's outputs, of the output that differs most. */
        DRIFT,
        /** The share of rows that get another label than from the stable version, of the output that differs most. */
        DISAGREEMENT
    }

    /** What the bound is compared with. */
    public enum Comparison {
        /** The figure itself is bounded. */
        ABSOLUTE,
        /** The figure may exceed the stable version's by the bound. */
        ABOVE_STABLE,
        /** The figure may be the stable version's times the bound. */
        TIMES_STABLE
    }

    public Guard {
        Require.that(bound >= 0 && bound < Double.POSITIVE_INFINITY, "bound", bound, "bound >= 0");
        Require.that(
                measure == Measure.LATENCY ? percentile > 0 && percentile < 1 : percentile == 0,
                "percentile",
                percentile,
                measure == Measure.LATENCY ? "0 < percentile < 1" : "0 for " + measure);
        Require.that(
                !comparesOutputs(measure) || comparison == Comparison.ABSOLUTE,
                "comparison",
                comparison,
                "ABSOLUTE for " + measure + ", which is measured against the stable version already");
    }

    /** At most this share of requests may fail, such as 0.01. */
    public static Guard errorRate(double most) {
        return new Guard(Measure.ERROR_RATE, 0, most, Comparison.ABSOLUTE);
    }

    /** At most this much more than the stable version's share of requests may fail. */
    public static Guard errorRateAboveStable(double most) {
        return new Guard(Measure.ERROR_RATE, 0, most, Comparison.ABOVE_STABLE);
    }

    /** 99 % of answers are to come within this time. */
    public static Guard p99(Duration most) {
        return latency(0.99, most);
    }

    /** This share of answers is to come within this time. */
    public static Guard latency(double percentile, Duration most) {
        return new Guard(Measure.LATENCY, percentile, seconds((double) most.toNanos()), Comparison.ABSOLUTE);
    }

    /** A percentile of the latency may be at most so many times the stable version's. */
    public static Guard latencyTimesStable(double percentile, double most) {
        return new Guard(Measure.LATENCY, percentile, most, Comparison.TIMES_STABLE);
    }

    /** Outputs may differ from the stable version's by this mean absolute difference. */
    public static Guard drift(double most) {
        return new Guard(Measure.DRIFT, 0, most, Comparison.ABSOLUTE);
    }

    /** At most this share of rows may get another label than from the stable version. */
    public static Guard disagreement(double most) {
        return new Guard(Measure.DISAGREEMENT, 0, most, Comparison.ABSOLUTE);
    }

    /** Whether requests have to be answered by both versions for it. */
    boolean comparesOutputs() {
        return comparesOutputs(measure);
    }

    private static boolean comparesOutputs(Measure measure) {
        return measure == Measure.DRIFT || measure == Measure.DISAGREEMENT;
    }

    static double seconds(double nanos) {
        return nanos / 1e9;
    }

    /** The most that is allowed, given the stable version's figure in the same window. */
    double limit(double stable) {
        return switch (comparison) {
            case ABSOLUTE -> bound;
            case ABOVE_STABLE -> stable + bound;
            case TIMES_STABLE -> stable * bound;
        };
    }

    /** What was found and expected, such as {@code p99 latency 50 ms (expected: at most 20 ms)}. */
    String words(double figure, double stable) {
        String against = switch (comparison) {
            case ABSOLUTE -> "";
            case ABOVE_STABLE -> ", " + figure(bound) + " above the stable version's " + figure(stable);
            case TIMES_STABLE -> ", " + number(bound) + " times the stable version's " + figure(stable);
        };
        return name() + " " + figure(figure) + " (expected: at most " + figure(limit(stable)) + against + ")";
    }

    private String name() {
        return switch (measure) {
            case ERROR_RATE -> "error rate";
            case LATENCY -> "p" + number(percentile * 100) + " latency";
            case DRIFT -> "mean absolute difference of outputs";
            case DISAGREEMENT -> "label disagreement";
        };
    }

    private String figure(double value) {
        return measure == Measure.LATENCY ? number(value * 1000) + " ms" : number(value);
    }

    private static String number(double value) {
        String text = String.format(Locale.ROOT, "%.4g", value);
        return text.contains("e") || !text.contains(".")
                ? text
                : text.replaceAll("0+$", "").replaceAll("\\.$", "");
    }
}
