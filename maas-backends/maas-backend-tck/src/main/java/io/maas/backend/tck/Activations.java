package io.maas.backend.tck;

import io.maas.graph.Attributes;
import io.maas.tensor.DataType;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoublePredicate;
import java.util.function.DoubleUnaryOperator;
import java.util.function.LongBinaryOperator;

/** Activations and other operators that work element by element. */
final class Activations {
    private Activations() {}

    static List<NdArray> of(Arguments in) {
        return List.of(
                switch (in.node().op()) {
                    case BITWISE_AND -> integers(in, (a, b) -> a & b);
                    case BITWISE_NOT -> Elementwise.map(in.get(0), Double::valueOf, a -> ~a);
                    case BITWISE_OR -> integers(in, (a, b) -> a | b);
                    case BITWISE_XOR, XOR -> integers(in, (a, b) -> a ^ b);
                    case BIT_SHIFT -> shift(in);
                    case CAST_LIKE -> Casting.cast(in.get(0), in.get(1).type());
                    case HARDMAX -> Reductions.hardmax(in);
                    case IS_INF -> infinite(in);
                    case IS_NAN -> test(in, Double::isNaN);
                    case MEAN -> mean(in.all());
                    case MOD -> mod(in);
                    case PRELU -> prelu(in.get(0), in.get(1));
                    case SHRINK -> shrink(in);
                    case SUM -> sum(in.all());
                    default -> Elementwise.map(in, function(in));
                });
    }

    private static DoubleUnaryOperator function(Arguments in) {
        return switch (in.node().op()) {
            case ACOS -> Math::acos;
            case ACOSH -> x -> Math.log1p(x - 1 + Math.sqrt((x - 1) * (x + 1)));
            case ASIN -> Math::asin;
            case ASINH -> Activations::asinh;
            case ATAN -> Math::atan;
            case ATANH -> x -> 0.5 * (Math.log1p(x) - Math.log1p(-x));
            case CEIL -> Math::ceil;
            case COS -> Math::cos;
            case COSH -> Math::cosh;
            case FLOOR -> Math::floor;
            // Halves go to the even neighbour.
            case ROUND -> Math::rint;
            case SIN -> Math::sin;
            case SINH -> Math::sinh;
            case TAN -> Math::tan;
            default -> activation(in);
        };
    }

    private static DoubleUnaryOperator activation(Arguments in) {
        Attributes attributes = in.attributes();
        double alpha = attributes.floatValue("alpha", 1);
        return switch (in.node().op()) {
            case CELU -> x -> Math.max(0, x) + Math.min(0, alpha * Math.expm1(x / alpha));
            case GELU -> gelu(attributes.string("approximate", "none"));
            case HARD_SIGMOID -> {
                double slope = attributes.floatValue("alpha", 0.2f);
                double beta = attributes.floatValue("beta", 0.5f);
                yield x -> Math.max(0, Math.min(1, slope * x + beta));
            }
            case HARD_SWISH -> x -> x * Math.max(0, Math.min(1, x / 6 + 0.5));
            case MISH -> x -> x * Math.tanh(Elementwise.softplus(x));
            case SELU -> {
                double scale = attributes.floatValue("alpha", 1.6732632f);
                double gamma = attributes.floatValue("gamma", 1.050701f);
                yield x -> gamma * (x > 0 ? x : scale * Math.expm1(x));
            }
            case SOFTSIGN -> x -> x / (1 + Math.abs(x));
            case SWISH -> x -> x * Elementwise.sigmoid(alpha * x);
            case THRESHOLDED_RELU -> x -> x > alpha ? x : 0;
            default -> throw ReferenceEvaluator.unknown(in.node());
        };
    }

    private static DoubleUnaryOperator gelu(String approximate) {
        return switch (approximate) {
            case "none" -> x -> 0.5 * x * (1 + ErrorFunction.erf(x / Math.sqrt(2)));
            case "tanh" -> x -> 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
            default -> throw new IllegalArgumentException("approximate: " + approximate + " (expected: none or tanh)");
        };
    }

    /** {@code ln(|x| + sqrt(x² + 1))} with the sign of x, in a form that keeps small numbers. */
    private static double asinh(double x) {
        double size = Math.abs(x);
        return Math.copySign(Math.log1p(size + size * size / (1 + Math.sqrt(size * size + 1))), x);
    }

    private static NdArray integers(Arguments in, LongBinaryOperator rule) {
        return Elementwise.zip(in, (a, b) -> Double.NaN, rule);
    }

    /** Unsigned integers; shifting by the width or more leaves nothing. */
    private static NdArray shift(Arguments in) {
        boolean left = in.attributes().string("direction", "").equals("LEFT");
        int width = 8 * in.get(0).type().byteSize();
        return integers(in, (a, b) -> b < 0 || b >= width ? 0 : left ? a << b : a >>> b);
    }

    private static NdArray test(Arguments in, DoublePredicate holds) {
        NdArray x = in.real();
        long[] values = new long[x.count()];
        Arrays.setAll(values, i -> holds.test(x.real(i)) ? 1 : 0);
        return NdArray.ofIntegers(DataType.BOOL, x.grid(), values);
    }

    private static NdArray infinite(Arguments in) {
        boolean above = in.attributes().longValue("detect_positive", 1) == 1;
        boolean below = in.attributes().longValue("detect_negative", 1) == 1;
        return test(in, x -> (above && x == Double.POSITIVE_INFINITY) || (below && x == Double.NEGATIVE_INFINITY));
    }

    private static NdArray sum(List<NdArray> all) {
        NdArray sum = all.get(0);
        for (NdArray next : all.subList(1, all.size())) {
            sum = Elementwise.zip(sum, next, Double::sum, Long::sum);
        }
        return sum;
    }

    private static NdArray mean(List<NdArray> all) {
        return Elementwise.map(sum(all), x -> x / all.size(), x -> x / all.size());
    }

    /** With {@code fmod} the sign is that of the dividend, as in C; without it that of the divisor, as in Python. */
    private static NdArray mod(Arguments in) {
        boolean fmod = in.attributes().longValue("fmod", 0) == 1;
        boolean unsigned = in.get(0).type() == DataType.UINT64;
        return Elementwise.zip(
                in,
                (a, b) -> a % b,
                (a, b) -> unsigned ? Long.remainderUnsigned(a, b) : fmod ? a % b : Math.floorMod(a, b));
    }

    private static NdArray prelu(NdArray x, NdArray slope) {
        return Elementwise.zip(x, slope, (a, b) -> a < 0 ? a * b : a, (a, b) -> a < 0 ? a * b : a);
    }

    private static NdArray shrink(Arguments in) {
        double bias = in.attributes().floatValue("bias", 0);
        double lambda = in.attributes().floatValue("lambd", 0.5f);
        DoubleUnaryOperator rule = x -> x < -lambda ? x + bias : x > lambda ? x - bias : 0;
        return Elementwise.map(in.get(0), rule, x -> (long) rule.applyAsDouble((double) x));
    }
}
