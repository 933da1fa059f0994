package io.maas.training.loop;

import com.google.common.collect.ImmutableMap;
import io.maas.error.Require;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.Tensor;
import io.maas.train.Column;
import io.maas.train.Loss;
import io.maas.train.LossScope;
import io.maas.training.layer.Applied;
import io.maas.training.layer.NamedValues;
import io.maas.training.layer.Parameter;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a training step makes small: a graph that computes a loss, and which of its inputs are learned. What a {@link Trainer}
 * writes from layers, and fine-tuning from a finished model.
 *
 * @param builder the graph up to the loss, with no output yet; the step writes on in it
 * @param prediction what the loss is taken of
 * @param columns the inputs that a batch fills beside the network's own, by the columns' names
 * @param loss a scalar {@code []}, float32 or float64
 * @param answers how many targets are predicted right; null where right and wrong are not told apart
 * @param parameters the inputs that are learned, of the loss's type, each with the value that it starts from
 * @param rates what the learning rate is multiplied with for some of them, {@code > 0}; 1 for the others
 * @param state what is kept from step to step beside
 */
public record Objective(
        GraphBuilder builder,
        Value prediction,
        Map<String, Column> columns,
        Value loss,
        @Nullable Answers answers,
        Map<Value, Tensor> parameters,
        Map<String, Double> rates,
        State state) {
    /** The input that holds the true values. */
    public static final String TARGET = LossScope.INPUTS + LossScope.TARGET;

    /** The output that holds the loss. */
    public static final String LOSS = "training/loss";

    public Objective {
        Require.that(
                !parameters.isEmpty(),
                "parameters",
                0,
                "a network with something to learn; add a layer such as dense(…)");
        parameters = ImmutableMap.copyOf(parameters);
        columns = ImmutableMap.copyOf(columns);
        rates = ImmutableMap.copyOf(rates);
        rates.forEach((name, rate) -> Require.positive(rate, "rate of " + name));
    }

    /**
     * Goes on in a graph from a prediction to its loss.
     *
     * @param prediction what the loss compares with the true values, which become the input {@value #TARGET}
     * @throws io.maas.error.ShapeMismatchException if the loss cannot take such a prediction
     */
    public static Objective of(
            GraphBuilder builder,
            Value prediction,
            Loss loss,
            Map<Value, Tensor> parameters,
            Map<String, Double> rates) {
        return of(builder, Map.of(prediction.name(), prediction), loss, parameters, rates);
    }

    /**
     * Goes on in a graph from several outputs to a loss of them, such as a sum of one a output.
     *
     * @param outputs by name; losses look at the first unless told otherwise
     * @throws io.maas.error.ShapeMismatchException if the loss cannot take such outputs
     */
    public static Objective of(
            GraphBuilder builder,
            Map<String, Value> outputs,
            Loss loss,
            Map<Value, Tensor> parameters,
            Map<String, Double> rates) {
        LossScope scope = new LossScope(builder, outputs, parameters.keySet());
        Applied nothing = new Applied(NamedValues.copyOf(Map.of()), Map.of(), Map.of(), null);
        return of(Task.judged(scope, loss, nothing), parameters, rates, State.NONE);
    }

    /** This objective of a network that keeps something beside what it learns. */
    public Objective with(State other) {
        return new Objective(builder, prediction, columns, loss, answers, parameters, rates, other);
    }

    private static Objective of(
            Task.Forward forward, Map<Value, Tensor> parameters, Map<String, Double> rates, State state) {
        return new Objective(
                forward.builder(),
                forward.prediction(),
                forward.columns(),
                forward.loss(),
                forward.answers(),
                parameters,
                rates,
                state);
    }

    /** With the learning rate as it is for all parameters, which start from the values that their initializers give. */
    static Objective of(Task.Forward forward, long seed) {
        return of(forward, State.learned(forward.applied(), seed), Map.of(), State.of(forward.applied(), seed));
    }

    /** The values that a parameter starts from; each has its own stream of chance, so that others do not change it. */
    public static Tensor initial(Parameter parameter, long seed) {
        double[] values =
                parameter.initializer().values(parameter.shape(), Streams.of(seed, "parameter/" + parameter.name()));
        return Tensor.of(parameter.dataType(), values, parameter.shape());
    }
}
