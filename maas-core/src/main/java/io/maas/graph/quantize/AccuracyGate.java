package io.maas.graph.quantize;

import io.maas.error.Require;
import org.jspecify.annotations.Nullable;

/**
 * How near the answers of a model with fewer bits have to be to those of the one that it is made of, over a sample.
 *
 * <p>Immutable and thread-safe; the {@code with…} methods give changed copies.
 *
 * @param output the output that counts, null for all of them
 * @param leastMeanCosine the least mean of the cosines between rows, in {@code [-1, 1]}
 * @param largestDifference the largest absolute difference of any element
 * @param leastAgreement the least share of equal labels, in {@code [0, 1]}
 */
public record AccuracyGate(
        @Nullable String output, double leastMeanCosine, double largestDifference, double leastAgreement) {
    public AccuracyGate {
        Require.that(
                leastMeanCosine >= -1 && leastMeanCosine <= 1,
                "leastMeanCosine",
                leastMeanCosine,
                "-1 <= leastMeanCosine <= 1");
        Require.that(largestDifference >= 0, "largestDifference", largestDifference, "largestDifference >= 0");
        Require.that(
                leastAgreement >= 0 && leastAgreement <= 1,
                "leastAgreement",
                leastAgreement,
                "0 <= leastAgreement <= 1");
    }

    /** For embeddings and hidden states: rows that point the same way. */
    public static AccuracyGate meanCosine(double least) {
        return new AccuracyGate(null, least, Double.POSITIVE_INFINITY, 0);
    }

    /** For classifiers: rows whose largest element stands at the same place, and elements that are not numbers being equal. */
    public static AccuracyGate agreement(double least) {
        return new AccuracyGate(null, -1, Double.POSITIVE_INFINITY, least);
    }

    public AccuracyGate withLeastMeanCosine(double least) {
        return new AccuracyGate(output, least, largestDifference, leastAgreement);
    }

    public AccuracyGate withLargestDifference(double largest) {
        return new AccuracyGate(output, leastMeanCosine, largest, leastAgreement);
    }

    public AccuracyGate withLeastAgreement(double least) {
        return new AccuracyGate(output, leastMeanCosine, largestDifference, least);
    }

    /** With the one output that counts. */
    public AccuracyGate withOutput(String name) {
        return new AccuracyGate(name, leastMeanCosine, largestDifference, leastAgreement);
    }

    /** Whether an output counts. */
    boolean concerns(String name) {
        return output == null || output.equals(name);
    }
}
