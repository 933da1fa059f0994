package io.maas.training.optimizer;

import io.maas.error.Require;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.train.Optimizer;
import io.maas.train.UpdateScope;

/**
 * Stochastic gradient descent, with momentum if that is above 0, in the form that keeps the learning rate out of the velocity:
 *
 * <pre>
 * v' = momentum · v + g
 * p' = p - learningRate · v'                      classical
 * p' = p - learningRate · (g + momentum · v')     Nesterov
 * </pre>
 *
 * With a constant learning rate the classical form is {@code v' = momentum · v - learningRate · g; p' = p + v'} with the
 * velocity divided by {@code -learningRate}; with a changing one the new rate takes hold at once. Nesterov's form is that of a
 * look-ahead, written for the parameters that it looks ahead to.
 *
 * <p>Immutable and thread-safe.
 *
 * @param learningRate {@code > 0}
 * @param momentum the share of the velocity that is kept, {@code 0 <= momentum < 1}; without any there is no velocity
 * @param nesterov whether the step looks ahead; only with momentum
 * @see "Goodfellow et al., Deep Learning (2016), algorithm 8.1"
 * @see "Sutskever et al., On the importance of initialization and momentum in deep learning (2013), section 2"
 * @see "Bengio et al., Advances in optimizing recurrent networks (2013), section 3.5"
 */
public record Sgd(double learningRate, double momentum, boolean nesterov) implements Optimizer {
    private static final String VELOCITY = "velocity";

    public Sgd {
        Require.positive(learningRate, "learningRate");
        Require.in(0, momentum, 1, "momentum");
        Require.that(!nesterov || momentum > 0, "momentum", momentum, "more than 0 for Nesterov's form");
    }

    /** A learning rate of 0.01, no momentum. */
    public static Sgd defaults() {
        return new Sgd(0.01, 0, false);
    }

    public Sgd withLearningRate(double other) {
        return new Sgd(other, momentum, nesterov);
    }

    public Sgd withMomentum(double other) {
        return new Sgd(learningRate, other, nesterov);
    }

    public Sgd withNesterov(boolean other) {
        return new Sgd(learningRate, momentum, other);
    }

    @Override
    public String name() {
        return "sgd(learningRate=" + learningRate + (momentum > 0 ? ", momentum=" + momentum : "")
                + (nesterov ? ", nesterov" : "") + ")";
    }

    @Override
    public void update(UpdateScope scope) {
        GraphBuilder builder = scope.builder();
        scope.forEach(each -> {
            Value direction = each.gradient();
            if (momentum > 0) {
                Value velocity = Write.decayed(builder, each.state(VELOCITY), momentum, direction);
                each.keep(VELOCITY, velocity);
                direction = nesterov ? builder.add(direction, builder.mul(velocity, momentum)) : velocity;
            }
            Write.step(builder, each, direction, each.rate(progress -> learningRate));
        });
    }
}
