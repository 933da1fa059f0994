package io.maas.training.data;

import io.maas.error.Require;
import java.util.AbstractList;
import java.util.Arrays;

/**
 * Rows arranged in blocks, each of which is held out in turn. A fold's numbers are put together when it is asked for, so that
 * k folds take no k times the memory.
 */
final class Folds extends AbstractList<RowSplit> {
    private final int[] arranged;
    private final int[] starts;
    private final boolean expanding;

    /**
     * @param arranged rows, block by block
     * @param starts where each block begins, and where the last one ends
     * @param expanding whether each block but the first is held out for those before it, in place of each for all others
     */
    Folds(int[] arranged, int[] starts, boolean expanding) {
        this.arranged = arranged;
        this.starts = starts;
        this.expanding = expanding;
    }

    @Override
    public int size() {
        return starts.length - (expanding ? 2 : 1);
    }

    @Override
    public RowSplit get(int fold) {
        if (fold < 0 || fold >= size()) {
            throw new IndexOutOfBoundsException(
                    Require.failure("fold", fold, "0 <= fold < " + size()).getMessage());
        }
        int block = expanding ? fold + 1 : fold;
        int from = starts[block];
        int to = starts[block + 1];
        int[] test = Arrays.copyOfRange(arranged, from, to);
        if (expanding) {
            return new RowSplit(Arrays.copyOf(arranged, from), test);
        }
        int[] train = new int[arranged.length - test.length];
        System.arraycopy(arranged, 0, train, 0, from);
        System.arraycopy(arranged, to, train, from, arranged.length - to);
        return new RowSplit(train, test);
    }

    /** Rows in the order of their codes, those of one code in the order given. */
    static int[] sorted(int[] order, int[] codes, int[] counts) {
        int[] next = new int[counts.length];
        for (int i = 1; i < next.length; i++) {
            next[i] = next[i - 1] + counts[i - 1];
        }
        int[] sorted = new int[order.length];
        for (int row : order) {
            sorted[next[codes[row]]++] = row;
        }
        return sorted;
    }
}
