package io.maas.training.loop;

import com.google.common.collect.ImmutableMap;
import io.maas.error.Require;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a training step makes small: a graph that computes a loss, and which of its inputs are learned. What a {@link Trainer}
 * writes from layers, and fine-tuning from a finished model.
 *
 * @param builder the graph up to the loss, with no output yet; the step writes on in it
 * @param loss a scalar {@code []}, float32 or float64
 * @param correct the number of targets that were predicted right, a scalar; null where right and wrong are not told apart
 * @param parameters the inputs that are learned, of the loss's type, each with the value that it starts from
 * @param rates what the learning rate is multiplied with for some of them, {@code > 0}; 1 for the others
 */
public record Objective(
        GraphBuilder builder,
        Value loss,
        @Nullable Value correct,
        Map<Value, Tensor> parameters,
        Map<String, Double> rates) {
    public Objective {
        Require.that(
                !parameters.isEmpty(),
                "parameters",
                0,
                "a network with something to learn; add a layer such as dense(…)");
        parameters = ImmutableMap.copyOf(parameters);
        rates = ImmutableMap.copyOf(rates);
        rates.forEach((name, rate) -> Require.positive(rate, "rate of " + name));
    }

    /** With the learning rate as it is for all parameters, which start from the values that their initializers give. */
    static Objective of(Task.Forward forward, long seed) {
        Map<Value, Tensor> parameters = new LinkedHashMap<>();
        forward.parameters()
                .forEach((parameter, value) -> parameters.put(
                        value,
                        Tensor.of(
                                parameter.dataType(),
                                parameter
                                        .initializer()
                                        .values(parameter.shape(), Streams.of(seed, "parameter/" + parameter.name())),
                                parameter.shape())));
        return new Objective(forward.builder(), forward.loss(), forward.correct(), parameters, Map.of());
    }
}
