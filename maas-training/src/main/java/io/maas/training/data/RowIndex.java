package io.maas.training.data;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Which rows of its columns a data set shows, and in what order: a range of them, or one number a row.
 *
 * <p>Immutable and thread-safe.
 */
final class RowIndex {
    private final int @Nullable [] rows;
    private final int from;
    private final int size;

    private RowIndex(int @Nullable [] rows, int from, int size) {
        this.rows = rows;
        this.from = from;
        this.size = size;
    }

    /** All of so many rows, as they lie. */
    static RowIndex all(int size) {
        return new RowIndex(null, 0, size);
    }

    int size() {
        return size;
    }

    /** Whether the rows lie one behind the other. */
    boolean isRange() {
        return rows == null;
    }

    /** Whether both show the same rows, as far as can be told without looking at each. */
    boolean isSame(RowIndex other) {
        return rows == other.rows && from == other.from && size == other.size;
    }

    /** Whether these are all of so many rows, as they lie. */
    boolean isAll(int count) {
        return rows == null && from == 0 && size == count;
    }

    /** The row that stands at a place, {@code 0 <= place < size()}. */
    int at(int place) {
        return rows == null ? from + place : rows[from + place];
    }

    /** Places {@code [start, end)}; shares the numbers. */
    RowIndex part(int start, int end) {
        return new RowIndex(rows, from + start, end - start);
    }

    /** The rows at these places, which belong to the index from now on. */
    RowIndex pick(int[] places) {
        if (rows == null && from == 0) {
            return new RowIndex(places, 0, places.length);
        }
        int[] picked = new int[places.length];
        for (int i = 0; i < picked.length; i++) {
            picked[i] = at(places[i]);
        }
        return new RowIndex(picked, 0, picked.length);
    }

    /** All rows in order, in an array of their own. */
    int[] toArray() {
        return rows == null ? Rows.range(from, from + size) : Arrays.copyOfRange(rows, from, from + size);
    }
}
