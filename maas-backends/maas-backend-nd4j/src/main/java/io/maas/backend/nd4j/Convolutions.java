package io.maas.backend.nd4j;

import io.maas.graph.Op;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Convolutions and pools. */
final class Convolutions {
    /** Those that are written in simpler operators before anything runs. */
    static final Set<Op> DECOMPOSED = EnumSet.noneOf(Op.class);

    /** Those that are neither run here nor decomposed. */
    static final Set<Op> LACKING = EnumSet.of(
            Op.AVERAGE_POOL,
            Op.CONV,
            Op.CONV_TRANSPOSE,
            Op.GLOBAL_AVERAGE_POOL,
            Op.GLOBAL_LP_POOL,
            Op.GLOBAL_MAX_POOL,
            Op.LP_POOL,
            Op.MAX_POOL);

    private Convolutions() {}

    static List<Array> of(Arguments in) {
        throw new IllegalArgumentException("operator: " + in.node().op() + " (expected: one that was not refused)");
    }
}
