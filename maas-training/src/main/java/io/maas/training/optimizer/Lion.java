package io.maas.training.optimizer;

import io.maas.error.Require;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.train.Optimizer;
import io.maas.train.UpdateScope;

/**
 * Lion: steps of one size, in the direction of the sign of a mean of momentum and gradient.
 *
 * <pre>
 * c  = beta1·m + (1 - beta1)·g
 * p' = p - learningRate · (sign(c) + weightDecay · p)
 * m' = beta2·m + (1 - beta2)·g
 * </pre>
 *
 * The momentum is kept divided by {@code 1 - beta2}, and {@code c} is computed up to a factor above 0.
 *
 * <p>Immutable and thread-safe.
 *
 * @param learningRate {@code > 0}; about a tenth of what Adam takes
 * @param beta1 the momentum's share of the direction, {@code 0 <= beta1 < 1}
 * @param beta2 decay of the momentum, {@code 0 <= beta2 < 1}
 * @param weightDecay how much decays of what; about ten times what {@link AdamW} takes
 * @see "Chen et al., Symbolic discovery of optimization algorithms (2023), algorithm 2"
 */
public record Lion(double learningRate, double beta1, double beta2, WeightDecay weightDecay) implements Optimizer {
    private static final String MOMENTUM = "momentum";

    public Lion {
        Require.positive(learningRate, "learningRate");
        Require.in(0, beta1, 1, "beta1");
        Require.in(0, beta2, 1, "beta2");
    }

    /** A learning rate of 0.0001, betas of 0.9 and 0.99, the values of the paper; no weight decay. */
    public static Lion defaults() {
        return new Lion(1e-4, 0.9, 0.99, WeightDecay.of(0));
    }

    public Lion withLearningRate(double other) {
        return new Lion(other, beta1, beta2, weightDecay);
    }

    public Lion withWeightDecay(WeightDecay other) {
        return new Lion(learningRate, beta1, beta2, other);
    }

    @Override
    public String name() {
        return "lion(learningRate=" + learningRate + ", beta1=" + beta1 + ", beta2=" + beta2 + ", " + weightDecay.text()
                + ")";
    }

    @Override
    public void update(UpdateScope scope) {
        GraphBuilder builder = scope.builder();
        scope.forEach(each -> {
            Value before = each.state(MOMENTUM);
            Value mixed = Write.decayed(builder, before, beta1 * (1 - beta2) / (1 - beta1), each.gradient());
            each.keep(MOMENTUM, Write.decayed(builder, before, beta2, each.gradient()));
            Value direction = weightDecay.add(builder, Write.sign(builder, mixed), each.parameter());
            Write.step(builder, each, direction, each.rate(progress -> learningRate));
        });
    }
}
