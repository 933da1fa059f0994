package io.maas.api.server;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
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
            throw new InvalidInputException("output " + Require.quote(name)
                    + " cannot be classified: it holds texts (expected: numbers)");
        }
        boolean each = rows && tensor.shape().rank() > 0;
        int count = each ? Math.toIntExact(tensor.shape().size(0)) : 1;
        int width = count == 0 ? 0 : Math.toIntExact(tensor.elements() / count);
        int chosen = Math.min(most, width);
        IntToDoubleFunction values = tensor.asDoubles();
        String[] texts = new String[Math.multiplyExact(count, chosen)];
        for (int row = 0; row < count; row++) {
            List<Integer> best = best(values, row * width, width, chosen);
            for (int i = 0; i < chosen; i++) {
                int index = best.get(i);
                texts[row * chosen + i] = text(tensor, row * width + index) + ":" + index + label(labels, index);
            }
        }
        return Tensor.of(texts).reshape(each ? Shape.of(count, chosen) : Shape.of(chosen));
    }

    private static List<Integer> best(IntToDoubleFunction values, int from, int width, int chosen) {
        // What is not a number comes last, and equal ones in their order.
        Comparator<Integer> descending = Comparator.comparing((Integer i) -> Double.isNaN(values.applyAsDouble(from + i)))
                .thenComparing(i -> values.applyAsDouble(from + i), Comparator.reverseOrder());
        return IntStream.range(0, width).boxed().sorted(descending).limit(chosen).toList();
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
