package io.maas.backend.tck;

import io.maas.backend.tck.OperatorCase.Operand;
import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.EnumSet;
import java.util.List;

/** Cases of activations and other operators that work element by element. */
final class ActivationCases {
    private static final double INFINITY = Double.POSITIVE_INFINITY;
    private static final List<DataType> UNSIGNED =
            List.of(DataType.UINT8, DataType.UINT16, DataType.UINT32, DataType.UINT64);
    private static final List<DataType> INTEGERS =
            List.of(DataType.INT8, DataType.UINT8, DataType.INT16, DataType.INT32, DataType.INT64, DataType.UINT64);

    private ActivationCases() {}

    static void of(CaseWriter to) {
        switch (to.op()) {
            case ACOS, ASIN, ATANH -> between(to, -0.95, 0.95);
            case ACOSH -> between(to, 1.02, 6);
            case ASINH, ATAN, COS, COSH, SIN, SINH -> {
                between(to, -3, 3);
                specials(to, 0, 1e-3, -1e-3, 5, -5);
            }
            case TAN -> between(to, -1.3, 1.3);
            case CEIL, FLOOR, ROUND -> {
                between(to, -3, 3);
                specials(to, 0, 0.5, 1.5, -0.5, -1.5, 2.5, -2, INFINITY, -INFINITY, Double.NaN);
            }
            case BITWISE_AND, BITWISE_OR, BITWISE_XOR -> bits(to);
            case BITWISE_NOT ->
                INTEGERS.forEach(type -> UnaryCases.SHAPES.forEach(shape -> to.add(type, to.samples.any(type, shape))));
            case BIT_SHIFT -> shift(to);
            case CAST_LIKE -> castLike(to);
            case HARDMAX -> hardmax(to);
            case IS_INF -> infinite(to);
            case IS_NAN -> {
                between(to, -3, 3);
                specials(to, Double.NaN, 0, INFINITY, -INFINITY, 1);
            }
            case MEAN, SUM -> many(to);
            case MOD -> mod(to);
            case PRELU -> prelu(to);
            case SHRINK -> shrink(to);
            case XOR -> BinaryCases.logic(to);
            default -> activation(to);
        }
    }

    private static void between(CaseWriter to, double low, double high) {
        for (DataType type : CaseWriter.FLOATING) {
            UnaryCases.SHAPES.forEach(shape -> to.add(type, to.samples.between(low, high, type, shape)));
        }
    }

    private static void specials(CaseWriter to, double... values) {
        with(to, Attributes.none(), values);
    }

    private static void with(CaseWriter to, Attributes attributes, double... values) {
        for (DataType type : CaseWriter.FLOATING) {
            to.add("special values", type, attributes, Operand.input(Samples.exactly(type, values)));
        }
    }

    private static void activation(CaseWriter to) {
        between(to, -8, 8);
        specials(to, 0, 1, -1, 3, -3, 30, -30, 1000, -1000, 1e-3, Double.NaN);
        double[] some = {-7, -1.25, -0.3, 0, 0.4, 1, 1.5, 9};
        switch (to.op()) {
            case GELU -> {
                with(to, Attributes.of("approximate", "tanh"), some);
                with(to, Attributes.of("approximate", "none"), some);
            }
            case CELU, SWISH, THRESHOLDED_RELU -> {
                with(to, Attributes.of("alpha", 0.25f), some);
                with(to, Attributes.of("alpha", 1.702f), some);
            }
            case HARD_SIGMOID -> {
                with(to, Attributes.of("alpha", 0.5f), some);
                with(to, Attributes.of("alpha", 0.1f, "beta", 0.7f), some);
            }
            case SELU -> {
                with(to, Attributes.of("alpha", 0.5f), some);
                with(to, Attributes.of("alpha", 2.5f, "gamma", 1.5f), some);
            }
            default -> {}
        }
    }

    private static void bits(CaseWriter to) {
        for (DataType type : INTEGERS) {
            for (ShapePair pair : BinaryCases.PAIRS) {
                to.add(type, to.samples.any(type, pair.left), to.samples.any(type, pair.right));
            }
        }
        Tensor longs = Samples.longs(Long.MAX_VALUE, Long.MIN_VALUE, (1L << 53) + 1, -7);
        to.add(DataType.INT64, longs, Samples.longs(-3, 5, 1, 255));
    }

    private static void shift(CaseWriter to) {
        for (String direction : List.of("LEFT", "RIGHT")) {
            Attributes attributes = Attributes.of("direction", direction);
            for (DataType type : UNSIGNED) {
                for (ShapePair pair : BinaryCases.PAIRS) {
                    Tensor bits = to.samples.between(0, 200, type, pair.left);
                    to.add(type, attributes, bits, to.samples.between(0, 7, type, pair.right));
                }
            }
            Tensor wide = Tensor.of(DataType.UINT64, new double[] {1, 3, 1e15}, Shape.of(3));
            Tensor by = Tensor.of(DataType.UINT64, new double[] {63, 40, 50}, Shape.of(3));
            to.add(DataType.UINT64, attributes, wide, by);
        }
    }

    private static void castLike(CaseWriter to) {
        for (DataType from : CaseWriter.FIXED) {
            for (DataType like : CaseWriter.FIXED) {
                Tensor x = to.samples.between(0, 3, from, 2, 3);
                to.add(
                        "",
                        EnumSet.of(from, like),
                        Graph.OPSET,
                        Attributes.none(),
                        Operand.input(x),
                        Operand.input(to.samples.any(like, 2)));
            }
        }
    }

    private static void hardmax(CaseWriter to) {
        for (DataType type : CaseWriter.FLOATING) {
            for (long axis = -3; axis < 3; axis++) {
                to.add(type, Attributes.of("axis", axis), to.samples.distinct(type, 2, 3, 4));
            }
            to.add(type, to.samples.distinct(type, 5));
            to.add(type, to.samples.distinct(type, 0, 3));
            to.add("tied", type, Attributes.none(), Operand.input(to.samples.whole(type, 3, 8)));
        }
    }

    private static void infinite(CaseWriter to) {
        between(to, -3, 3);
        double[] values = {INFINITY, -INFINITY, 0, Double.NaN, 1};
        specials(to, values);
        with(to, Attributes.of("detect_negative", 0), values);
        with(to, Attributes.of("detect_positive", 0), values);
        with(to, Attributes.of("detect_positive", 0, "detect_negative", 0), values);
    }

    private static void many(CaseWriter to) {
        for (DataType type : CaseWriter.FLOATING) {
            for (ShapePair pair : BinaryCases.PAIRS) {
                to.add(type, to.samples.any(type, pair.left), to.samples.any(type, pair.right));
            }
            to.add(type, to.samples.any(type, 2, 3));
            to.add(type, to.samples.any(type, 2, 1), to.samples.any(type, 3), to.samples.any(type, 4, 1, 1));
        }
    }

    private static void mod(CaseWriter to) {
        for (long fmod : new long[] {1, 0}) {
            Attributes attributes = Attributes.of("fmod", fmod);
            for (DataType type : fmod == 1 ? CaseWriter.NUMERIC : INTEGERS) {
                for (ShapePair pair : BinaryCases.PAIRS) {
                    Tensor dividend = to.samples.between(-20, 20, type, pair.left);
                    to.add(type, attributes, dividend, to.samples.notZero(type, pair.right));
                }
            }
            to.add(DataType.INT64, attributes, Samples.longs(-7, 7, -7, 7), Samples.longs(2, -2, -2, 2));
            to.add(DataType.INT32, attributes, Samples.ints(-7, 7, -7, 7), Samples.ints(2, -2, -2, 2));
        }
        to.add(DataType.INT64, Samples.longs(-7, 7, -6), Samples.longs(3, -3, 3));
    }

    private static void prelu(CaseWriter to) {
        for (DataType type : CaseWriter.NUMERIC) {
            UnaryCases.SHAPES.forEach(shape -> to.add(type, to.samples.any(type, shape), Samples.scalar(type, 2)));
            Tensor x = to.samples.any(type, 2, 3, 4);
            to.add(type, x, to.samples.any(type, 4));
            to.add(type, x, to.samples.any(type, 3, 1));
            to.add(type, x, to.samples.any(type, 2, 3, 4));
        }
    }

    private static void shrink(CaseWriter to) {
        for (DataType type : CaseWriter.NUMERIC) {
            UnaryCases.SHAPES.forEach(shape -> to.add(type, to.samples.any(type, shape)));
            to.add(type, Attributes.of("lambd", 1.5f), to.samples.any(type, 3, 4));
            to.add(type, Attributes.of("lambd", 1f, "bias", 1f), to.samples.any(type, 3, 4));
        }
        with(to, Attributes.of("bias", 0.25f), -2, -0.5, -0.25, 0, 0.5, 0.75, 5);
    }
}
