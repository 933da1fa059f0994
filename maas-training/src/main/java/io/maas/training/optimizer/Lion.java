package io.maas.training.optimizer;

import io.maas.error.Require;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.train.Optimizer;
import java.util.List;
import java.util.Map;

/**
 * Lion: steps of one size, in the direction of the sign of a mean of momentum and gradient.
 *
 * <pre>
 * c  = beta1·m + (1 - beta1)·g
 * p' = p - learningRate · (sign(c) + weightDecay · p)
 * m' = beta2·m + (1 - beta2)·g
 * </pre>
 *
 * The momentum is kept divided by {@code 1 - beta2}, and {@code c} is computed up to a factor above 0. Parameters of fewer than two
 * axes do not decay unless that is asked for.
 *
 * <p>Immutable and thread-safe.
 *
 * @param learningRate {@code > 0}; about a tenth of what Adam takes
 * @param beta1 the momentum's share of the direction, {@code 0 <= beta1 < 1}
 * @param beta2 decay of the momentum, {@code 0 <= beta2 < 1}
 * @param weightDecay {@code >= 0}; about ten times what {@link AdamW} takes
 * @param vectorsToo whether parameters of fewer than two axes decay as well
 * @see "Chen et al., Symbolic discovery of optimization algorithms (2023), algorithm 2"
 */
public record Lion(double learningRate, double beta1, double beta2, double weightDecay, boolean vectorsToo)
        implements Optimizer {
    private static final String MOMENTUM = "momentum";

    public Lion {
        Require.positive(learningRate, "learningRate");
        Require.in(0, beta1, 1, "beta1");
        Require.in(0, beta2, 1, "beta2");
        Decay.require(weightDecay);
    }

    /** A learning rate of 0.0001, betas of 0.9 and 0.99, the values of the paper; no weight decay. */
    public static Lion defaults() {
        return new Lion(1e-4, 0.9, 0.99, 0, false);
    }

    public Lion withLearningRate(double other) {
        return new Lion(other, beta1, beta2, weightDecay, vectorsToo);
    }

    public Lion withWeightDecay(double other) {
        return new Lion(learningRate, beta1, beta2, other, vectorsToo);
    }

    public Lion withVectorsToo(boolean other) {
        return new Lion(learningRate, beta1, beta2, weightDecay, other);
    }

    @Override
    public String name() {
        return "lion(learningRate=" + learningRate + ", beta1=" + beta1 + ", beta2=" + beta2
                + Decay.text(weightDecay, vectorsToo) + ")";
    }

    @Override
    public List<String> state(Value parameter) {
        return List.of(MOMENTUM);
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
        Value before = Named.find(state, MOMENTUM);
        Value mixed = Write.decayed(builder, before, beta1 * (1 - beta2) / (1 - beta1), gradient);
        Value direction = Write.sign(builder, mixed);
        if (weightDecay > 0 && !Decay.spares(parameter, vectorsToo)) {
            direction = Decay.add(builder, direction, parameter, builder.scalar(weightDecay, parameter));
        }
        Value moved = Write.step(builder, parameter, direction, Named.find(scalars, RATE));
        return new Update(moved, Map.of(MOMENTUM, Write.decayed(builder, before, beta2, gradient)));
    }
}
