package io.maas.training.layer;

import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.training.CentralDifferences;
import io.maas.training.Graphs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Layers written to a graph in float64, with random values for what they keep. */
final class Drawn {
    final GraphBuilder builder = new GraphBuilder("drawn");
    final Map<String, Tensor> inputs = new LinkedHashMap<>();
    final Applied applied;
    private final List<Value> differentiable = new ArrayList<>();
    private @Nullable Tensors outputs;

    private Drawn(Mode mode, Network.Body body, Map<String, Tensor> given) {
        Map<String, Value> values = new LinkedHashMap<>();
        given.forEach((name, tensor) -> values.put(name, input(name, tensor, true)));
        applied = Network.of(values.keySet().stream().map(Input::any).toList(), body)
                .apply(builder, NamedValues.copyOf(values), mode, this::parameter);
        Value seed = applied.seed();
        if (seed != null) {
            inputs.put(seed.name(), Tensor.scalar(12345L));
        }
    }

    static Drawn of(Layer layer, Tensor x) {
        return of(Mode.INFERENCE, layer, x);
    }

    static Drawn of(Mode mode, Layer layer, Tensor x) {
        return of(mode, (scope, in) -> NamedValues.of("y", scope.apply(layer, in.first())), Map.of("x", x));
    }

    static Drawn of(Mode mode, Network.Body body, Map<String, Tensor> given) {
        return new Drawn(mode, body, given);
    }

    private Value input(String name, Tensor tensor, boolean differentiated) {
        Value value = builder.input(name, tensor.dataType(), tensor.shape());
        inputs.put(name, tensor);
        if (differentiated && tensor.dataType() == DataType.FLOAT64) {
            differentiable.add(value);
        }
        return value;
    }

    private Value parameter(Parameter parameter) {
        double[] values =
                Graphs.random(inputs.size(), parameter.shape().toArray()).toDoubleArray();
        boolean learned = parameter.role() == Parameter.Role.LEARNED;
        // At most 1: many layers with larger weights bend too much for differences. Running variances are positive.
        Arrays.setAll(values, i -> (learned ? values[i] : Math.abs(values[i])) / 2);
        return input(parameter.name(), Tensor.of(values, parameter.shape().toArray()), learned);
    }

    double[] input(String name) {
        return Objects.requireNonNull(inputs.get(name), name).toDoubleArray();
    }

    /** The value of the first output. */
    Tensor output() {
        return outputs().get("y_0");
    }

    /** The values of the outputs as {@code y_0}, {@code y_1}…, and of updated buffers under their parameters' names. */
    Tensors outputs() {
        Tensors known = outputs;
        if (known == null) {
            List<Value> made = List.copyOf(applied.outputs().toMap().values());
            for (int i = 0; i < made.size(); i++) {
                builder.output("y_" + i, made.get(i));
            }
            applied.updates().forEach((parameter, next) -> builder.output(parameter.name() + "/next", next));
            known = Graphs.run(builder.build(), inputs);
            outputs = known;
        }
        return known;
    }

    /** Compares the gradients of a weighted sum of the first output with differences. */
    void checkGradients() {
        Value y = applied.outputs().first();
        // A sum with uneven weights: a plain sum hides errors, as that of softmax is always 1.
        Tensor weights = Graphs.random(13, y.shape().toArray());
        Value loss = builder.reduceSum(builder.mul(y, builder.constant(weights)), false);
        CentralDifferences.check(builder, loss, differentiable, inputs);
    }
}
