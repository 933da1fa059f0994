package io.maas.training.preprocessing;

import io.maas.error.Require;

/**
 * The column that is to be predicted.
 *
 * <p>Immutable and thread-safe.
 *
 * @param positive the class that counts as yes; empty unless the kind is {@link Kind#BINARY}
 * @param labelled whether a served model names the class and its probability
 */
public record Target(String column, Kind kind, String positive, boolean labelled) {
    /** What the column becomes. */
    public enum Kind {
        /** A class index, int64 {@code [rows]}: for {@code softmaxCrossEntropy}. */
        CLASSES,
        /** 1 for yes, 0 for no, float32 {@code [rows, 1]}: for {@code binaryCrossEntropy}. */
        BINARY,
        /** The number as it is, float32 {@code [rows, 1]}: for {@code meanSquared}. */
        NUMBER
    }

    public Target {
        Require.that(!column.isEmpty(), "column", "\"\"", "a name");
    }

    /** Text or whole numbers as classes, in ascending order of their names. */
    public static Target classes(String column) {
        return new Target(column, Kind.CLASSES, "", false);
    }

    /**
     * Text or whole numbers of two kinds.
     *
     * @param positive the one that counts as yes
     */
    public static Target binary(String column, String positive) {
        return new Target(column, Kind.BINARY, positive, false);
    }

    /** A number. */
    public static Target number(String column) {
        return new Target(column, Kind.NUMBER, "", false);
    }

    /**
     * Adds two outputs to a model that preprocessing is put in front of, beside its raw scores: {@value
     * FittedPreprocessing#PROBABILITIES} ({@code [batch, classes]}, by softmax; by sigmoid for a binary target), and {@value
     * FittedPreprocessing#LABEL} ({@code [batch]}), the name of the most probable class as the column has it.
     *
     * <p>A classifier may have outputs of these names already, as a classical one has: its probabilities stay as they are, and the
     * names take the place of its int64 class numbers. An output of one of the names that is anything else is refused.
     *
     * @throws IllegalStateException for a number, which has no classes
     */
    public Target withLabels() {
        if (kind == Kind.NUMBER) {
            throw new IllegalStateException("target: " + this + " (expected: classes or binary)");
        }
        return new Target(column, kind, positive, true);
    }
}
