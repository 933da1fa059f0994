package io.maas.training.preprocessing;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A target with its classes.
 *
 * @param classes texts or whole numbers, in the order of their indices; empty for a number
 */
record FittedTarget(Target target, RawColumn column, List<Object> classes) {
    DataType dataType() {
        return target.kind() == Target.Kind.CLASSES ? DataType.INT64 : DataType.FLOAT32;
    }

    List<String> names() {
        return classes.stream().map(Object::toString).toList();
    }

    /** One value a row. */
    void encode(Tensors rows, Block block) {
        if (target.kind() == Target.Kind.NUMBER) {
            encodeNumbers(rows, block);
            return;
        }
        Map<Object, Integer> places = new HashMap<>();
        classes.forEach(each -> places.put(each, places.size()));
        List<Object> keys = Keys.of(column, rows);
        for (int row = 0; row < keys.size(); row++) {
            Integer place = places.get(keys.get(row));
            if (place == null) {
                Object key = keys.get(row);
                String shown = key == Keys.MISSING
                        ? "missing"
                        : key == Keys.NONE ? "a fraction" : Require.quote(key.toString());
                throw block.refusal(column.name(), row, shown, "one of the classes of the training data, " + shown());
            }
            block.set(row, 0, place);
        }
    }

    private String shown() {
        return names().size() > 10 ? names().subList(0, 10) + " …" : names().toString();
    }

    private void encodeNumbers(Tensors rows, Block block) {
        double[] values = column.in(rows).toDoubleArray();
        for (int row = 0; row < values.length; row++) {
            if (!Float.isFinite((float) values[row])) {
                String shown = Double.isNaN(values[row]) ? "missing" : String.valueOf(values[row]);
                throw block.refusal(column.name(), row, shown, "a number within the range of float32");
            }
            block.set(row, 0, values[row]);
        }
    }

    /** Adds what a served model says beside its scores. */
    void answer(GraphBuilder b, Value scores) {
        boolean binary = target.kind() == Target.Kind.BINARY;
        int wanted = binary ? 1 : classes.size();
        boolean fits = scores.hasShape() && scores.rank() == 2 && scores.shape().size(1) == wanted;
        if (!fits) {
            throw new InvalidInputException("output " + scores + " of the model (expected: [batch, " + wanted
                    + "], a score for each class of " + Require.quote(column.name())
                    + (binary ? ", which is binary" : "")
                    + "); change the network's last layer, or leave out withLabels()");
        }
        Value probabilities;
        Value place;
        if (binary) {
            Value yes = b.sigmoid(scores);
            probabilities = b.node(Op.CONCAT, Attributes.of("axis", 1), b.sub(b.scalar(1, yes), yes), yes);
            Value positive = b.node(Op.GREATER_OR_EQUAL, Attributes.none(), scores, b.scalar(0, scores));
            place = b.squeeze(b.cast(positive, DataType.INT64), 1);
        } else {
            probabilities = b.softmax(scores, -1);
            place = b.argMax(scores, -1);
        }
        b.output(FittedPreprocessing.PROBABILITIES, probabilities);
        b.output(FittedPreprocessing.LABEL, b.node(Op.GATHER, Attributes.none(), b.constant(table()), place));
    }

    private Tensor table() {
        return classes.get(0) instanceof String
                ? Tensor.of(classes.stream().map(String.class::cast).toArray(String[]::new))
                : Tensor.of(classes.stream().mapToLong(each -> (Long) each).toArray());
    }
}
