package io.maas.text;

/**
 * A part of a text that a model has given a label.
 *
 * <p>Immutable and thread-safe.
 *
 * @param text the part itself
 * @param from where it begins, as an index of {@link String#charAt}
 * @param to where it ends, exclusive
 * @param label its class, without {@code B-} and {@code I-}
 * @param score the mean of the probabilities of its words' classes, from 0 to 1
 */
public record Entity(String text, int from, int to, String label, double score) {}
