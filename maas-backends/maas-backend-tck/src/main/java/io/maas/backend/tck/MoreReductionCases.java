package io.maas.backend.tck;

import io.maas.backend.tck.OperatorCase.Operand;
import io.maas.graph.Attributes;
import io.maas.graph.Op;
import io.maas.tensor.DataType;
import java.util.List;

/** Cases of reductions by a formula. */
final class MoreReductionCases {
    private MoreReductionCases() {}

    static void of(CaseWriter to) {
        switch (to.op()) {
            case ARG_MIN -> ReductionCases.argMax(to);
            case REDUCE_LOG_SUM -> {
                ReductionCases.reduce(to, (type, shape) -> to.samples.between(1, 5, type, shape));
                ReductionCases.empty(to, CaseWriter.FLOATING);
            }
            case REDUCE_LOG_SUM_EXP -> {
                ReductionCases.reduce(to, to.samples::any);
                extremes(to);
            }
            case REDUCE_MIN -> ReductionCases.reduce(to, to.samples::any);
            default -> {
                ReductionCases.reduce(to, to.samples::any);
                ReductionCases.empty(to, CaseWriter.NUMERIC);
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
}
