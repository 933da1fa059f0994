package io.maas.backend.tck;

import io.maas.backend.tck.OperatorCase.Operand;
import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import java.util.EnumSet;
import java.util.List;

/** Cases of operators that work element by element on several inputs, which broadcast. */
final class BinaryCases {
    static final List<ShapePair> PAIRS = List.of(
            ShapePair.of(new long[] {}),
            ShapePair.of(new long[] {}, 3),
            ShapePair.of(new long[] {2, 3}),
            ShapePair.of(new long[] {2, 3}, 2, 3),
            ShapePair.of(new long[] {2, 3}, 3),
            ShapePair.of(new long[] {3}, 2, 3),
            ShapePair.of(new long[] {2, 1}, 1, 3),
            ShapePair.of(new long[] {2, 3, 1, 2}, 3, 2, 2),
            ShapePair.of(new long[] {4, 1, 1}, 2, 3),
            ShapePair.of(new long[] {0}, 1),
            ShapePair.of(new long[] {1}, 0, 3),
            ShapePair.of(new long[] {2, 0}, 2, 1));

    private BinaryCases() {}

    static void arithmetic(CaseWriter to) {
        for (DataType type : CaseWriter.NUMERIC) {
            for (ShapePair pair : PAIRS) {
                to.add(type, to.samples.any(type, pair.left), to.samples.any(type, pair.right));
            }
            to.add(
                    "by a constant",
                    type,
                    Attributes.none(),
                    Operand.input(to.samples.any(type, 2, 3)),
                    Operand.constant(to.samples.any(type, 3)));
        }
        Tensor longs = Samples.longs(Long.MAX_VALUE, Long.MIN_VALUE, (1L << 53) + 1, -7);
        to.add(DataType.INT64, longs, Samples.longs(3, 5, 1, 2));
        Tensor ints = Samples.ints(Integer.MAX_VALUE, Integer.MIN_VALUE, 123_456_789, -7);
        to.add(DataType.INT32, ints, Samples.ints(3, 5, 1000, 2));
        specials(to);
    }

    private static void specials(CaseWriter to) {
        double infinity = Double.POSITIVE_INFINITY;
        for (DataType type : CaseWriter.FLOATING) {
            to.add(
                    "special values",
                    type,
                    Attributes.none(),
                    Operand.input(Samples.exactly(type, 1, -1, 0, infinity, infinity, Double.NaN, 2)),
                    Operand.input(Samples.exactly(type, 0, 0, 0, infinity, -1, 1, Double.NaN)));
        }
    }

    static void div(CaseWriter to) {
        for (DataType type : CaseWriter.NUMERIC) {
            for (ShapePair pair : PAIRS) {
                to.add(type, to.samples.between(-20, 20, type, pair.left), to.samples.notZero(type, pair.right));
            }
        }
        to.add(DataType.INT64, Samples.longs(-7, 7, -7, (1L << 60) + 1), Samples.longs(2, -2, -2, 1));
        to.add(DataType.INT32, Samples.ints(-7, 7, -7, 1_000_000_007), Samples.ints(2, -2, -2, 1));
        specials(to);
    }

    static void pow(CaseWriter to) {
        for (DataType type : CaseWriter.NUMERIC) {
            for (ShapePair pair : PAIRS) {
                boolean whole = type.isInteger();
                Tensor base = to.samples.between(whole ? -3 : 0.3, 3, type, pair.left);
                to.add(type, base, to.samples.between(whole ? 0 : -2, whole ? 4 : 2, type, pair.right));
            }
        }
        DataType[] types = {DataType.FLOAT32, DataType.FLOAT64, DataType.INT32, DataType.INT64};
        for (DataType base : types) {
            for (DataType exponent : types) {
                to.add(
                        "mixed types",
                        EnumSet.of(base, exponent),
                        Graph.OPSET,
                        Attributes.none(),
                        Operand.input(Samples.exactly(base, -3, -2, 1, 2, 3, 5)),
                        Operand.input(Samples.exactly(exponent, 2, 3, 4, 0, 1, 2)));
            }
        }
    }

    static void extremes(CaseWriter to) {
        for (DataType type : CaseWriter.NUMERIC) {
            for (ShapePair pair : PAIRS) {
                to.add(type, to.samples.any(type, pair.left), to.samples.any(type, pair.right));
            }
            to.add(type, to.samples.any(type, 2, 3));
            to.add(type, to.samples.any(type, 2, 1), to.samples.any(type, 3), to.samples.any(type, 4, 1, 1));
        }
    }

    static void equal(CaseWriter to) {
        comparison(to);
        for (ShapePair pair : PAIRS) {
            to.add(DataType.BOOL, to.samples.any(DataType.BOOL, pair.left), to.samples.any(DataType.BOOL, pair.right));
        }
    }

    static void comparison(CaseWriter to) {
        for (DataType type : CaseWriter.NUMERIC) {
            for (ShapePair pair : PAIRS) {
                to.add(type, to.samples.whole(type, pair.left), to.samples.whole(type, pair.right));
            }
        }
        to.add(DataType.INT64, Samples.longs((1L << 53) + 1, -1, 0), Samples.longs(1L << 53, 0, 0));
        specials(to);
    }

    static void logic(CaseWriter to) {
        for (ShapePair pair : PAIRS) {
            to.add(DataType.BOOL, to.samples.any(DataType.BOOL, pair.left), to.samples.any(DataType.BOOL, pair.right));
        }
    }

    static void where(CaseWriter to) {
        for (DataType type : CaseWriter.FIXED) {
            for (ShapePair pair : PAIRS) {
                Tensor condition = to.samples.any(DataType.BOOL, pair.right);
                to.add(type, condition, to.samples.any(type, pair.left), to.samples.any(type, pair.right));
                to.add(type, condition, to.samples.any(type, pair.right), Samples.scalar(type, 1));
            }
            Tensor then = to.samples.any(type, 3, 1);
            to.add(type, to.samples.any(DataType.BOOL, 2, 1, 1), then, to.samples.any(type, 4));
        }
    }
}
