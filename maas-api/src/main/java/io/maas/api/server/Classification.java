package io.maas.api.server;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.nio.LongBuffer;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The highest values of an output in words, as {@code value:index} or {@code value:index:label}. */
final class Classification {
    private Classification() {}

    /**
     * Those of each row, or of all values.
     *
     * @param most how many; fewer if there are not so many values
     * @param rows whether the first axis is the rows, each of which has its own
     * @param labels what the values stand for, as far as they have names
     * @return texts of shape {@code [rows, most]}, or {@code [most]}
     */
    static Tensor of(String name, Tensor tensor, int most, boolean rows, List<String> labels) {
        if (tensor.dataType() == DataType.STRING) {
            throw new InvalidInputException(
                    "output " + Require.quote(name) + " cannot be classified: it holds texts (expected: numbers)");
        }
        Shape shape = tensor.shape();
        boolean each = rows && shape.rank() > 0;
        int count = each ? Math.toIntExact(shape.size(0)) : 1;
        int width = Math.toIntExact(each ? shape.elementsPerRow() : shape.elements());
        int chosen = Math.min(most, width);
        Comparator<Integer> order = order(tensor);
        String[] texts = new String[Math.multiplyExact(count, chosen)];
        for (int i = 0; i < texts.length; i += chosen) {
            int from = i / chosen * width;
            List<Integer> best = IntStream.range(from, from + width)
                    .boxed()
                    .sorted(order)
                    .limit(chosen)
                    .toList();
            for (int j = 0; j < chosen; j++) {
                int index = best.get(j) - from;
                texts[i + j] = text(tensor, best.get(j)) + ":" + index + label(labels, index);
            }
        }
        return Tensor.of(texts).reshape(each ? Shape.of(count, chosen) : Shape.of(chosen));
    }

    /** The highest first, exactly; what is not a number comes last, and equal ones in their order. */
    private static Comparator<Integer> order(Tensor tensor) {
        if (tensor.dataType() == DataType.INT64 || tensor.dataType() == DataType.UINT64) {
            LongBuffer values = tensor.longs();
            long flip = tensor.dataType() == DataType.UINT64 ? Long.MIN_VALUE : 0;
            return Comparator.comparingLong((Integer i) -> values.get(i) ^ flip).reversed();
        }
        IntToDoubleFunction values = tensor.asDoubles();
        return Comparator.comparing((Integer i) -> Double.isNaN(values.applyAsDouble(i)))
                .thenComparing(values::applyAsDouble, Comparator.reverseOrder());
    }

    private static String text(Tensor tensor, int at) {
        return switch (tensor.dataType()) {
            case INT64 -> Long.toString(tensor.longs().get(at));
            case UINT64 -> Long.toUnsignedString(tensor.longs().get(at));
            case FLOAT16, BFLOAT16, FLOAT32, FLOAT64 ->
                String.format(Locale.ROOT, "%f", tensor.asDoubles().applyAsDouble(at));
            default -> Long.toString((long) tensor.asDoubles().applyAsDouble(at));
        };
    }

    private static String label(List<String> labels, int index) {
        @Nullable String label = index < labels.size() ? labels.get(index) : null;
        return label == null ? "" : ":" + label;
    }
}
