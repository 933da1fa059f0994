package io.maas.training.preprocessing;

import io.maas.error.InvalidInputException;
import io.maas.tensor.Tensors;
import io.maas.training.data.Table;
import java.util.Collection;

/** Rows that are read a portion at a time. */
interface Portions {
    int rows();

    /** Rows {@code [from, to)}, a tensor {@code [to - from, …]} for each column. */
    Tensors rows(int from, int to);

    /** These columns of a table, and no others are read. */
    static Portions of(Table table, Collection<String> columns) {
        Table wanted = table.select(columns.stream().distinct().toList());
        return new Portions() {
            @Override
            public int rows() {
                return wanted.rows();
            }

            @Override
            public Tensors rows(int from, int to) {
                return wanted.rows(from, to);
            }
        };
    }

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
