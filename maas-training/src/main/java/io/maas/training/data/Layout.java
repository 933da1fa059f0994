package io.maas.training.data;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Where the blocks of a column are: one for each group of rows.
 *
 * <p>Immutable and thread-safe.
 */
final class Layout {
    private final Segments memory;
    private final int[] firstRows;
    private final long[] positions;
    private final byte[] kinds;
    private final int[] sizes;

    /**
     * @param memory what holds the blocks
     * @param firstRows the first row of each group, and behind them the number of rows
     * @param positions where each block begins
     * @param kinds the {@link BlockKind} of each block
     * @param sizes the bytes of each block
     */
    Layout(Segments memory, int[] firstRows, long[] positions, byte[] kinds, int[] sizes) {
        this.memory = memory;
        this.firstRows = firstRows;
        this.positions = positions;
        this.kinds = kinds;
        this.sizes = sizes;
    }

    /** The group of a row, trying that of the row before first. */
    int group(int row, int before) {
        if (firstRows[before] <= row && row < firstRows[before + 1]) {
            return before;
        }
        int found = Arrays.binarySearch(firstRows, row);
        return found >= 0 ? found : -found - 2;
    }

    /** The first row of a group; of the group behind the last, the number of rows. */
    int firstRow(int group) {
        return firstRows[group];
    }

    int rows(int group) {
        return firstRows[group + 1] - firstRows[group];
    }

    BlockKind kind(int group) {
        return BlockKind.of(kinds[group]);
    }

    /** The block of a group; nothing where its cells are missing. */
    ByteBuffer block(int group) {
        return sizes[group] == 0 ? ByteBuffer.allocate(0) : memory.slice(positions[group], sizes[group]);
    }

    /** Cells {@code [start, start + count)} of eight bytes each of a group. */
    ByteBuffer cells(int group, int start, int count) {
        return memory.slice(positions[group] + (long) Long.BYTES * start, Long.BYTES * count);
    }

    /** The cell of eight bytes that a row has in a group. */
    long cell(int group, int row) {
        return memory.longAt(positions[group] + (long) Long.BYTES * row);
    }
}
