package io.maas.training.preprocessing;

import io.maas.error.InvalidInputException;
import io.maas.tensor.Tensors;

/** Rows that are read a portion at a time. */
interface Portions {
    int rows();

    /** Rows {@code [from, to)}, a tensor {@code [to - from, …]} for each column. */
    Tensors rows(int from, int to);

    static Portions of(Tensors columns) {
        long rows = columns.size() == 0 ? 0 : columns.entry(0).tensor().shape().size(0);
        for (Tensors.Entry column : columns) {
            if (column.tensor().shape().rank() == 0 || column.tensor().shape().size(0) != rows) {
                throw new InvalidInputException("columns: " + columns + " (expected: one number of rows)");
            }
        }
        return new Portions() {
            @Override
            public int rows() {
                return Math.toIntExact(rows);
            }

            @Override
            public Tensors rows(int from, int to) {
                return columns.rows(from, to);
            }
        };
    }
}
