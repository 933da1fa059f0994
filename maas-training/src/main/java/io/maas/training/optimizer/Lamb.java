package io.maas.training.optimizer;

import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.train.Optimizer;
import io.maas.train.UpdateScope;

/**
 * LAMB: Adam's direction, brought to the length of the parameter, for large batches.
 *
 * <pre>
 * u  = mHat / (√vHat + epsilon) + weightDecay · p
 * p' = p - learningRate · |p| / |u| · u
 * </pre>
 *
 * with {@link Adam}'s moments and Euclidean norms over the whole parameter; where one of them is 0 their ratio is taken to be 1.
 * Parameters that do not decay, which by default are those of fewer than two axes, take {@code u} as it is: a bias that starts at zero
 * would hardly move otherwise. The norms of float32 parameters and directions must stay below 1.8e19.
 *
 * <p>Immutable and thread-safe.
 *
 * @param learningRate {@code > 0}
 * @param beta1 decay of the first moment, {@code 0 <= beta1 < 1}
 * @param beta2 decay of the second moment, {@code 0 <= beta2 < 1}
 * @param epsilon added to the root, {@code > 0}
 * @param weightDecay how much decays of what; what is spared does not have its steps' length changed either
 * @see "You et al., Large batch optimization for deep learning: Training BERT in 76 minutes (2020), algorithm 2"
 */
public record Lamb(double learningRate, double beta1, double beta2, double epsilon, WeightDecay weightDecay)
        implements Optimizer {
    public Lamb {
        Moments.require(learningRate, beta1, beta2, epsilon);
    }

    /** A learning rate of 0.001; betas of 0.9 and 0.999, an epsilon of 1e-6 and a weight decay of 0.01 as in the paper. */
    public static Lamb defaults() {
        return new Lamb(1e-3, 0.9, 0.999, 1e-6, WeightDecay.of(0.01));
    }

    public Lamb withLearningRate(double other) {
        return new Lamb(other, beta1, beta2, epsilon, weightDecay);
    }

    public Lamb withWeightDecay(WeightDecay other) {
        return new Lamb(learningRate, beta1, beta2, epsilon, other);
    }

    @Override
    public String name() {
        return "lamb" + Moments.text(learningRate, beta1, beta2, epsilon, ", " + weightDecay.text());
    }

    @Override
    public void update(UpdateScope scope) {
        GraphBuilder builder = scope.builder();
        Adam adam = new Adam(learningRate, beta1, beta2, epsilon);
        scope.forEach(each -> {
            Moments moments = Moments.of(builder, each, beta1, beta2);
            Value direction = moments.direction(builder, adam.epsilon(each));
            Value rate = adam.rate(each);
            if (!weightDecay.spares(each.parameter())) {
                Value length = each.number("length", progress -> length(adam, progress.step()));
                Value decay = each.number("decay", progress -> weightDecay.rate() / length(adam, progress.step()));
                direction = Write.added(builder, direction, each.parameter(), decay);
                rate = builder.mul(rate, trust(builder, each.parameter(), direction, length));
            }
            Write.step(builder, each, direction, rate);
        });
    }

    /** How much longer the corrected direction is than that of the scaled moments. */
    private double length(Adam adam, long step) {
        return adam.rate(step) / learningRate;
    }

    /** {@code |p| / |u|}, or 1 where one of them is 0. */
    private static Value trust(GraphBuilder builder, Value parameter, Value direction, Value length) {
        Value own = norm(builder, parameter);
        Value wanted = builder.mul(norm(builder, direction), length);
        Value zero = builder.scalar(0, own);
        Value both = builder.node(Op.GREATER, Attributes.none(), Write.min(builder, own, wanted), zero);
        return builder.where(both, builder.div(own, wanted), builder.scalar(1, own));
    }

    private static Value norm(GraphBuilder builder, Value x) {
        return builder.sqrt(builder.reduceSum(Write.square(builder, x), false));
    }
}
