package io.maas.training.optimizer;

import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.train.Update;

/**
 * Parts that several updates share, of operators that engines run in one pass over a parameter.
 */
final class Write {
    private static final double TINY = Float.MIN_NORMAL;

    private Write() {}

    /** {@code kept · state + added}. */
    static Value decayed(GraphBuilder builder, Value state, double kept, Value added) {
        return builder.add(builder.mul(state, kept), added);
    }

    static Value square(GraphBuilder builder, Value x) {
        return builder.mul(x, x);
    }

    static Value abs(GraphBuilder builder, Value x) {
        return builder.node(Op.ABS, Attributes.none(), x);
    }

    static Value max(GraphBuilder builder, Value a, Value b) {
        return builder.node(Op.MAX, Attributes.none(), a, b);
    }

    static Value min(GraphBuilder builder, Value a, Value b) {
        return builder.node(Op.MIN, Attributes.none(), a, b);
    }

    /**
     * The sign: 1, 0 or -1, and for numbers below the normal ones of float32 something between. A quotient over the operator, which
     * would stand alone between two passes.
     */
    static Value sign(GraphBuilder builder, Value x) {
        return builder.div(x, max(builder, abs(builder, x), builder.scalar(TINY, x)));
    }

    /** The rows of what is taken as a matrix of {@code [first axis, all others]}: leading axes of size 1 do not count. */
    static long rows(long[] shape) {
        int axis = 0;
        while (shape[axis] == 1 && axis < shape.length - 2) {
            axis++;
        }
        return shape[axis];
    }

    /** {@code direction + factor · parameter}. */
    static Value added(GraphBuilder builder, Value direction, Value parameter, Value factor) {
        return builder.add(direction, builder.mul(parameter, factor));
    }

    /** Moves a parameter to {@code parameter - rate · direction}. */
    static void step(GraphBuilder builder, Update update, Value direction, Value rate) {
        update.moveTo(builder.sub(update.parameter(), builder.mul(direction, rate)));
    }
}
