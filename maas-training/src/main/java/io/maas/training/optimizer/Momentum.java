package io.maas.training.optimizer;

import io.maas.error.Require;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.train.Optimizer;
import java.util.List;
import java.util.Map;

/**
 * Stochastic gradient descent with momentum, in the form that keeps the learning rate out of the velocity:
 *
 * <pre>
 * v' = momentum · v + g
 * p' = p - learningRate · v'
 * </pre>
 *
 * With a constant learning rate this is the classical {@code v' = momentum · v - learningRate · g; p' = p + v'} with the
 * velocity divided by {@code -learningRate}; with a changing one the new rate takes hold at once.
 *
 * <p>Immutable and thread-safe.
 *
 * @param learningRate {@code > 0}
 * @param momentum the share of the velocity that is kept, {@code 0 <= momentum < 1}
 * @see "Sutskever et al., On the importance of initialization and momentum in deep learning (2013), section 2"
 */
public record Momentum(double learningRate, double momentum) implements Optimizer {
    private static final String VELOCITY = "velocity";

    public Momentum {
        Require.positive(learningRate, "learningRate");
        Require.in(0, momentum, 1, "momentum");
    }

    /** A learning rate of 0.01 and a momentum of 0.9. */
    public static Momentum defaults() {
        return new Momentum(0.01, 0.9);
    }

    @Override
    public String name() {
        return "momentum(learningRate=" + learningRate + ", momentum=" + momentum + ")";
    }

    @Override
    public List<String> state() {
        return List.of(VELOCITY);
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
        Value velocity = builder.add(builder.mul(Named.find(state, VELOCITY), momentum), gradient);
        Value moved = builder.sub(parameter, builder.mul(velocity, Named.find(scalars, RATE)));
        return new Update(moved, Map.of(VELOCITY, velocity));
    }
}
