package io.maas.training.optimizer;

import io.maas.error.Require;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.train.Optimizer;
import io.maas.train.UpdateScope;

/**
 * AdaDelta: steps in the parameter's own unit, from running means of squared gradients and of squared steps. The published form is
 *
 * <pre>
 * s' = decay·s + (1 - decay)·g²
 * d  = g · √(u + epsilon) / √(s' + epsilon)
 * u' = decay·u + (1 - decay)·d²
 * p' = p - learningRate · d
 * </pre>
 *
 * What is computed is the same with one root and fewer passes: the means are kept divided by {@code 1 - decay}, which falls out of
 * the quotient but for {@code epsilon / (1 - decay)}.
 *
 * <p>Immutable and thread-safe.
 *
 * @param learningRate {@code > 0}; the paper has none, which is 1
 * @param decay of both means, {@code 0 <= decay < 1}
 * @param epsilon added under both roots, {@code > 0}; it also decides the first step
 * @see "Zeiler, ADADELTA: An adaptive learning rate method (2012), algorithm 1"
 */
public record AdaDelta(double learningRate, double decay, double epsilon) implements Optimizer {
    private static final String SQUARES = "squares";
    private static final String STEPS = "steps";

    public AdaDelta {
        Require.positive(learningRate, "learningRate");
        Require.in(0, decay, 1, "decay");
        Require.positive(epsilon, "epsilon");
    }

    /** A learning rate of 1, a decay of 0.95, an epsilon of 1e-6: the values of the paper's table 1. */
    public static AdaDelta defaults() {
        return new AdaDelta(1, 0.95, 1e-6);
    }

    public AdaDelta withLearningRate(double other) {
        return new AdaDelta(other, decay, epsilon);
    }

    @Override
    public String name() {
        return "adaDelta(learningRate=" + learningRate + ", decay=" + decay + ", epsilon=" + epsilon + ")";
    }

    @Override
    public void update(UpdateScope scope) {
        GraphBuilder builder = scope.builder();
        scope.forEach(each -> {
            Value offset = builder.scalar(epsilon / (1 - decay), each.parameter());
            Value before = each.state(STEPS);
            Value squares = Write.decayed(builder, each.state(SQUARES), decay, Write.square(builder, each.gradient()));
            Value ratio = builder.div(builder.add(before, offset), builder.add(squares, offset));
            Value delta = builder.mul(each.gradient(), builder.sqrt(ratio));
            each.keep(SQUARES, squares);
            each.keep(STEPS, Write.decayed(builder, before, decay, Write.square(builder, delta)));
            Write.step(builder, each, delta, each.rate(progress -> learningRate));
        });
    }
}
