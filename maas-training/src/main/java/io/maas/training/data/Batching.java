package io.maas.training.data;

import io.maas.error.Require;
import org.jspecify.annotations.Nullable;

/**
 * How rows are put into batches for training.
 *
 * <p>Immutable and thread-safe, if its augmentation is.
 *
 * @param size rows a batch; the last one of an epoch may have less
 * @param byLength whether rows of about the same length come together
 * @param lengthMultiple of what the lengths of batches of sequences are
 * @param augmentation what changes features before each step; null for none
 * @param prefetch whether a thread of its own puts together the next batch during a step
 */
public record Batching(
        int size,
        boolean byLength,
        int lengthMultiple,
        @Nullable Augmentation augmentation,
        Prefetch prefetch) {
    /** Few enough steps of padding, and few enough lengths for engines to keep memory ready for each. */
    public static final int DEFAULT_LENGTH_MULTIPLE = 8;

    /** Whether the next batch is put together while a step runs. */
    public enum Prefetch {
        /** Where it is worth a change of threads: for batches that are large or augmented. */
        AUTOMATIC,
        ALWAYS,
        NEVER
    }

    public Batching {
        Require.positive(size, "batchSize");
        Require.positive(lengthMultiple, "lengthMultiple");
    }

    /** So many rows a batch, in an order that is random alone. */
    public static Batching of(int size) {
        return new Batching(size, false, DEFAULT_LENGTH_MULTIPLE, null, Prefetch.AUTOMATIC);
    }

    public Batching withSize(int rows) {
        return new Batching(rows, byLength, lengthMultiple, augmentation, prefetch);
    }

    /**
     * Rows of about the same length together, so that there is little padding: rows are shuffled, sorted by length (rounded up),
     * cut into batches, and the batches shuffled. The lengths are those of the features if these are sequences, else of the first
     * further column of sequences.
     */
    public Batching groupedByLength() {
        return new Batching(size, true, lengthMultiple, augmentation, prefetch);
    }

    /**
     * Batches of sequences as long as the longest row, rounded up to a multiple of this, so that the same shapes come again;
     * {@value #DEFAULT_LENGTH_MULTIPLE} if nothing else is said.
     *
     * @param multiple {@code > 0}; 1 for no rounding
     */
    public Batching roundLengths(int multiple) {
        return new Batching(size, byLength, multiple, augmentation, prefetch);
    }

    /** With features changed at random before each step. */
    public Batching augment(Augmentation change) {
        return new Batching(size, byLength, lengthMultiple, change, prefetch);
    }

    /** With or without a thread that puts together the next batch; batches are the same either way. */
    public Batching prefetch(Prefetch when) {
        return new Batching(size, byLength, lengthMultiple, augmentation, when);
    }

    /** For lineage: what decides what is learned, such as {@code 32 by length (multiples of 8), augmented: flip(0.5)}. */
    @Override
    public String toString() {
        return size
                + (byLength ? " by length" : "")
                + (lengthMultiple == DEFAULT_LENGTH_MULTIPLE ? "" : " (multiples of " + lengthMultiple + ")")
                + (augmentation == null ? "" : ", augmented: " + augmentation.name());
    }
}
