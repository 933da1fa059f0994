package io.maas.training.optimizer;

import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.train.Optimizer;
import io.maas.train.UpdateScope;

/**
 * Adam with decoupled weight decay:
 *
 * <pre>
 * p' = p - learningRate · (mHat / (√vHat + epsilon) + weightDecay · p)
 * </pre>
 *
 * with {@link Adam}'s moments, which see nothing of the decay. It is multiplied with the learning rate, as it is in other libraries;
 * a schedule acts on both, as the paper's does.
 *
 * <p>Immutable and thread-safe.
 *
 * @param learningRate {@code > 0}
 * @param beta1 decay of the first moment, {@code 0 <= beta1 < 1}
 * @param beta2 decay of the second moment, {@code 0 <= beta2 < 1}
 * @param epsilon added to the root, {@code > 0}
 * @param weightDecay how much decays of what; by default, nothing of parameters with fewer than two axes
 * @see "Loshchilov and Hutter, Decoupled weight decay regularization (2019), algorithm 2"
 */
public record AdamW(double learningRate, double beta1, double beta2, double epsilon, WeightDecay weightDecay)
        implements Optimizer {
    public AdamW {
        Moments.require(learningRate, beta1, beta2, epsilon);
    }

    /** The values of {@link Adam#defaults}, and a weight decay of 0.01 of what has at least two axes. */
    public static AdamW defaults() {
        Adam adam = Adam.defaults();
        return new AdamW(adam.learningRate(), adam.beta1(), adam.beta2(), adam.epsilon(), WeightDecay.of(0.01));
    }

    public AdamW withLearningRate(double other) {
        return new AdamW(other, beta1, beta2, epsilon, weightDecay);
    }

    public AdamW withWeightDecay(WeightDecay other) {
        return new AdamW(learningRate, beta1, beta2, epsilon, other);
    }

    @Override
    public String name() {
        return "adamW" + Moments.text(learningRate, beta1, beta2, epsilon, ", " + weightDecay.text());
    }

    @Override
    public void update(UpdateScope scope) {
        GraphBuilder builder = scope.builder();
        Adam adam = new Adam(learningRate, beta1, beta2, epsilon);
        scope.forEach(each -> {
            Moments moments = Moments.of(builder, each, beta1, beta2);
            Value direction = moments.direction(builder, adam.epsilon(each));
            if (!weightDecay.spares(each.parameter())) {
                // Relative to the rate, so that what multiplies the rate multiplies the decay.
                Value decay = each.number(
                        "decay", progress -> weightDecay.rate() * learningRate / adam.rate(progress.step()));
                direction = Write.added(builder, direction, each.parameter(), decay);
            }
            Write.step(builder, each, direction, adam.rate(each));
        });
    }
}
