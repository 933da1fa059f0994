package io.maas.training.optimizer;

import com.google.common.collect.ImmutableMap;
import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.train.Optimizer;
import java.util.List;
import java.util.Map;

/**
 * LAMB: Adam's direction, brought to the length of the parameter, for large batches.
 *
 * <pre>
 * u  = mHat / (√vHat + epsilon) + weightDecay · p
 * p' = p - learningRate · |p| / |u| · u
 * </pre>
 *
 * with {@link Adam}'s moments and Euclidean norms over the whole parameter; where one of them is 0 their ratio is taken to be 1.
 * Parameters of fewer than two axes take {@code u} without decay as it is, unless they are asked for: a bias that starts at zero
 * would hardly move otherwise. The norms of float32 parameters and directions must stay below 1.8e19.
 *
 * <p>Immutable and thread-safe.
 *
 * @param learningRate {@code > 0}
 * @param beta1 decay of the first moment, {@code 0 <= beta1 < 1}
 * @param beta2 decay of the second moment, {@code 0 <= beta2 < 1}
 * @param epsilon added to the root, {@code > 0}
 * @param weightDecay {@code >= 0}
 * @param vectorsToo whether parameters of fewer than two axes decay and have their steps' length changed as well
 * @see "You et al., Large batch optimization for deep learning: Training BERT in 76 minutes (2020), algorithm 2"
 */
public record Lamb(
        double learningRate, double beta1, double beta2, double epsilon, double weightDecay, boolean vectorsToo)
        implements Optimizer {
    private static final String DECAY = "decay";
    private static final String LENGTH = "length";

    public Lamb {
        Moments.require(learningRate, beta1, beta2, epsilon);
        Decay.require(weightDecay);
    }

    /** A learning rate of 0.001; betas of 0.9 and 0.999, an epsilon of 1e-6 and a weight decay of 0.01 as in the paper. */
    public static Lamb defaults() {
        return new Lamb(1e-3, 0.9, 0.999, 1e-6, 0.01, false);
    }

    public Lamb withLearningRate(double other) {
        return new Lamb(other, beta1, beta2, epsilon, weightDecay, vectorsToo);
    }

    public Lamb withWeightDecay(double other) {
        return new Lamb(learningRate, beta1, beta2, epsilon, other, vectorsToo);
    }

    public Lamb withVectorsToo(boolean other) {
        return new Lamb(learningRate, beta1, beta2, epsilon, weightDecay, other);
    }

    @Override
    public String name() {
        return "lamb" + Moments.text(learningRate, beta1, beta2, epsilon, Decay.text(weightDecay, vectorsToo));
    }

    @Override
    public List<String> state(Value parameter) {
        return List.of(Moments.FIRST, Moments.SECOND);
    }

    @Override
    public Map<String, Double> scalars(long step) {
        Map<String, Double> adam = new Adam(learningRate, beta1, beta2, epsilon).scalars(step);
        // How much longer the corrected direction is than that of the scaled moments.
        double length = Named.find(adam, RATE) / learningRate;
        return ImmutableMap.<String, Double>builder()
                .putAll(adam)
                .put(DECAY, weightDecay / length)
                .put(LENGTH, length)
                .buildOrThrow();
    }

    @Override
    public Update update(
            GraphBuilder builder,
            Value parameter,
            Value gradient,
            Map<String, Value> state,
            Map<String, Value> scalars) {
        Moments moments = Moments.of(builder, gradient, state, beta1, beta2);
        Value direction = moments.direction(builder, Named.find(scalars, Moments.EPSILON));
        Value rate = Named.find(scalars, RATE);
        if (!Decay.spares(parameter, vectorsToo)) {
            direction = Decay.add(builder, direction, parameter, Named.find(scalars, DECAY));
            rate = builder.mul(rate, trust(builder, parameter, direction, Named.find(scalars, LENGTH)));
        }
        return new Update(Write.step(builder, parameter, direction, rate), moments.state());
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
