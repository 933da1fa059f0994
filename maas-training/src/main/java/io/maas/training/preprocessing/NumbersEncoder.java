package io.maas.training.preprocessing;

import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** {@link Numbers}, fitted. The graph computes all columns at once, as {@code [batch, columns]}. */
record NumbersEncoder(List<RawColumn> columns, String output, Numbers.Settings settings, List<NumberRule> rules)
        implements Encoder {
    static final String EXPECTED =
            "a number that gives a finite float32; fill missing values, clip or scale large ones";

    static String refused(double value) {
        return Double.isNaN(value) ? "missing" : String.valueOf(value);
    }

    @Override
    public DataType dataType() {
        return DataType.FLOAT32;
    }

    @Override
    public List<String> features() {
        List<String> names =
                new ArrayList<>(columns.stream().map(RawColumn::name).toList());
        if (settings.indicating()) {
            columns.forEach(column -> names.add(column.name() + "=" + Places.MISSING));
        }
        return names;
    }

    @Override
    public void encode(Tensors rows, Block block, int at) {
        for (int i = 0; i < rules.size(); i++) {
            RawColumn column = columns.get(i);
            double[] values = column.in(rows).toDoubleArray();
            for (int row = 0; row < values.length; row++) {
                double feature = rules.get(i).apply(values[row]);
                if (!Float.isFinite((float) feature)) {
                    throw block.refusal(column.name(), row, refused(values[row]), EXPECTED);
                }
                block.set(row, at + i, feature);
                if (settings.indicating() && Double.isNaN(values[row])) {
                    block.set(row, at + rules.size() + i, 1);
                }
            }
        }
    }

    @Override
    public Value write(GraphBuilder b, Map<String, Value> inputs) {
        Value x = together(b, columns, inputs);
        Value missing = b.node(Op.IS_NAN, Attributes.none(), x);
        Value y = settings.fill() == Numbers.Fill.NONE ? x : b.where(missing, row(b, NumberRule::fill), x);
        if (settings.log()) {
            y = b.log(b.add(b.scalar(1, y), y));
        }
        if (settings.clip() != Numbers.Clip.NONE) {
            y = b.node(Op.MIN, Attributes.none(), row(b, NumberRule::high), y);
            y = b.node(Op.MAX, Attributes.none(), row(b, NumberRule::low), y);
        }
        if (settings.scale() != Numbers.Scale.NONE) {
            y = b.div(b.sub(y, row(b, NumberRule::shift)), row(b, NumberRule::divisor));
        }
        y = checked(b, b.cast(y, DataType.FLOAT32));
        return settings.indicating() ? concat(b, List.of(y, b.cast(missing, DataType.FLOAT32))) : y;
    }

    /** Neither NaN nor infinite: only those give NaN when they are taken from themselves. */
    private Value checked(GraphBuilder b, Value y) {
        Value bad = b.node(Op.IS_NAN, Attributes.none(), b.sub(y, y));
        String names = columns.size() == 1
                ? "column " + Places.quoted(columns.get(0).name())
                : "one of the columns "
                        + columns.stream()
                                .map(column -> Places.quoted(column.name()))
                                .toList();
        return b.refuseIf(bad, names + ": a value that is missing or too large (expected: " + EXPECTED + ")", y);
    }

    private Value row(GraphBuilder b, ToDoubleFunction<NumberRule> part) {
        return b.constant(Tensor.of(rules.stream().mapToDouble(part).toArray()));
    }

    /** The columns side by side in float64, {@code [batch, columns]}. */
    static Value together(GraphBuilder b, List<RawColumn> columns, Map<String, Value> inputs) {
        List<Value> parts = new ArrayList<>();
        for (RawColumn column : columns) {
            Value input = Places.input(inputs, column);
            parts.add(b.unsqueeze(b.cast(input, DataType.FLOAT64), 1));
        }
        return concat(b, parts);
    }

    /** Side by side along the second axis. */
    static Value concat(GraphBuilder b, List<Value> parts) {
        return parts.size() == 1
                ? parts.get(0)
                : b.node(Op.CONCAT, Attributes.of("axis", 1), parts.toArray(Value[]::new));
    }

    @Override
    public String line() {
        return "numbers"
                + Stream.of(settings.toString())
                        .filter(text -> !text.isEmpty())
                        .map(text -> ": " + text)
                        .findFirst()
                        .orElse("");
    }
}
