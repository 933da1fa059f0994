package io.maas.training.optimizer;

import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.train.Optimizer;
import io.maas.train.UpdateScope;

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
    public void update(UpdateScope scope) {
        GraphBuilder builder = scope.builder();
        scope.forEach(each -> {
            Value first = Write.decayed(builder, each.state(Moments.FIRST), beta1, each.gradient());
            Value faded = builder.mul(each.state(LARGEST), beta2);
            Value largest = Write.max(builder, faded, Write.abs(builder, each.gradient()));
            each.keep(Moments.FIRST, first);
            each.keep(LARGEST, largest);
            Value direction = builder.div(first, builder.add(largest, builder.scalar(epsilon, largest)));
            Write.step(builder, each, direction, each.rate(progress -> rate(progress.step())));
        });
    }

    private double rate(long step) {
        return learningRate * (1 - beta1) / Moments.correction(beta1, step);
    }
}
