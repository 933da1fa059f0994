package io.maas.training.optimizer;

import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.train.Optimizer;
import io.maas.train.UpdateScope;

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
    public void update(UpdateScope scope) {
        GraphBuilder builder = scope.builder();
        scope.forEach(each -> {
            Moments moments = Moments.of(builder, each, beta1, beta2);
            Value adapted = each.number("adapted", progress -> isAdapted(progress.step()) ? 1 : 0);
            Value root = builder.mul(builder.sqrt(moments.second()), adapted);
            Value offset = each.number("offset", progress -> offset(progress.step()));
            Value direction = builder.div(moments.first(), builder.add(root, offset));
            Write.step(builder, each, direction, each.rate(progress -> rate(progress.step())));
        });
    }

    /** {@code rho}. */
    private double all() {
        return 2 / (1 - beta2) - 1;
    }

    /** {@code rho_t}. */
    private double seen(long step) {
        return all() - 2 * step * Math.pow(beta2, (double) step) / Moments.correction(beta2, step);
    }

    private boolean isAdapted(long step) {
        return seen(step) > 4;
    }

    private double offset(long step) {
        return isAdapted(step) ? epsilon / Moments.rootScale(beta2, step) : 1;
    }

    private double rate(long step) {
        double rate = learningRate * (1 - beta1) / Moments.correction(beta1, step);
        if (!isAdapted(step)) {
            return rate;
        }
        double all = all();
        double seen = seen(step);
        double rectified = Math.sqrt((seen - 4) * (seen - 2) * all / ((all - 4) * (all - 2) * seen));
        return rate * rectified / Moments.rootScale(beta2, step);
    }
}
