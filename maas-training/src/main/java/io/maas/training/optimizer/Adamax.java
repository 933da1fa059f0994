package io.maas.training.optimizer;

import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.train.Optimizer;
import java.util.List;
import java.util.Map;

/**
 * Adamax: Adam with the largest gradient of late in place of the root of the second moment.
 *
 * <pre>
 * m' = beta1·m + (1 - beta1)·g
 * u' = max(beta2·u, |g|)
 * p' = p - learningRate / (1 - beta1^t) · m' / (u' + epsilon)
 * </pre>
 *
 * The paper has no epsilon, and divides 0 by 0 where no gradient has come yet. The first moment is kept divided by {@code 1 - beta1},
 * which is folded into the rate.
 *
 * <p>Immutable and thread-safe.
 *
 * @param learningRate {@code > 0}
 * @param beta1 decay of the first moment, {@code 0 <= beta1 < 1}
 * @param beta2 decay of the largest gradient, {@code 0 <= beta2 < 1}
 * @param epsilon added to the largest gradient, {@code > 0}
 * @see "Kingma and Ba, Adam: A method for stochastic optimization (2015), algorithm 2"
 */
public record Adamax(double learningRate, double beta1, double beta2, double epsilon) implements Optimizer {
    private static final String LARGEST = "largest";

    public Adamax {
        Moments.require(learningRate, beta1, beta2, epsilon);
    }

    /** A learning rate of 0.002, betas of 0.9 and 0.999, the values of the paper; an epsilon of 1e-8. */
    public static Adamax defaults() {
        return new Adamax(2e-3, 0.9, 0.999, 1e-8);
    }

    public Adamax withLearningRate(double other) {
        return new Adamax(other, beta1, beta2, epsilon);
    }

    @Override
    public String name() {
        return "adamax" + Moments.text(learningRate, beta1, beta2, epsilon, "");
    }

    @Override
    public List<String> state(Value parameter) {
        return List.of(Moments.FIRST, LARGEST);
    }

    @Override
    public Map<String, Double> scalars(long step) {
        return Map.of(RATE, learningRate * (1 - beta1) / Moments.correction(beta1, step));
    }

    @Override
    public Update update(
            GraphBuilder builder,
            Value parameter,
            Value gradient,
            Map<String, Value> state,
            Map<String, Value> scalars) {
        Value first = Write.decayed(builder, Named.find(state, Moments.FIRST), beta1, gradient);
        Value faded = builder.mul(Named.find(state, LARGEST), beta2);
        Value largest = Write.max(builder, faded, Write.abs(builder, gradient));
        Value direction = builder.div(first, builder.add(largest, builder.scalar(epsilon, largest)));
        Value moved = Write.step(builder, parameter, direction, Named.find(scalars, RATE));
        return new Update(moved, Map.of(Moments.FIRST, first, LARGEST, largest));
    }
}
