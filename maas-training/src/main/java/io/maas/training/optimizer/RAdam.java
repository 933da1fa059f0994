package io.maas.training.optimizer;

import com.google.common.collect.ImmutableMap;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.train.Optimizer;
import java.util.List;
import java.util.Map;

/**
 * RAdam: Adam that makes its first steps without the second moment, as long as that has seen too little to be relied on, and smaller
 * ones for some time then.
 *
 * <pre>
 * rho   = 2 / (1 - beta2) - 1,   rho_t = rho - 2·t·beta2^t / (1 - beta2^t)
 * r_t   = √((rho_t - 4)·(rho_t - 2)·rho / ((rho - 4)·(rho - 2)·rho_t))
 * p'    = p - learningRate · r_t · mHat / (√vHat + epsilon)     if rho_t > 4
 * p'    = p - learningRate · mHat                              otherwise
 * </pre>
 *
 * with {@link Adam}'s moments. The paper has no epsilon. Which of the two it is depends on the step alone, so that the graph has no
 * branch: it computes {@code rate_t · M' / (adapted_t · √V' + offset_t)}, where {@code adapted_t} is 1 or 0.
 *
 * <p>Immutable and thread-safe.
 *
 * @param learningRate {@code > 0}
 * @param beta1 decay of the first moment, {@code 0 <= beta1 < 1}
 * @param beta2 decay of the second moment, {@code 0 <= beta2 < 1}; up to 0.6 no step uses it
 * @param epsilon added to the root, {@code > 0}
 * @see "Liu et al., On the variance of the adaptive learning rate and beyond (2020), algorithm 2"
 */
public record RAdam(double learningRate, double beta1, double beta2, double epsilon) implements Optimizer {
    private static final String ADAPTED = "adapted";
    private static final String OFFSET = "offset";

    public RAdam {
        Moments.require(learningRate, beta1, beta2, epsilon);
    }

    /** The values of {@link Adam#defaults}. */
    public static RAdam defaults() {
        Adam adam = Adam.defaults();
        return new RAdam(adam.learningRate(), adam.beta1(), adam.beta2(), adam.epsilon());
    }

    public RAdam withLearningRate(double other) {
        return new RAdam(other, beta1, beta2, epsilon);
    }

    @Override
    public String name() {
        return "rAdam" + Moments.text(learningRate, beta1, beta2, epsilon, "");
    }

    @Override
    public List<String> state(Value parameter) {
        return List.of(Moments.FIRST, Moments.SECOND);
    }

    @Override
    public Map<String, Double> scalars(long step) {
        double rate = learningRate * (1 - beta1) / Moments.correction(beta1, step);
        double all = 2 / (1 - beta2) - 1;
        double seen = all - 2 * step * Math.pow(beta2, (double) step) / Moments.correction(beta2, step);
        if (seen <= 4) {
            return ImmutableMap.of(RATE, rate, ADAPTED, 0.0, OFFSET, 1.0);
        }
        double scale = Moments.rootScale(beta2, step);
        double rectified = Math.sqrt((seen - 4) * (seen - 2) * all / ((all - 4) * (all - 2) * seen));
        return ImmutableMap.of(RATE, rate * rectified / scale, ADAPTED, 1.0, OFFSET, epsilon / scale);
    }

    @Override
    public Update update(
            GraphBuilder builder,
            Value parameter,
            Value gradient,
            Map<String, Value> state,
            Map<String, Value> scalars) {
        Moments moments = Moments.of(builder, gradient, state, beta1, beta2);
        Value root = builder.mul(builder.sqrt(moments.second()), Named.find(scalars, ADAPTED));
        Value direction = builder.div(moments.first(), builder.add(root, Named.find(scalars, OFFSET)));
        return new Update(Write.step(builder, parameter, direction, Named.find(scalars, RATE)), moments.state());
    }
}
