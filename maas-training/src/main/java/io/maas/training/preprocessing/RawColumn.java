package io.maas.training.preprocessing;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.List;
import java.util.Locale;

/**
 * A column as it arrives, in training and in service.
 *
 * @param row the shape of one row; a scalar for what comes from tables
 */
record RawColumn(String name, DataType dataType, Shape row) {
    /** The column as a portion of the training data has it. */
    static RawColumn of(String name, Tensors portion) {
        Tensor tensor = portion.find(name);
        if (tensor == null) {
            throw missing(name, portion.names());
        }
        return new RawColumn(name, tensor.dataType(), rowOf(tensor));
    }

    private static Shape rowOf(Tensor tensor) {
        Require.that(tensor.shape().rank() > 0, "column", tensor, "at least the axis of rows");
        long[] sizes = tensor.shape().toArray();
        long[] row = new long[sizes.length - 1];
        System.arraycopy(sizes, 1, row, 0, row.length);
        return Shape.of(row);
    }

    private static InvalidInputException missing(String name, List<String> found) {
        return new InvalidInputException("column " + Require.quote(name) + ": missing from the rows (expected: one of "
                + found.stream().map(Require::quote).toList() + "); check its name");
    }

    /** What a graph's input of this column looks like. */
    Shape batch() {
        Object[] sizes = new Object[row.rank() + 1];
        sizes[0] = FittedPreprocessing.BATCH;
        System.arraycopy(row.dimensions(), 0, sizes, 1, row.rank());
        return Shape.symbolic(sizes);
    }

    /** This column's tensor, in this type; whole numbers stand for numbers too. */
    Tensor in(Tensors columns) {
        Tensor tensor = columns.find(name);
        if (tensor == null) {
            throw missing(name, columns.names());
        }
        if (tensor.dataType() == DataType.INT64 && dataType == DataType.FLOAT64) {
            return Tensor.of(tensor.toDoubleArray()).reshape(tensor.shape());
        }
        if (tensor.dataType() != dataType || !rowOf(tensor).equals(row)) {
            throw new InvalidInputException("column " + Require.quote(name) + ": " + tensor + " (expected: "
                    + dataType.name().toLowerCase(Locale.ROOT) + batch()
                    + " as in the training data); declare its type where the rows are read");
        }
        return tensor;
    }
}
