package io.maas.training.optimizer;

import io.maas.error.Require;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.train.Update;

/**
 * The two running moments of a gradient that Adam and its kin keep, each divided by {@code 1 - beta}: {@code M' = beta1·M + g} and
 * {@code V' = beta2·V + g²}.
 *
 * @param first {@code M'}
 * @param second {@code V'}
 */
record Moments(Value first, Value second) {
    static final String EPSILON = "epsilon";
    static final String FIRST = "moment1";
    static final String SECOND = "moment2";

    static void require(double learningRate, double beta1, double beta2, double epsilon) {
        Require.positive(learningRate, "learningRate");
        Require.in(0, beta1, 1, "beta1");
        Require.in(0, beta2, 1, "beta2");
        Require.positive(epsilon, "epsilon");
    }

    static String text(double learningRate, double beta1, double beta2, double epsilon, String more) {
        return "(learningRate=" + learningRate + ", beta1=" + beta1 + ", beta2=" + beta2 + ", epsilon=" + epsilon + more
                + ")";
    }

    /** The moments of an update; what they become is kept. */
    static Moments of(GraphBuilder builder, Update update, double beta1, double beta2) {
        Value gradient = update.gradient();
        Value first = Write.decayed(builder, update.state(FIRST), beta1, gradient);
        Value second = Write.decayed(builder, update.state(SECOND), beta2, Write.square(builder, gradient));
        update.keep(FIRST, first);
        update.keep(SECOND, second);
        return new Moments(first, second);
    }

    /** The share of a moment at a step that is not the zeros it started from, {@code 1 - beta^step}. */
    static double correction(double beta, long step) {
        return 1 - Math.pow(beta, (double) step);
    }

    /** The number that the root of the scaled second moment is to be multiplied with for that of the corrected one. */
    static double rootScale(double beta2, long step) {
        return Math.sqrt((1 - beta2) / correction(beta2, step));
    }

    /** {@code M' / (√V' + epsilon)}. */
    Value direction(GraphBuilder builder, Value epsilon) {
        return builder.div(first, builder.add(builder.sqrt(second), epsilon));
    }
}
