package io.maas.training.metric;

import io.maas.error.InvalidInputException;
import java.util.Arrays;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** For each class or label, how often it was predicted rightly, wrongly, and not although it was true. */
final class ClassCounts {
    /**
     * The counts of one class, or of several together.
     *
     * @param hits true positives
     * @param alarms false positives
     * @param misses false negatives
     */
    record Count(double hits, double alarms, double misses) {
        double precision() {
            return ratio(hits, hits + alarms);
        }

        double recall() {
            return ratio(hits, hits + misses);
        }

        /** {@code (1 + b²)·hits / ((1 + b²)·hits + b²·misses + alarms)}. */
        double score(double beta) {
            double square = beta * beta;
            return ratio((1 + square) * hits, (1 + square) * hits + square * misses + alarms);
        }
    }

    static double ratio(double part, double whole) {
        return whole == 0 ? 0 : part / whole;
    }

    private double[] hits = {};
    private double[] alarms = {};
    private double[] misses = {};
    private Portion.@Nullable Kind kind;

    void add(Portion portion) {
        Portion.Kind now = portion.kind();
        kind = now;
        grow(now == Portion.Kind.BINARY ? 2 : portion.width());
        double threshold = portion.threshold();
        switch (now) {
            case CLASSES -> portion.classes((scores, actual, weight) -> count(highest(scores), actual, weight));
            case BINARY ->
                portion.answers(
                        (label, score, actual, weight) -> count(score >= threshold ? 1 : 0, actual ? 1 : 0, weight));
            case LABELS ->
                portion.answers((label, score, actual, weight) -> label(label, score >= threshold, actual, weight));
        }
    }

    private void grow(int classes) {
        if (hits.length < classes) {
            hits = Arrays.copyOf(hits, classes);
            alarms = Arrays.copyOf(alarms, classes);
            misses = Arrays.copyOf(misses, classes);
        }
    }

    private void count(int predicted, int actual, double weight) {
        if (predicted == actual) {
            hits[actual] += weight;
        } else {
            alarms[predicted] += weight;
            misses[actual] += weight;
        }
    }

    private void label(int label, boolean yes, boolean actual, double weight) {
        if (yes) {
            (actual ? hits : alarms)[label] += weight;
        } else if (actual) {
            misses[label] += weight;
        }
    }

    /** The first of the highest. */
    static int highest(double[] scores) {
        int best = 0;
        for (int i = 1; i < scores.length; i++) {
            if (scores[i] > scores[best]) {
                best = i;
            }
        }
        return best;
    }

    private Count of(int c) {
        return new Count(hits[c], alarms[c], misses[c]);
    }

    /** A figure of one class, averaged. */
    double average(Average average, ToDoubleFunction<Count> figure) {
        return switch (average) {
            case BINARY -> figure.applyAsDouble(ofClassOne());
            case MICRO -> figure.applyAsDouble(new Count(sum(hits), sum(alarms), sum(misses)));
            case MACRO, WEIGHTED -> mean(average == Average.WEIGHTED, figure);
        };
    }

    private Count ofClassOne() {
        if (kind == Portion.Kind.LABELS || hits.length > 2) {
            throw new InvalidInputException("average: BINARY for " + hits.length
                    + (kind == Portion.Kind.LABELS ? " labels" : " classes")
                    + " (expected: two classes); choose MACRO, MICRO or WEIGHTED");
        }
        return hits.length == 0 ? new Count(0, 0, 0) : of(1);
    }

    private double mean(boolean weighted, ToDoubleFunction<Count> figure) {
        double sum = 0;
        double weights = 0;
        for (int c = 0; c < hits.length; c++) {
            Count count = of(c);
            if (count.hits + count.alarms + count.misses > 0) {
                double weight = weighted ? count.hits + count.misses : 1;
                sum += weight * figure.applyAsDouble(count);
                weights += weight;
            }
        }
        return ratio(sum, weights);
    }

    private static double sum(double[] values) {
        return Arrays.stream(values).sum();
    }
}
