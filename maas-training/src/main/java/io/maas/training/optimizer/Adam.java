package io.maas.training.optimizer;

import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.train.Optimizer;
import io.maas.train.Update;
import io.maas.train.UpdateScope;

/**
 * Adam. The published form is
 *
 * <pre>
 * m' = beta1·m + (1 - beta1)·g        mHat = m' / (1 - beta1^t)
 * v' = beta2·v + (1 - beta2)·g²       vHat = v' / (1 - beta2^t)
 * p' = p - learningRate · mHat / (√vHat + epsilon)
 * </pre>
 *
 * What is computed is algebraically the same with fewer passes over the parameters. The moments are kept scaled, {@code M = m
 * / (1 - beta1)} and {@code V = v / (1 - beta2)}, and the bias correction is folded into two numbers a step, computed in
 * double precision on the host. With {@code s = √((1 - beta2) / (1 - beta2^t))}, so that {@code √vHat = s·√V'}:
 *
 * <pre>
 * M' = beta1·M + g,   V' = beta2·V + g²
 * p' = p - rate_t · M' / (√V' + epsilon_t)
 * rate_t = learningRate · (1 - beta1) / (1 - beta1^t) / s,   epsilon_t = epsilon / s
 * </pre>
 *
 * <p>Immutable and thread-safe.
 *
 * @param learningRate {@code > 0}
 * @param beta1 decay of the first moment, {@code 0 <= beta1 < 1}
 * @param beta2 decay of the second moment, {@code 0 <= beta2 < 1}
 * @param epsilon added to the root, {@code > 0}
 * @see "Kingma and Ba, Adam: A method for stochastic optimization (2015), algorithm 1"
 */
public record Adam(double learningRate, double beta1, double beta2, double epsilon) implements Optimizer {
    public Adam {
        Moments.require(learningRate, beta1, beta2, epsilon);
    }

    /** A learning rate of 0.001, betas of 0.9 and 0.999, an epsilon of 1e-8: the values of the paper. */
    public static Adam defaults() {
        return new Adam(1e-3, 0.9, 0.999, 1e-8);
    }

    public Adam withLearningRate(double other) {
        return new Adam(other, beta1, beta2, epsilon);
    }

    @Override
    public String name() {
        return "adam" + Moments.text(learningRate, beta1, beta2, epsilon, "");
    }

    @Override
    public void update(UpdateScope scope) {
        GraphBuilder builder = scope.builder();
        scope.forEach(each -> {
            Moments moments = Moments.of(builder, each, beta1, beta2);
            Write.step(builder, each, moments.direction(builder, epsilon(each)), rate(each));
        });
    }

    /** The number that the direction of the scaled moments is multiplied with. */
    double rate(long step) {
        return learningRate * (1 - beta1) / Moments.correction(beta1, step) / Moments.rootScale(beta2, step);
    }

    Value rate(Update update) {
        return update.rate(progress -> rate(progress.step()));
    }

    Value epsilon(Update update) {
        return update.number(Moments.EPSILON, progress -> epsilon / Moments.rootScale(beta2, progress.step()));
    }
}
