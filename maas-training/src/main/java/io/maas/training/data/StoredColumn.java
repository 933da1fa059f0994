package io.maas.training.data;

import io.maas.tensor.Tensor;

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
}
