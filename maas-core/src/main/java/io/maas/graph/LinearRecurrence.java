package io.maas.graph;

import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A linear recurrence over sequences of any length, from the last step to the first, in parts of one width each:
 *
 * <pre>{@code
 * c[t] = forget[t] · c[t + 1] + input[t] · (added[t] + h[t + 1] × matrix)
 * h[t] = output[t] · c[t]
 * }</pre>
 *
 * with {@code ·} element by element and {@code h} and {@code c} all parts side by side. An LSTM whose functions leave numbers as
 * they are is this, with {@code output}, … read from its inputs; so engines run it as one operator.
 */
final class LinearRecurrence {
    /**
     * What stands at a place of the formula for one part.
     *
     * @param series {@code [length, batch, width]}, or null for the same number everywhere
     */
    record Signal(@Nullable Value series, double number) {
        static Signal of(Value series) {
            return new Signal(series, 0);
        }

        static Signal of(double number) {
            return new Signal(null, number);
        }
    }

    /**
     * What comes out.
     *
     * @param states {@code h}, for each part {@code [length, batch, width]}
     * @param first {@code h} of the first step, all parts: {@code [batch, parts * width]}
     * @param cells {@code c} of the first step, for each part {@code [batch, width]}
     */
    record Result(List<Value> states, Value first, List<Value> cells) {}

    private static final int GATES = 4;

    private final GraphBuilder b;
    private final long width;
    private final List<Value> columns = new ArrayList<>();
    private final List<List<Signal>> gates =
            List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    private final List<@Nullable Value> starts = new ArrayList<>();

    LinearRecurrence(GraphBuilder b, long width) {
        this.b = b;
        this.width = width;
    }

    /** @param start {@code c} behind the last step, {@code [batch, width]}, null for 0 */
    void part(Signal input, Signal output, Signal forget, Signal added, @Nullable Value start) {
        List<Signal> inOrder = List.of(input, output, forget, added);
        for (int i = 0; i < GATES; i++) {
            gates.get(i).add(inOrder.get(i));
            Value series = inOrder.get(i).series();
            if (series != null && !columns.contains(series)) {
                columns.add(series);
            }
        }
        starts.add(start);
    }

    /** @param matrix {@code [parts * width, parts * width]}, a column for each element that is added to */
    Result run(Value matrix) {
        int parts = starts.size();
        long all = parts * width;
        DataType type = matrix.dataType();
        Value x = concat(2, columns);
        Value weights = b.unsqueeze(b.oneHot(b.longs(chosen()), columns.size() * width, type), 0);
        Value rows = b.node(Op.PAD, Attributes.none(), b.transpose(matrix, 1, 0), b.longs(3 * all, 0, 0, 0));
        Value biases = b.constant(Tensor.of(type, numbers(), Shape.of(1, 2 * GATES * all)));
        Value start = start(x, type);
        Value omitted = Value.OMITTED;
        List<Value> made =
                b.nodes(Op.LSTM, attributes(all), 3, x, weights, b.unsqueeze(rows, 0), biases, omitted, omitted, start);
        Value states = b.squeeze(made.get(0), 1);
        return new Result(apart(states), b.squeeze(made.get(1), 0), apart(b.squeeze(made.get(2), 0)));
    }

    private static Attributes attributes(long hidden) {
        RecurrentActivation linear = new RecurrentActivation("affine", 1, 0);
        Map<String, Object> attributes = new HashMap<>(RecurrentActivation.attributes(Collections.nCopies(3, linear)));
        attributes.put("direction", "reverse");
        attributes.put("hidden_size", hidden);
        return Attributes.copyOf(attributes);
    }

    /** Which element of all columns each row of the weights takes; for numbers one that there is not. */
    private long[] chosen() {
        long[] chosen = new long[(int) rows()];
        Arrays.setAll(chosen, row -> {
            Value series = signal(row).series();
            long column = series == null ? columns.size() : columns.indexOf(series);
            return column * width + (series == null ? 0 : row % width);
        });
        return chosen;
    }

    private long rows() {
        return width * GATES * starts.size();
    }

    private double[] numbers() {
        double[] numbers = new double[(int) (2 * rows())];
        for (int row = 0; row < numbers.length / 2; row++) {
            numbers[row] = signal(row).number();
        }
        return numbers;
    }

    private Signal signal(int row) {
        int part = (int) (row / width);
        return gates.get(part / starts.size()).get(part % starts.size());
    }

    /** {@code [1, batch, parts * width]}. */
    private Value start(Value x, DataType type) {
        if (starts.stream().allMatch(start -> start == null)) {
            return Value.OMITTED;
        }
        Sizes sizes = new Sizes(b);
        Value shape = sizes.joined(List.of(sizes.of(x, 1), b.longs(width)));
        Tensor zero = Tensor.of(type, new double[] {0}, Shape.of(1));
        List<Value> all = new ArrayList<>();
        for (Value start : starts) {
            all.add(start == null ? b.node(Op.CONSTANT_OF_SHAPE, Attributes.of("value", zero), shape) : start);
        }
        return b.unsqueeze(concat(1, all), 0);
    }

    private List<Value> apart(Value value) {
        int parts = starts.size();
        long[] sizes = new long[parts];
        Arrays.fill(sizes, width);
        return parts == 1
                ? List.of(value)
                : b.nodes(Op.SPLIT, Attributes.of("axis", value.rank() - 1), parts, value, b.longs(sizes));
    }

    private Value concat(int axis, List<Value> values) {
        return values.size() == 1
                ? values.get(0)
                : b.node(Op.CONCAT, Attributes.of("axis", axis), values.toArray(new Value[0]));
    }
}
