package io.maas.training.optimizer;

import io.maas.error.Require;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.train.Optimizer;
import io.maas.train.UpdateScope;

/**
 * AdaGrad: each element has a learning rate that falls with the squares of its gradients so far.
 *
 * <pre>
 * s' = s + g²
 * p' = p - learningRate · g / (√s' + epsilon)
 * </pre>
 *
 * <p>Immutable and thread-safe.
 *
 * @param learningRate {@code > 0}
 * @param epsilon added to the root, {@code > 0}
 * @see "Duchi et al., Adaptive subgradient methods for online learning and stochastic optimization (2011), figure 1"
 * @see "Goodfellow et al., Deep Learning (2016), algorithm 8.4"
 */
public record AdaGrad(double learningRate, double epsilon) implements Optimizer {
    private static final String SQUARES = "squares";

    public AdaGrad {
        Require.positive(learningRate, "learningRate");
        Require.positive(epsilon, "epsilon");
    }

    /** A learning rate of 0.01, an epsilon of 1e-7, as algorithm 8.4 has it. */
    public static AdaGrad defaults() {
        return new AdaGrad(0.01, 1e-7);
    }

    public AdaGrad withLearningRate(double other) {
        return new AdaGrad(other, epsilon);
    }

    @Override
    public String name() {
        return "adaGrad(learningRate=" + learningRate + ", epsilon=" + epsilon + ")";
    }

    @Override
    public void update(UpdateScope scope) {
        GraphBuilder builder = scope.builder();
        scope.forEach(each -> {
            Value squares = builder.add(each.state(SQUARES), Write.square(builder, each.gradient()));
            each.keep(SQUARES, squares);
            Value root = builder.add(builder.sqrt(squares), builder.scalar(epsilon, squares));
            Value direction = builder.div(each.gradient(), root);
            Write.step(builder, each, direction, each.rate(progress -> learningRate));
        });
    }
}
