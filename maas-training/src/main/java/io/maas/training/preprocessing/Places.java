package io.maas.training.preprocessing;

import io.maas.error.Require;
import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The places that a cell can have, and how they are written.
 *
 * @param names one a place
 */
record Places(String column, List<String> names, Encoding encoding) {
    static final String MISSING = "<missing>";
    static final String UNKNOWN = "<unknown>";

    int count() {
        return names.size();
    }

    DataType dataType() {
        return encoding == Encoding.IDS ? DataType.INT64 : DataType.FLOAT32;
    }

    List<String> features() {
        return encoding == Encoding.ONE_HOT
                ? names.stream().map(name -> column + "=" + name).toList()
                : List.of(column);
    }

    int width() {
        return encoding == Encoding.ONE_HOT ? count() : 1;
    }

    /** @param place {@link #count} for none of them, which only one-hot can write */
    void encode(Block block, int row, int at, int place) {
        if (encoding == Encoding.ONE_HOT) {
            if (place < count()) {
                block.set(row, at + place, 1);
            }
        } else {
            block.set(row, at, place);
        }
    }

    /** @param places int64 {@code [batch]} */
    Value write(GraphBuilder b, Value places) {
        return switch (encoding) {
            case ONE_HOT -> b.oneHot(places, count(), DataType.FLOAT32);
            case ORDINAL -> b.unsqueeze(b.cast(places, DataType.FLOAT32), 1);
            case IDS -> b.unsqueeze(places, 1);
        };
    }

    static Value input(Map<String, Value> inputs, RawColumn column) {
        return Objects.requireNonNull(inputs.get(column.name()));
    }

    static String quoted(String text) {
        return Require.quote(text);
    }

    /** Looks each key up; {@code otherwise} for what is not there. */
    static Value lookUp(GraphBuilder b, Value keys, List<?> known, List<Long> values, long otherwise) {
        boolean text = keys.dataType() == DataType.STRING;
        if (known.isEmpty()) {
            // An encoder of nothing is not a valid node; this gives the same for any request.
            return b.node(
                    Op.CONSTANT_OF_SHAPE, Attributes.of("value", Tensor.of(new long[] {otherwise})), b.shapeOf(keys));
        }
        Attributes attributes = Attributes.copyOf(Map.of(
                text ? "keys_strings" : "keys_int64s", known, "values_int64s", values, "default_int64", otherwise));
        return b.foreign(
                "ai.onnx.ml",
                2,
                "LabelEncoder",
                attributes,
                new GraphBuilder.Result(DataType.INT64, Shape.symbolic(FittedPreprocessing.BATCH)),
                keys);
    }
}
