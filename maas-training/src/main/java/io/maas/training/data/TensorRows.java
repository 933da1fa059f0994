package io.maas.training.data;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.List;
import java.util.stream.IntStream;

/** Makes a table of tensors. */
final class TensorRows {
    private TensorRows() {}

    static Table of(Tensors tensors) {
        Require.that(tensors.size() > 0, "tensors", 0, "at least one");
        long rows = -1;
        Columns<Integer> columns = Columns.none();
        for (Tensors.Entry entry : tensors) {
            Tensor tensor = entry.tensor();
            long size = tensor.shape().rank() == 0 ? -1 : tensor.shape().size(0);
            if (size < 0 || tensor.elements() != size || (rows >= 0 && size != rows)) {
                throw new InvalidInputException(
                        Require.quote(entry.name()) + ": " + tensor + " (expected: [rows] or [rows, 1]"
                                + (rows >= 0 ? " with " + rows + " rows, as the tensors before" : "") + ")");
            }
            rows = size;
            columns = with(columns, entry.name(), tensor.reshape(Shape.of(size)));
        }
        return RowValues.of(IntStream.range(0, Math.toIntExact(rows)).iterator(), columns);
    }

    private static Columns<Integer> with(Columns<Integer> columns, String name, Tensor tensor) {
        if (tensor.dataType() == DataType.STRING) {
            List<String> texts = tensor.strings();
            return columns.text(name, texts::get);
        }
        if (tensor.dataType() == DataType.INT64) {
            return columns.integer(name, tensor.longs()::get);
        }
        if (tensor.dataType() == DataType.UINT64) {
            throw new InvalidInputException(
                    Require.quote(name) + ": " + tensor + " (expected: int64 or a smaller type)");
        }
        double[] numbers = tensor.toDoubleArray();
        return tensor.dataType().isFloating()
                ? columns.number(name, row -> numbers[row])
                : columns.integer(name, row -> (long) numbers[row]);
    }
}
