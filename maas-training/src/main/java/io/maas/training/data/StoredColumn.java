package io.maas.training.data;

import io.maas.tensor.Tensor;
import java.util.Arrays;

/**
 * A column of a table as it is stored. Rows lie in groups; the cells that a column has in one group are a block.
 *
 * <p>Immutable and thread-safe.
 */
sealed interface StoredColumn permits StoredNumbers, StoredTexts {
    ColumnType type();

    /** Rows {@code [from, to)}. */
    Tensor range(int from, int to);

    /** Rows {@code index[from .. to)}. */
    Tensor gather(int[] index, int from, int to);

    /**
     * Where a column's blocks are.
     *
     * @param memory what holds them
     * @param firstRows the first row of each group, and behind them the number of rows
     * @param positions where each group's block begins
     * @param kinds the {@link BlockKind} of each group's block
     * @param sizes the bytes of each group's block where it is of {@link BlockKind#TEXTS}; else empty
     */
    record Layout(Segments memory, int[] firstRows, long[] positions, byte[] kinds, int[] sizes) {
        /** The group of a row, trying that of the row before first. */
        int group(int row, int before) {
            if (firstRows[before] <= row && row < firstRows[before + 1]) {
                return before;
            }
            int found = Arrays.binarySearch(firstRows, row);
            return found >= 0 ? found : -found - 2;
        }

        int rows(int group) {
            return firstRows[group + 1] - firstRows[group];
        }

        BlockKind kind(int group) {
            return BlockKind.of(kinds[group]);
        }
    }
}
