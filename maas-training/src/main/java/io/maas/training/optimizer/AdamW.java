package io.maas.training.optimizer;

import com.google.common.collect.ImmutableMap;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.train.Optimizer;
import java.util.List;
import java.util.Map;

/**
 * Adam with decoupled weight decay:
 *
 * <pre>
 * p' = p - learningRate · (mHat / (√vHat + epsilon) + weightDecay · p)
 * </pre>
 *
 * with {@link Adam}'s moments, which see nothing of the decay. It is multiplied with the learning rate, as it is in other libraries;
 * a schedule acts on both, as the paper's does. Parameters of fewer than two axes, which are biases and the scales of normalizations,
 * do not decay unless that is asked for.
 *
 * <p>Immutable and thread-safe.
 *
 * @param learningRate {@code > 0}
 * @param beta1 decay of the first moment, {@code 0 <= beta1 < 1}
 * @param beta2 decay of the second moment, {@code 0 <= beta2 < 1}
 * @param epsilon added to the root, {@code > 0}
 * @param weightDecay {@code >= 0}
 * @param vectorsToo whether parameters of fewer than two axes decay as well
 * @see "Loshchilov and Hutter, Decoupled weight decay regularization (2019), algorithm 2"
 */
public record AdamW(
        double learningRate, double beta1, double beta2, double epsilon, double weightDecay, boolean vectorsToo)
        implements Optimizer {
    private static final String DECAY = "decay";

    public AdamW {
        Moments.require(learningRate, beta1, beta2, epsilon);
        Decay.require(weightDecay);
    }

    /** The values of {@link Adam#defaults}, and a weight decay of 0.01 of what has at least two axes. */
    public static AdamW defaults() {
        Adam adam = Adam.defaults();
        return new AdamW(adam.learningRate(), adam.beta1(), adam.beta2(), adam.epsilon(), 0.01, false);
    }

    public AdamW withLearningRate(double other) {
        return new AdamW(other, beta1, beta2, epsilon, weightDecay, vectorsToo);
    }

    public AdamW withWeightDecay(double other) {
        return new AdamW(learningRate, beta1, beta2, epsilon, other, vectorsToo);
    }

    public AdamW withVectorsToo(boolean other) {
        return new AdamW(learningRate, beta1, beta2, epsilon, weightDecay, other);
    }

    @Override
    public String name() {
        return "adamW" + Moments.text(learningRate, beta1, beta2, epsilon, Decay.text(weightDecay, vectorsToo));
    }

    @Override
    public List<String> state(Value parameter) {
        return List.of(Moments.FIRST, Moments.SECOND);
    }

    @Override
    public Map<String, Double> scalars(long step) {
        Map<String, Double> adam = new Adam(learningRate, beta1, beta2, epsilon).scalars(step);
        // Relative to the rate, so that what multiplies the rate multiplies the decay.
        double decay = weightDecay * learningRate / Named.find(adam, RATE);
        return ImmutableMap.<String, Double>builder()
                .putAll(adam)
                .put(DECAY, decay)
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
        if (!Decay.spares(parameter, vectorsToo)) {
            direction = Decay.add(builder, direction, parameter, Named.find(scalars, DECAY));
        }
        return new Update(Write.step(builder, parameter, direction, Named.find(scalars, RATE)), moments.state());
    }
}
