package io.maas.backend.nd4j;

import io.maas.graph.Op;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Reductions. */
final class MoreReductions {
    /** Those that are written in simpler operators before anything runs. */
    static final Set<Op> DECOMPOSED = EnumSet.noneOf(Op.class);

    /** Those that are neither run here nor decomposed. */
    static final Set<Op> LACKING = EnumSet.of(
            Op.ARG_MIN,
            Op.REDUCE_L1,
            Op.REDUCE_L2,
            Op.REDUCE_LOG_SUM,
            Op.REDUCE_LOG_SUM_EXP,
            Op.REDUCE_MIN,
            Op.REDUCE_PROD,
            Op.REDUCE_SUM_SQUARE);

    private MoreReductions() {}

    static List<Array> of(Arguments in) {
        throw new IllegalArgumentException("operator: " + in.node().op() + " (expected: one that was not refused)");
    }
}
