package io.maas.training.data;

import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;

/** The rows of one column where they lie; data sets show them in orders of their own. Immutable and thread-safe. */
sealed interface Storage permits FixedRows, PiecedRows, TextRows, SequenceRows {
    DataType dataType();

    int rows();

    /** The shape of so many rows; symbols stand for sizes that differ from row to row. */
    Shape shape(int rows);

    /** About how many bytes a row takes in a tensor, at least 1. */
    long bytesPerRow();

    /** Whether {@link #slice} copies nothing. */
    boolean isShared();

    /** Rows {@code [from, to)}; shares memory where it can. */
    Tensor slice(int from, int to);

    /**
     * The first {@code count} of these rows.
     *
     * @param multiple of what lengths are that differ from row to row
     */
    Tensor gather(int[] rows, int count, int multiple, Slot slot);

    /** How many elements of a row are its own and not padding. */
    int elementsOf(int row);

    /** The same rows in another shape, of as many elements a row. */
    Storage reshaped(Shape shape);

    /** The hash of what was hashed to {@code before} and then this row; see {@link RowHashes#mix}. */
    long hash(int row, long before);

    /**
     * Checks all floating-point numbers.
     *
     * @param what to call the column in the message
     * @throws io.maas.error.InvalidInputException if one is NaN or infinite; the message names its row and column
     */
    void requireFinite(String what);
}
