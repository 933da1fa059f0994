package io.maas.training.metric;

import io.maas.error.Require;

/** What makes a threshold a good one; a criterion of one's own is a lambda. */
@FunctionalInterface
public interface Criterion {
    /** How good a threshold is; more is better. */
    double value(Threshold threshold);

    /** The highest F1. */
    static Criterion f1() {
        return Threshold::f1;
    }

    /**
     * The farthest above chance: recall less the rate of false alarms.
     *
     * @see "Youden, Index for rating diagnostic tests (1950)"
     */
    static Criterion youden() {
        return threshold -> threshold.recall() - threshold.falseAlarmRate();
    }

    /**
     * The least cost of errors.
     *
     * @param alarm what it costs to say yes where no is true, {@code >= 0}
     * @param miss what it costs to say no where yes is true, {@code >= 0}
     */
    static Criterion cost(double alarm, double miss) {
        Require.that(alarm >= 0 && Double.isFinite(alarm), "alarm", alarm, "alarm >= 0");
        Require.that(miss >= 0 && Double.isFinite(miss), "miss", miss, "miss >= 0");
        return threshold -> -(alarm * threshold.alarms() + miss * threshold.misses());
    }

    /**
     * The highest precision among those that find at least this share of what is true.
     *
     * @param least {@code 0 < least <= 1}
     */
    static Criterion precisionAtRecall(double least) {
        Require.that(least > 0 && least <= 1, "least", least, "0 < least <= 1");
        return threshold -> threshold.recall() >= least ? threshold.precision() : -1;
    }
}
