package io.maas.training.data;

/** Where a table that is being written stands: shared by its columns. */
final class OpenGroup {
    /** The number of groups that were written. */
    int past;
    /** The row at hand, counted from the beginning of its group. */
    int row;
    /** The number of rows before the one at hand, in all groups. */
    int rows;
    /** The bytes that the texts of this group take in memory. */
    long textBytes;
    /** Whether cells are looked at for their types alone, and texts need not be stored. */
    boolean discarding;
}
