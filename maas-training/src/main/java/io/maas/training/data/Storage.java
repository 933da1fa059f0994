package io.maas.training.data;

import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;

/** The rows of one column where they lie; data sets show them in orders of their own. Immutable and thread-safe. */
sealed interface Storage permits FixedRows, PiecedRows, ScaledPixels, TextRows {
    DataType dataType();

    int rows();

    /** The shape of so many rows; symbols stand for sizes that differ from row to row. */
    Shape shape(int rows);

    /** About how many bytes a row takes in a tensor, at least 1. */
    long bytesPerRow();

    /** Rows {@code [from, to)}; shares memory where it can. */
    Tensor slice(int from, int to);

    /** The first {@code count} of these rows. */
    Tensor gather(int[] rows, int count, Slot slot);

    /** The same rows in another shape, of as many elements a row. */
    Storage reshaped(Shape shape);

    /** The hash of what was hashed to {@code before} and then this row; see {@link RowHashes#mix}. */
    long hash(int row, long before);
}
