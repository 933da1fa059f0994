package io.maas.training.layer;

import io.maas.error.Require;
import io.maas.graph.Attributes;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Layers beside each other, which are all given the same. */
record Parallel(String name, List<Layer> layers, Join join) implements Layer {
    /** How their outputs become one. */
    interface Join {
        Value apply(Scope scope, Value input, List<Value> outputs);
    }

    Parallel {
        layers = List.copyOf(layers);
        Require.that(!layers.isEmpty(), "layers", 0, "at least one layer");
    }

    @Override
    public @Nullable Shape inputRow() {
        return layers.stream()
                .map(Layer::inputRow)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    @Override
    public Value apply(Scope scope, Value input) {
        List<Value> outputs = new ArrayList<>();
        for (Layer layer : layers) {
            outputs.add(scope.apply(layer, input));
        }
        return join.apply(scope, input, outputs);
    }

    /** One behind the other along an axis. */
    static Join concatenated(int axis) {
        return (scope, input, outputs) -> {
            Value first = outputs.get(0);
            int place = axis < 0 ? axis + first.rank() : axis;
            for (Value output : outputs) {
                if (place < 1 || place >= first.rank() || !fit(first.shape(), output.shape(), place)) {
                    throw scope.mismatch(
                            input,
                            "one whose outputs differ along axis " + axis + " only, not " + shapes(outputs),
                            "give its layers the same sizes along the other axes");
                }
            }
            return outputs.size() == 1
                    ? first
                    : scope.graph().node(Op.CONCAT, Attributes.of("axis", place), outputs.toArray(new Value[0]));
        };
    }

    /** Their sum, and the input's too where it is wanted. */
    static Join summed(boolean withInput) {
        return (scope, input, outputs) -> {
            List<Value> terms = new ArrayList<>(withInput ? List.of(input) : List.of());
            terms.addAll(outputs);
            Value sum = terms.get(0);
            for (Value term : terms.subList(1, terms.size())) {
                if (!fit(sum.shape(), term.shape(), -1)) {
                    throw scope.mismatch(
                            input,
                            "one for which all terms have the same shape, not " + shapes(terms),
                            "make the layer's output as large as its input, or put a layer beside it that brings the input"
                                    + " to its size: sum(layer, dense(…))");
                }
                sum = scope.graph().add(sum, term);
            }
            return sum;
        };
    }

    /** Whether two shapes are equal as far as they are known, but for one axis. */
    private static boolean fit(Shape a, Shape b, int except) {
        if (a.rank() != b.rank()) {
            return false;
        }
        for (int i = 0; i < a.rank(); i++) {
            boolean known = a.size(i) != Shape.VARIABLE && b.size(i) != Shape.VARIABLE;
            if (i != except && known && a.size(i) != b.size(i)) {
                return false;
            }
        }
        return true;
    }

    private static String shapes(List<Value> values) {
        return values.stream().map(Value::shape).toList().toString();
    }
}
