package io.maas.backend.nd4j;

import io.maas.graph.Op;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Activations and other operators that work element by element. */
final class Activations {
    /** Those that are written in simpler operators before anything runs. */
    static final Set<Op> DECOMPOSED = EnumSet.noneOf(Op.class);

    /** Those that are neither run here nor decomposed. */
    static final Set<Op> LACKING = EnumSet.of(
            Op.ACOS,
            Op.ACOSH,
            Op.ASIN,
            Op.ASINH,
            Op.ATAN,
            Op.ATANH,
            Op.BITWISE_AND,
            Op.BITWISE_NOT,
            Op.BITWISE_OR,
            Op.BITWISE_XOR,
            Op.BIT_SHIFT,
            Op.CAST_LIKE,
            Op.CEIL,
            Op.CELU,
            Op.COS,
            Op.COSH,
            Op.FLOOR,
            Op.GELU,
            Op.HARDMAX,
            Op.HARD_SIGMOID,
            Op.HARD_SWISH,
            Op.IS_INF,
            Op.IS_NAN,
            Op.MEAN,
            Op.MISH,
            Op.MOD,
            Op.PRELU,
            Op.ROUND,
            Op.SELU,
            Op.SHRINK,
            Op.SIN,
            Op.SINH,
            Op.SOFTSIGN,
            Op.SUM,
            Op.SWISH,
            Op.TAN,
            Op.THRESHOLDED_RELU,
            Op.XOR);

    private Activations() {}

    static List<Array> of(Arguments in) {
        throw new IllegalArgumentException("operator: " + in.node().op() + " (expected: one that was not refused)");
    }
}
