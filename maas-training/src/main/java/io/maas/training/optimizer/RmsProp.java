package io.maas.training.optimizer;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.maas.error.Require;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.train.Optimizer;
import java.util.List;
import java.util.Map;

/**
 * RMSProp: gradients divided by the root of a running mean of their squares; centered, of their variance; and with momentum, if
 * that is above 0. The published form is
 *
 * <pre>
 * s' = decay·s + (1 - decay)·g²
 * a' = decay·a + (1 - decay)·g                    centered only; else a' = 0
 * d  = g / √(s' - a'² + epsilon)
 * v' = momentum·v + d                             v' = d without momentum
 * p' = p - learningRate · v'
 * </pre>
 *
 * What is computed is algebraically the same with fewer passes: both means are kept divided by {@code 1 - decay}, and the root of
 * that is folded into the rate. The variance is taken to be at least 0, which rounding may miss.
 *
 * <p>Immutable and thread-safe.
 *
 * @param learningRate {@code > 0}
 * @param decay of both means, {@code 0 <= decay < 1}
 * @param momentum the share of the velocity that is kept, {@code 0 <= momentum < 1}; without any there is no velocity
 * @param epsilon added under the root, {@code > 0}
 * @param centered whether the mean gradient is taken off; needs {@code decay > 0}
 * @see "Tieleman and Hinton, Lecture 6.5: rmsprop, Neural networks for machine learning (2012)"
 * @see "Goodfellow et al., Deep Learning (2016), algorithms 8.5 and 8.6"
 * @see "Graves, Generating sequences with recurrent neural networks (2013), equations 38 to 45"
 */
public record RmsProp(double learningRate, double decay, double momentum, double epsilon, boolean centered)
        implements Optimizer {
    private static final String MEAN = "mean";
    private static final String SQUARES = "squares";
    private static final String VELOCITY = "velocity";

    public RmsProp {
        Require.positive(learningRate, "learningRate");
        Require.in(0, decay, 1, "decay");
        Require.in(0, momentum, 1, "momentum");
        Require.positive(epsilon, "epsilon");
        Require.that(!centered || decay > 0, "decay", decay, "more than 0 for the centered form");
    }

    /** A learning rate of 0.001, a decay of 0.9, an epsilon of 1e-6; no momentum, not centered. */
    public static RmsProp defaults() {
        return new RmsProp(1e-3, 0.9, 0, 1e-6, false);
    }

    public RmsProp withLearningRate(double other) {
        return new RmsProp(other, decay, momentum, epsilon, centered);
    }

    public RmsProp withMomentum(double other) {
        return new RmsProp(learningRate, decay, other, epsilon, centered);
    }

    public RmsProp withCentered(boolean other) {
        return new RmsProp(learningRate, decay, momentum, epsilon, other);
    }

    @Override
    public String name() {
        return "rmsProp(learningRate=" + learningRate + ", decay=" + decay
                + (momentum > 0 ? ", momentum=" + momentum : "") + ", epsilon=" + epsilon
                + (centered ? ", centered" : "") + ")";
    }

    @Override
    public List<String> state(Value parameter) {
        ImmutableList.Builder<String> parts = ImmutableList.builder();
        parts.add(SQUARES);
        if (centered) {
            parts.add(MEAN);
        }
        if (momentum > 0) {
            parts.add(VELOCITY);
        }
        return parts.build();
    }

    @Override
    public Map<String, Double> scalars(long step) {
        return Map.of(RATE, learningRate / Math.sqrt(1 - decay));
    }

    @Override
    public Update update(
            GraphBuilder builder,
            Value parameter,
            Value gradient,
            Map<String, Value> state,
            Map<String, Value> scalars) {
        ImmutableMap.Builder<String, Value> kept = ImmutableMap.builder();
        Value squares = Write.decayed(builder, Named.find(state, SQUARES), decay, Write.square(builder, gradient));
        kept.put(SQUARES, squares);
        Value spread = squares;
        if (centered) {
            Value mean = Write.decayed(builder, Named.find(state, MEAN), decay, gradient);
            kept.put(MEAN, mean);
            Value variance = builder.sub(squares, builder.mul(Write.square(builder, mean), 1 - decay));
            spread = Write.max(builder, variance, builder.scalar(0, variance));
        }
        Value offset = builder.scalar(epsilon / (1 - decay), spread);
        Value direction = builder.div(gradient, builder.sqrt(builder.add(spread, offset)));
        if (momentum > 0) {
            direction = Write.decayed(builder, Named.find(state, VELOCITY), momentum, direction);
            kept.put(VELOCITY, direction);
        }
        return new Update(Write.step(builder, parameter, direction, Named.find(scalars, RATE)), kept.buildOrThrow());
    }
}
