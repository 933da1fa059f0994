package io.maas.training.loop;

import io.maas.error.Require;

/**
 * The batches since the last update, where several are gathered for one. Their gradients are weighted by rows, relative to the first
 * batch: {@code G' = kept · G + weight · g}; an update follows {@code share · G'}, the mean over all rows.
 *
 * @param batches how many
 * @param rows of all of them
 * @param firstRows of the first
 */
record Gathered(int batches, long rows, long firstRows) {
    static final Gathered NOTHING = new Gathered(0, 0, 0);

    Gathered and(long more) {
        Require.positive(more, "rows");
        return new Gathered(batches + 1, rows + more, batches == 0 ? more : firstRows);
    }

    /** What the first batch leaves of what was gathered before it. */
    double kept() {
        return batches == 1 ? 0 : 1;
    }

    /** Of the last batch. */
    double weight(long lastRows) {
        return lastRows / (double) firstRows;
    }

    double share() {
        return firstRows / (double) rows;
    }
}
