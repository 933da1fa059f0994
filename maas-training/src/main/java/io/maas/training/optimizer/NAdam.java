package io.maas.training.optimizer;

import com.google.common.collect.ImmutableMap;
import io.maas.error.Require;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.train.Optimizer;
import java.util.List;
import java.util.Map;

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
 * The paper multiplies {@code vHat} by {@code beta2} once more, which other libraries leave out as well. What is computed is
 * algebraically the same: {@code v} is kept divided by {@code 1 - beta2}, and the corrections are folded into numbers of the step.
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
    private static final String KEPT = "kept";
    private static final String ADDED = "added";
    private static final String AHEAD = "ahead";

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
    public List<String> state(Value parameter) {
        return List.of(Moments.FIRST, Moments.SECOND);
    }

    @Override
    public Map<String, Double> scalars(long step) {
        double scale = Moments.rootScale(beta2, step);
        double kept = momentum(step);
        double now = (1 - kept) / (1 - product(step));
        double ahead = momentum(step + 1) / (1 - product(step + 1));
        return ImmutableMap.of(
                RATE,
                learningRate * now / scale,
                Moments.EPSILON,
                epsilon / scale,
                KEPT,
                kept,
                ADDED,
                1 - kept,
                AHEAD,
                ahead / now);
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

    @Override
    public Update update(
            GraphBuilder builder,
            Value parameter,
            Value gradient,
            Map<String, Value> state,
            Map<String, Value> scalars) {
        Value first = builder.add(
                builder.mul(Named.find(state, Moments.FIRST), Named.find(scalars, KEPT)),
                builder.mul(gradient, Named.find(scalars, ADDED)));
        Value second =
                Write.decayed(builder, Named.find(state, Moments.SECOND), beta2, Write.square(builder, gradient));
        Value ahead = builder.add(builder.mul(first, Named.find(scalars, AHEAD)), gradient);
        Value direction = new Moments(ahead, second).direction(builder, Named.find(scalars, Moments.EPSILON));
        Value moved = Write.step(builder, parameter, direction, Named.find(scalars, RATE));
        return new Update(moved, new Moments(first, second).state());
    }
}
