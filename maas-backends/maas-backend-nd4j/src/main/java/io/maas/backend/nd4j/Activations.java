package io.maas.backend.nd4j;

import io.maas.graph.Op;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;

/** Activations and other operators that work element by element. */
final class Activations {
    /** Those that are written in simpler operators before anything runs. */
    static final Set<Op> DECOMPOSED = EnumSet.of(
            Op.CAST_LIKE,
            Op.CELU,
            Op.GELU,
            Op.HARDMAX,
            Op.HARD_SIGMOID,
            Op.HARD_SWISH,
            Op.IS_INF,
            Op.IS_NAN,
            Op.MEAN,
            Op.MISH,
            Op.PRELU,
            Op.SELU,
            Op.SOFTSIGN,
            Op.SUM,
            Op.SWISH,
            Op.THRESHOLDED_RELU);

    /** Those that are neither run here nor decomposed: one of types that are not run. */
    static final Set<Op> LACKING = EnumSet.of(Op.BIT_SHIFT);

    private Activations() {}

    static List<Array> of(Arguments in) {
        Bench bench = in.bench();
        Array x = in.get(0);
        return List.of(
                switch (in.node().op()) {
                    case BITWISE_AND -> Integers.zip(in, (a, b) -> a & b);
                    case BITWISE_NOT -> Integers.map(bench, x, a -> ~a);
                    case BITWISE_OR -> Integers.zip(in, (a, b) -> a | b);
                    case BITWISE_XOR, XOR -> Integers.zip(in, (a, b) -> a ^ b);
                    case MOD -> mod(in);
                    case SHRINK -> shrink(in);
                    default -> Reals.map(bench, x, function(in.node().op()));
                });
    }

    private static DoubleUnaryOperator function(Op op) {
        return switch (op) {
            case ACOS -> Math::acos;
            case ACOSH -> x -> Math.log1p(x - 1 + Math.sqrt((x - 1) * (x + 1)));
            case ASIN -> Math::asin;
            case ASINH -> Activations::asinh;
            case ATAN -> Math::atan;
            case ATANH -> x -> (Math.log1p(x) - Math.log1p(-x)) / 2;
            case CEIL -> Math::ceil;
            case COS -> Math::cos;
            case COSH -> Math::cosh;
            case FLOOR -> Math::floor;
            case ROUND -> Math::rint;
            case SIN -> Math::sin;
            case SINH -> Math::sinh;
            case TAN -> Math::tan;
            default -> throw new IllegalArgumentException("operator: " + op + " (expected: one that was not refused)");
        };
    }

    /** In a form that keeps numbers near 0. */
    private static double asinh(double x) {
        double size = Math.abs(x);
        return Math.copySign(Math.log1p(size + size * size / (1 + Math.sqrt(size * size + 1))), x);
    }

    /** With {@code fmod} the sign is that of the dividend, without it that of the divisor. */
    private static Array mod(Arguments in) {
        boolean fmod = in.isSet("fmod", false);
        return in.get(0).type().isFloating()
                ? Reals.zip(in.bench(), in.get(0), in.get(1), (a, b) -> a % b)
                : Integers.zip(in, (a, b) -> fmod ? a % b : Math.floorMod(a, b));
    }

    private static Array shrink(Arguments in) {
        double bias = in.attributes().floatValue("bias", 0);
        double lambda = in.attributes().floatValue("lambd", 0.5f);
        DoubleUnaryOperator rule = x -> x < -lambda ? x + bias : x > lambda ? x - bias : 0;
        return in.get(0).type().isFloating()
                ? Reals.map(in.bench(), in.get(0), rule)
                : Integers.map(in.bench(), in.get(0), x -> (long) rule.applyAsDouble((double) x));
    }
}
