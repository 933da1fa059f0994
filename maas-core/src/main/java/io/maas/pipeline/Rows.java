package io.maas.pipeline;

import io.maas.error.Require;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Rows along the first axis, taken out and put back. */
final class Rows {
    private Rows() {}

    /** Some rows of a tensor, in the order of their numbers. */
    static Tensor take(Tensor tensor, int[] rows) {
        Shape shape = tensor.shape().withRows(rows.length);
        if (tensor.dataType() == DataType.STRING) {
            int width = Math.toIntExact(shape.elementsPerRow());
            List<String> texts = tensor.strings();
            List<String> taken = new ArrayList<>(rows.length * width);
            for (int row : rows) {
                taken.addAll(texts.subList(row * width, (row + 1) * width));
            }
            return Tensor.of(taken.toArray(new String[0]), shape.toArray());
        }
        int width = bytesPerRow(tensor);
        ByteBuffer from = tensor.bytes();
        ByteBuffer to = Tensor.newMemory((long) width * rows.length).order(ByteOrder.nativeOrder());
        for (int i = 0; i < rows.length; i++) {
            to.put(i * width, from, rows[i] * width, width);
        }
        return Tensor.wrap(tensor.dataType(), shape, to);
    }

    /** One row, as often as asked for. */
    static Tensor repeat(Tensor row, int times) {
        return take(row, new int[times]);
    }

    /**
     * The parts' rows at their places: row {@code i} of part {@code p} becomes row {@code places[p][i]}.
     *
     * @param total the number of rows of all parts
     * @throws IllegalArgumentException if types or row shapes differ, or a part does not have its number of rows
     */
    static Tensors merge(List<String> names, List<Tensors> parts, List<int[]> places, int total) {
        int[] order = new int[total];
        int at = 0;
        for (int p = 0; p < parts.size(); p++) {
            for (int i = 0; i < places.get(p).length; i++) {
                order[places.get(p)[i]] = at++;
            }
        }
        List<Tensors.Entry> merged = new ArrayList<>();
        for (String name : names) {
            List<Tensor> all = new ArrayList<>();
            for (int p = 0; p < parts.size(); p++) {
                Tensor part = parts.get(p).get(name);
                int rows = places.get(p).length;
                Require.that(
                        part.shape().rank() > 0 && part.shape().size(0) == rows,
                        "output " + Require.quote(name),
                        part,
                        "a row for each of the " + rows + " that were asked for");
                all.add(part);
            }
            merged.add(new Tensors.Entry(name, take(Tensor.concat(all), order)));
        }
        return Tensors.copyOf(merged);
    }

    private static int bytesPerRow(Tensor tensor) {
        return Math.toIntExact(
                tensor.shape().elementsPerRow() * tensor.dataType().byteSize());
    }
}
