package io.maas.training.optimizer;

import io.maas.error.Require;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.train.Optimizer;
import io.maas.train.Update;
import io.maas.train.UpdateScope;

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
    public void update(UpdateScope scope) {
        GraphBuilder builder = scope.builder();
        scope.forEach(each -> {
            Value spread = spread(builder, each);
            Value offset = builder.scalar(epsilon / (1 - decay), spread);
            Value direction = builder.div(each.gradient(), builder.sqrt(builder.add(spread, offset)));
            if (momentum > 0) {
                direction = Write.decayed(builder, each.state(VELOCITY), momentum, direction);
                each.keep(VELOCITY, direction);
            }
            Write.step(builder, each, direction, each.rate(progress -> learningRate / Math.sqrt(1 - decay)));
        });
    }

    /** The mean of the squares, or the variance, divided by {@code 1 - decay}. */
    private Value spread(GraphBuilder builder, Update each) {
        Value squares = Write.decayed(builder, each.state(SQUARES), decay, Write.square(builder, each.gradient()));
        each.keep(SQUARES, squares);
        if (!centered) {
            return squares;
        }
        Value mean = Write.decayed(builder, each.state(MEAN), decay, each.gradient());
        each.keep(MEAN, mean);
        Value variance = builder.sub(squares, builder.mul(Write.square(builder, mean), 1 - decay));
        return Write.max(builder, variance, builder.scalar(0, variance));
    }
}
