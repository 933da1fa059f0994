package io.maas.training.optimizer;

import io.maas.error.Require;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.train.Optimizer;
import io.maas.train.UpdateScope;

/**
 * NAdam: Adam with Nesterov's look-ahead and a momentum that rises over the steps.
 *
 * <pre>
 * mu_t = beta1 · (1 - 0.5 · 0.96^(momentumDecay·t)),   P_t = mu_1 · … · mu_t
 * m'   = mu_t·m + (1 - mu_t)·g
 * v'   = beta2·v + (1 - beta2)·g²                      vHat = v' / (1 - beta2^t)
 * mHat = mu_(t+1) · m' / (1 - P_(t+1)) + (1 - mu_t) · g / (1 - P_t)
 * p'   = p - learningRate · mHat / (√vHat + epsilon)
 * </pre>
 *
 * As in the paper, the moment {@code m} itself is kept with the rising {@code mu_t}. PyTorch keeps it with {@code beta1}, which the two
 * agree on only where the momentum no longer rises: at the paper's momentum decay, after some ten thousand updates. The paper multiplies
 * {@code vHat} by {@code beta2} once more, which others leave out as well. What is computed is algebraically the same: {@code v} is kept divided by {@code 1 - beta2}, and the corrections are folded into numbers of the step.
 * The product is found without running over the steps before: with {@code q = 0.96^momentumDecay}, the series of the logarithm gives
 *
 * <pre>
 * ln P_t = t · ln beta1 - Σ_(k ≥ 1) 0.5^k / k · q^k · (1 - q^(k·t)) / (1 - q^k)
 * </pre>
 *
 * <p>Immutable and thread-safe.
 *
 * @param learningRate {@code > 0}
 * @param beta1 what the momentum rises to, {@code 0 <= beta1 < 1}
 * @param beta2 decay of the second moment, {@code 0 <= beta2 < 1}
 * @param epsilon added to the root, {@code > 0}
 * @param momentumDecay how fast the momentum rises, {@code > 0}
 * @see "Dozat, Incorporating Nesterov momentum into Adam (2016), algorithm 2"
 */
public record NAdam(double learningRate, double beta1, double beta2, double epsilon, double momentumDecay)
        implements Optimizer {
    /** Beyond these the series' terms are below the precision of a double. */
    private static final int TERMS = 60;

    private static final double BASE = 0.96;

    public NAdam {
        Moments.require(learningRate, beta1, beta2, epsilon);
        Require.positive(momentumDecay, "momentumDecay");
    }

    /** A learning rate of 0.002, betas of 0.9 and 0.999, an epsilon of 1e-8; the paper's momentum decay of 1/250. */
    public static NAdam defaults() {
        return new NAdam(2e-3, 0.9, 0.999, 1e-8, 0.004);
    }

    public NAdam withLearningRate(double other) {
        return new NAdam(other, beta1, beta2, epsilon, momentumDecay);
    }

    @Override
    public String name() {
        return "nAdam" + Moments.text(learningRate, beta1, beta2, epsilon, ", momentumDecay=" + momentumDecay);
    }

    @Override
    public void update(UpdateScope scope) {
        GraphBuilder builder = scope.builder();
        scope.forEach(each -> {
            Value kept = each.number("kept", progress -> momentum(progress.step()));
            Value added = each.number("added", progress -> 1 - momentum(progress.step()));
            Value first =
                    builder.add(builder.mul(each.state(Moments.FIRST), kept), builder.mul(each.gradient(), added));
            Value second =
                    Write.decayed(builder, each.state(Moments.SECOND), beta2, Write.square(builder, each.gradient()));
            each.keep(Moments.FIRST, first);
            each.keep(Moments.SECOND, second);
            Value share = each.number("ahead", progress -> ahead(progress.step()));
            Value ahead = builder.add(builder.mul(first, share), each.gradient());
            Value epsilon = each.number(Moments.EPSILON, progress -> epsilon() / scale(progress.step()));
            Value direction = new Moments(ahead, second).direction(builder, epsilon);
            Write.step(builder, each, direction, each.rate(progress -> rate(progress.step())));
        });
    }

    private double scale(long step) {
        return Moments.rootScale(beta2, step);
    }

    private double rate(long step) {
        return learningRate * now(step) / scale(step);
    }

    /** What the gradient is multiplied with. */
    private double now(long step) {
        return (1 - momentum(step)) / (1 - product(step));
    }

    /** What the first moment is multiplied with, relative to that. */
    double ahead(long step) {
        return momentum(step + 1) / (1 - product(step + 1)) / now(step);
    }

    private double momentum(long step) {
        return beta1 * (1 - 0.5 * Math.pow(BASE, momentumDecay * step));
    }

    /** {@code mu_1 · … · mu_step}. */
    private double product(long step) {
        double logarithm = 0;
        for (int k = TERMS; k >= 1; k--) {
            double power = k * momentumDecay * Math.log(BASE);
            logarithm += Math.pow(0.5, k) / k * Math.exp(power) * Math.expm1(power * step) / Math.expm1(power);
        }
        return Math.pow(beta1, (double) step) * Math.exp(-logarithm);
    }
}
