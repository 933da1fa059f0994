package io.maas.training.optimizer;

import io.maas.error.Require;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.train.Optimizer;
import java.util.List;
import java.util.Map;

/**
 * Stochastic gradient descent: {@code p' = p - learningRate · g}.
 *
 * <p>Immutable and thread-safe.
 *
 * @param learningRate {@code > 0}
 * @see "Goodfellow et al., Deep Learning (2016), algorithm 8.1"
 */
public record Sgd(double learningRate) implements Optimizer {

    public Sgd {
        Require.positive(learningRate, "learningRate");
    }

    /** A learning rate of 0.01. */
    public static Sgd defaults() {
        return new Sgd(0.01);
    }

    @Override
    public String name() {
        return "sgd(learningRate=" + learningRate + ")";
    }

    @Override
    public List<String> state() {
        return List.of();
    }

    @Override
    public Map<String, Double> scalars(long step) {
        return Map.of(RATE, learningRate);
    }

    @Override
    public Update update(
            GraphBuilder builder,
            Value parameter,
            Value gradient,
            Map<String, Value> state,
            Map<String, Value> scalars) {
        return new Update(builder.sub(parameter, builder.mul(gradient, Named.find(scalars, RATE))), Map.of());
    }
}
