package io.maas.training.preprocessing;

import io.maas.tensor.Tensors;

/** A step while it is fitted: it sees all rows of the training data as often as it asks for. */
interface Fitting {
    /** Whether it wants to see the rows, for the first time or again. */
    boolean isWanting();

    /** Sees some rows. */
    void see(Tensors columns, int firstRow);

    /** All rows were seen once more. */
    void endPass();

    /** The fitted step; not before it wants nothing more. */
    Encoder fitted();
}
