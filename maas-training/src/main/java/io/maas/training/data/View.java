package io.maas.training.data;

import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;

/** A column as a data set shows it: some rows of those stored, in an order. */
record View(Storage storage, RowIndex index) {
    /** Large enough for whole blocks of a disk, small enough for a processor's cache. */
    private static final long PORTION_BYTES = 1 << 18;

    /** Takes some rows that stand one behind the other in the view. */
    @FunctionalInterface
    interface PortionReader {
        /**
         * Takes the next rows.
         *
         * @param rows valid until this returns
         * @param first the number of the first of them
         */
        void read(Tensor rows, int first);
    }

    /** Looks at rows as {@link PortionReader} does. */
    @FunctionalInterface
    interface PortionCondition {
        boolean holds(Tensor rows, int first);
    }

    /** All rows of a tensor. */
    static View of(Tensor tensor) {
        Storage storage = tensor.dataType() == DataType.STRING ? new TextRows(tensor) : new FixedRows(tensor);
        return of(storage);
    }

    /** All rows as they are stored. */
    static View of(Storage storage) {
        return new View(storage, RowIndex.all(storage.rows()));
    }

    /** This view with the index of another column, if that is the same: views of both then share theirs too. */
    View like(RowIndex other) {
        return other.isAll(index.size()) ? new View(storage, other) : this;
    }

    ColumnKind kind() {
        return new ColumnKind(storage.dataType(), storage.shape(index.size()));
    }

    View with(RowIndex other) {
        return new View(storage, other);
    }

    /** Whether both are sequences of equal lengths, row by row, as far as can be told without looking at each. */
    boolean isAsLongAs(View other) {
        return storage instanceof SequenceRows mine
                && other.storage instanceof SequenceRows others
                && index.isSame(other.index)
                && mine.isAsLongAs(others);
    }

    /** The same rows in another shape; its first size does not matter. */
    View reshaped(Shape shape) {
        return new View(storage.reshaped(shape), index);
    }

    /** All rows; in new memory unless they lie one behind the other. */
    Tensor tensor() {
        if (index.isRange()) {
            int from = index.size() == 0 ? 0 : index.at(0);
            return storage.slice(from, from + index.size());
        }
        return storage.gather(index.toArray(), index.size(), 1, Slot.forOne());
    }

    /** Reads all rows in order, some at a time: nothing in memory grows with their number. Of sequences one, without padding. */
    void read(PortionReader reader) {
        any((rows, first) -> {
            reader.read(rows, first);
            return false;
        });
    }

    /** Reads rows as {@link #read} does, up to the first portion for which the condition holds; whether there is one. */
    boolean any(PortionCondition condition) {
        return storage instanceof SequenceRows sequences ? any(sequences, condition) : anyPortion(condition);
    }

    /** Row by row, as padding is not to be looked at. */
    private boolean any(SequenceRows sequences, PortionCondition condition) {
        for (int i = 0; i < index.size(); i++) {
            if (condition.holds(sequences.row(index.at(i)), i)) {
                return true;
            }
        }
        return false;
    }

    private boolean anyPortion(PortionCondition condition) {
        int most = (int) Math.max(1, PORTION_BYTES / storage.bytesPerRow());
        int portion = Math.min(most, Math.max(1, index.size()));
        int[] rows = index.isRange() ? new int[0] : new int[portion];
        Slot slot = Slot.forOne();
        for (int first = 0; first < index.size(); first += portion) {
            int count = Math.min(portion, index.size() - first);
            if (condition.holds(portion(rows, first, count, slot), first)) {
                return true;
            }
        }
        return false;
    }

    private Tensor portion(int[] rows, int first, int count, Slot slot) {
        if (index.isRange()) {
            return storage.slice(index.at(first), index.at(first) + count);
        }
        for (int i = 0; i < count; i++) {
            rows[i] = index.at(first + i);
        }
        return storage.gather(rows, count, 1, slot);
    }
}
