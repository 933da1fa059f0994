package io.maas.training.optimizer;

import io.maas.error.Require;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;

/** Decoupled weight decay: a step towards zero beside that of the gradient, which no moment sees. */
final class Decay {
    private static final int MATRIX_RANK = 2;

    private Decay() {}

    static void require(double weightDecay) {
        Require.that(
                weightDecay >= 0 && weightDecay < Double.POSITIVE_INFINITY,
                "weightDecay",
                weightDecay,
                "0 <= weightDecay < Infinity");
    }

    /** Biases and the scales of normalizations have fewer than two axes: they are not what makes a network complex. */
    static boolean spares(Value parameter, boolean vectorsToo) {
        return !vectorsToo && parameter.rank() < MATRIX_RANK;
    }

    static String text(double weightDecay, boolean vectorsToo) {
        return ", weightDecay=" + weightDecay + (vectorsToo ? ", vectorsToo" : "");
    }

    /** {@code direction + factor · parameter}. */
    static Value add(GraphBuilder builder, Value direction, Value parameter, Value factor) {
        return builder.add(direction, builder.mul(parameter, factor));
    }
}
