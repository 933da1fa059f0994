package io.maas.training.data;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;

/** Makes the tensors of a data set from a table's columns of numbers. */
final class TableDataset {
    private static final int BUFFER = 1 << 22;

    private TableDataset() {}

    static Dataset of(Table features, Table target) throws IOException {
        Require.that(!features.names().isEmpty(), "features", features.names(), "at least one column");
        requireNumbers(features);
        requireNumbers(target);
        if (features.rows() == 0) {
            throw new InvalidInputException("rows: 0 (expected: at least one)");
        }
        Storage values = floats(features);
        String name = target.names().get(0);
        Storage targets = target.type(name) == ColumnType.INTEGER ? classes(target, name) : floats(target);
        return Dataset.of(values, targets).withColumns(features.names());
    }

    private static void requireNumbers(Table table) {
        for (String name : table.names()) {
            if (table.type(name) == ColumnType.TEXT) {
                throw new InvalidInputException("column " + Require.quote(name)
                        + ": text (expected: numbers); encode it with a preprocessing, leave it out, or, if the file has no line"
                        + " of names, read it without header");
            }
        }
    }

    private static Storage classes(Table table, String name) throws IOException {
        try (StoredRows rows = new StoredRows(DataType.INT64, Shape.of(table.rows()))) {
            for (int from = 0; from < table.rows(); from += Table.PORTION) {
                Tensor cells = table.column(name, from, Math.min(table.rows(), from + Table.PORTION));
                rows.append(cells.bytes());
            }
            return rows.finish();
        }
    }

    private static Storage floats(Table table) throws IOException {
        int width = table.names().size();
        Shape shape = Shape.of(table.rows(), width);
        int portion = Math.max(1, Math.min(Table.PORTION, Integer.highestOneBit(BUFFER / Float.BYTES / width)));
        ByteBuffer bytes = StoredRows.buffer((long) Float.BYTES * width * portion);
        try (StoredRows rows = new StoredRows(DataType.FLOAT32, shape)) {
            for (int from = 0; from < table.rows(); from += portion) {
                int to = Math.min(table.rows(), from + portion);
                Tensors cells = table.rows(from, to);
                bytes.clear().limit(Float.BYTES * width * (to - from));
                for (int column = 0; column < width; column++) {
                    fill(cells.entry(column), from, bytes.asFloatBuffer(), column, width);
                }
                rows.append(bytes);
            }
            return rows.finish();
        }
    }

    private static void fill(Tensors.Entry column, int firstRow, FloatBuffer to, int place, int width) {
        int rows = Math.toIntExact(column.tensor().elements());
        if (column.tensor().dataType() == DataType.INT64) {
            LongBuffer longs = column.tensor().longs();
            for (int i = 0; i < rows; i++) {
                to.put(i * width + place, (float) longs.get(i));
            }
            return;
        }
        DoubleBuffer doubles = column.tensor().doubles();
        for (int i = 0; i < rows; i++) {
            float value = (float) doubles.get(i);
            if (!Float.isFinite(value)) {
                throw refusal(column.name(), firstRow + i, doubles.get(i));
            }
            to.put(i * width + place, value);
        }
    }

    private static InvalidInputException refusal(String column, int row, double value) {
        String where = "column " + Require.quote(column) + ", row " + row + ": ";
        return new InvalidInputException(
                Double.isNaN(value)
                        ? where
                                + "a missing value (expected: a number); fill it with a preprocessing, or leave the row or the"
                                + " column out"
                        : where + value + " (expected: a number within the range of float32); scale the column");
    }
}
