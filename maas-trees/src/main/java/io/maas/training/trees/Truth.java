package io.maas.training.trees;

import com.google.common.collect.ImmutableMap;
import io.maas.error.InvalidInputException;
import io.maas.training.classical.Classes;
import java.util.Arrays;
import java.util.Map;

/**
 * What is true of rows, and how far answers are from it; each row counts by its weight.
 *
 * @param classes how many there are, 0 where targets are numbers
 * @param values class indices or numbers, one a row
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record Truth(TreeRows rows, int classes, float[] values) {
    /** @throws InvalidInputException if the targets are neither class indices without a gap nor finite numbers */
    static Truth of(TreeRows rows) {
        if (!rows.hasClasses()) {
            return new Truth(rows, 0, rows.numbers());
        }
        Classes classes = rows.classes();
        return new Truth(rows, classes.count(), floats(classes.labels()));
    }

    private static float[] floats(int[] labels) {
        float[] values = new float[labels.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = labels[i];
        }
        return values;
    }

    /**
     * The same of rows that are only measured on: not every class needs to be among them.
     *
     * @throws InvalidInputException if they do not fit what was learnt from
     */
    Truth ofValidation(TreeRows held) {
        if (held.features() != rows.features()
                || held.given().dataType() != rows.given().dataType()) {
            throw new InvalidInputException("validation features: " + held.given()
                    + " (expected: features of the type and number of the training set's, " + rows.given() + ")");
        }
        if (held.hasClasses() != rows.hasClasses()) {
            throw new InvalidInputException("validation targets: " + held.targets()
                    + " (expected: such as the training set's, " + rows.targets() + ")");
        }
        return new Truth(held, classes, held.hasClasses() ? held.labels(classes) : held.numbers());
    }

    double mean() {
        double sum = 0;
        double weight = 0;
        for (int i = 0; i < values.length; i++) {
            sum += rows.weight(i) * values[i];
            weight += rows.weight(i);
        }
        return sum / weight;
    }

    /** 1 where a row is of the class, otherwise 0. */
    float[] indicator(int label) {
        float[] ones = new float[values.length];
        for (int i = 0; i < ones.length; i++) {
            ones[i] = values[i] == label ? 1 : 0;
        }
        return ones;
    }

    /** What boosting lowers, of its sums: the cross-entropy in nats, or the mean square. */
    double loss(double[] sums) {
        return classes == 0 ? meanSquare(sums) : crossEntropy(new Answers(classes, true, 1).scores(sums));
    }

    private double crossEntropy(double[] scores) {
        double loss = 0;
        double weight = 0;
        for (int i = 0; i < values.length; i++) {
            double[] own = Arrays.copyOfRange(scores, i * classes, (i + 1) * classes);
            double highest = Arrays.stream(own).max().orElse(0);
            double rest =
                    Arrays.stream(own).map(score -> Math.exp(score - highest)).sum();
            loss += rows.weight(i) * (highest + Math.log(rest) - own[(int) values[i]]);
            weight += rows.weight(i);
        }
        return loss / weight;
    }

    private double meanSquare(double[] predictions) {
        double sum = 0;
        double weight = 0;
        for (int i = 0; i < values.length; i++) {
            double off = predictions[i] - values[i];
            sum += rows.weight(i) * off * off;
            weight += rows.weight(i);
        }
        return sum / weight;
    }

    /** Adds how good answers are, under names that begin with that of the set. */
    void measure(double[] sums, Answers answers, String set, ImmutableMap.Builder<String, Double> metrics) {
        if (classes == 0) {
            putErrors(answers.numbers(sums), set, metrics);
            return;
        }
        if (answers.boosted()) {
            metrics.put(set + ".loss", loss(sums));
        }
        double right = 0;
        double weight = 0;
        long[] labels = answers.labels(answers.scores(sums));
        for (int i = 0; i < labels.length; i++) {
            right += labels[i] == values[i] ? rows.weight(i) : 0;
            weight += rows.weight(i);
        }
        metrics.put(set + ".accuracy", right / weight);
    }

    private void putErrors(double[] predictions, String set, ImmutableMap.Builder<String, Double> metrics) {
        double meanSquare = meanSquare(predictions);
        double[] mean = new double[values.length];
        Arrays.fill(mean, mean());
        double variance = meanSquare(mean);
        metrics.put(set + ".rmse", Math.sqrt(meanSquare));
        if (variance > 0) {
            metrics.put(set + ".r2", 1 - meanSquare / variance);
        }
    }

    /** What lineage says of the data. */
    Map<String, String> told() {
        return Map.of(
                "rows", String.valueOf(rows.count()),
                "features", String.valueOf(rows.features()),
                "classes", String.valueOf(classes));
    }
}
