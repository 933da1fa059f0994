package io.maas.backend.tck;

import io.maas.backend.tck.OperatorCase.Operand;
import io.maas.graph.Attributes;
import io.maas.graph.Op;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;

/** Cases of operators that make one value of many. */
final class ReductionCases {
    private ReductionCases() {}

    /** Makes inputs. */
    private interface Source {
        Tensor of(DataType type, long... shape);
    }

    static void reduce(CaseWriter to) {
        reduce(to, to.samples::any);
        if (to.op() == Op.REDUCE_SUM) {
            empty(to, CaseWriter.NUMERIC);
        }
    }

    /** Each element is changed, all are added or multiplied, and the result is changed once more. */
    static void formula(CaseWriter to) {
        switch (to.op()) {
            case REDUCE_LOG_SUM -> {
                reduce(to, (type, shape) -> to.samples.between(1, 5, type, shape));
                empty(to, CaseWriter.FLOATING);
            }
            case REDUCE_LOG_SUM_EXP -> {
                reduce(to, to.samples::any);
                extremes(to);
            }
            default -> {
                reduce(to, to.samples::any);
                empty(to, CaseWriter.NUMERIC);
                zeros(to);
            }
        }
    }

    /** Whose exponentials overflow or vanish. */
    private static void extremes(CaseWriter to) {
        double infinity = Double.POSITIVE_INFINITY;
        for (DataType type : CaseWriter.FLOATING) {
            for (double[] values : List.of(
                    new double[] {1000, 999, -1000},
                    new double[] {-1000, -1000.5},
                    new double[] {-infinity, -infinity},
                    new double[] {-infinity, 1, 2})) {
                to.add("extreme", type, Attributes.none(), Operand.input(Samples.exactly(type, values)));
                to.add("extreme", type, Attributes.of("keepdims", 0), Operand.input(Samples.exactly(type, values)));
            }
        }
    }

    private static void zeros(CaseWriter to) {
        for (DataType type : CaseWriter.NUMERIC) {
            to.add("zeros", type, Attributes.none(), Operand.input(Samples.exactly(type, 0, 0, 0)));
            to.add("one zero", type, Attributes.none(), Operand.input(Samples.exactly(type, 2, 0, 3)));
        }
        if (to.op() == Op.REDUCE_PROD) {
            to.add(DataType.INT64, Samples.longs((1L << 30) + 1, (1L << 18) + 3, 5));
        }
    }

    private static void reduce(CaseWriter to, Source source) {
        for (DataType type : CaseWriter.NUMERIC) {
            Tensor x = source.of(type, 2, 3, 4);
            for (List<Long> axes :
                    List.of(List.of(1L), List.of(-1L), List.of(0L, 2L), List.of(-1L, 0L), List.of(0L, 1L, 2L))) {
                reduce(to, type, x, axes, 1);
                reduce(to, type, x, axes, 0);
            }
            reduce(to, type, source.of(type, 1, 3, 1, 2), List.of(0L, 3L), 0);
            reduce(to, type, source.of(type, 5), List.of(0L), 0);
            reduce(to, type, source.of(type, 2, 0, 3), List.of(2L), 1);
            whole(to, type, x);
            whole(to, type, source.of(type));
            noOp(to, type, x);
            to.addShaped(type, Attributes.none(), x, Samples.longs(0, -1));
        }
    }

    /** The axes as an input, where the opset has that, and as an attribute where it has that. */
    private static void reduce(CaseWriter to, DataType type, Tensor x, List<Long> axes, int keep) {
        long[] values = axes.stream().mapToLong(each -> each).toArray();
        Attributes attributes = Attributes.of("keepdims", keep);
        to.add("axes " + axes, type, attributes, Operand.input(x), Operand.constant(Samples.longs(values)));
        if (to.op() != Op.REDUCE_SUM) {
            Attributes old = Attributes.of("keepdims", keep, "axes", axes);
            to.add("", EnumSet.of(type), 17, old, Operand.input(x));
        }
    }

    private static void whole(CaseWriter to, DataType type, Tensor x) {
        to.add(type, x);
        to.add(type, Attributes.of("keepdims", 0), x);
    }

    private static void noOp(CaseWriter to, DataType type, Tensor x) {
        to.add("no axes", type, Attributes.of("noop_with_empty_axes", 1), Operand.input(x));
    }

    private static void empty(CaseWriter to, List<DataType> types) {
        Operand axes = Operand.constant(Samples.longs(1));
        for (DataType type : types) {
            Operand x = Operand.input(to.samples.any(type, 2, 0, 3));
            to.add("of nothing", type, Attributes.of("keepdims", 1), x, axes);
            to.add("of nothing", type, Attributes.of("keepdims", 0), x, axes);
        }
    }

    static void argMax(CaseWriter to) {
        for (DataType type : CaseWriter.NUMERIC) {
            Tensor x = to.samples.distinct(type, 2, 3, 4);
            // Few values, so that there are ties.
            Tensor tied = to.samples.whole(type, 3, 8);
            for (long axis = -3; axis < 3; axis++) {
                to.add(type, Attributes.of("axis", axis), x);
                to.add(type, Attributes.of("axis", axis, "keepdims", 0), x);
            }
            to.add(type, to.samples.distinct(type, 6));
            to.add(type, Attributes.of("axis", 1), tied);
            to.add(type, Attributes.of("axis", 1, "select_last_index", 1), tied);
            to.add(type, Attributes.of("axis", 1, "select_last_index", 0), tied);
            to.add(
                    type,
                    Attributes.copyOf(Map.of("axis", 0, "select_last_index", 1, "keepdims", 0)),
                    to.samples.whole(type, 8, 2));
            to.add(type, Attributes.of("axis", 1), to.samples.distinct(type, 0, 3));
        }
    }

    static void softmax(CaseWriter to) {
        double[] large = {1000, 999, -1000, 998.5};
        for (DataType type : CaseWriter.FLOATING) {
            to.add(type, to.samples.any(type, 6));
            to.add(type, to.samples.any(type, 3, 4));
            to.add(type, to.samples.any(type, 0, 4));
            for (long axis = -4; axis < 4; axis++) {
                to.add(type, Attributes.of("axis", axis), to.samples.any(type, 2, 3, 1, 4));
            }
            to.add("large", type, Attributes.none(), Operand.input(Samples.exactly(type, large)));
        }
    }
}
