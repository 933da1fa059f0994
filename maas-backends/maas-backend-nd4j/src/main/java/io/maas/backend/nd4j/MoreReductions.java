package io.maas.backend.nd4j;

import io.maas.graph.Op;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Reductions that are written in others, and those that are run beside {@link Reductions}. */
final class MoreReductions {
    /** Those that are written in simpler operators before anything runs. */
    static final Set<Op> DECOMPOSED =
            EnumSet.of(Op.REDUCE_L1, Op.REDUCE_L2, Op.REDUCE_LOG_SUM, Op.REDUCE_LOG_SUM_EXP, Op.REDUCE_SUM_SQUARE);

    /** Those that are neither run here nor decomposed. */
    static final Set<Op> LACKING = EnumSet.noneOf(Op.class);

    private MoreReductions() {}

    static List<Array> of(Arguments in) {
        return List.of(
                switch (in.node().op()) {
                    case ARG_MIN -> Reductions.argMin(in);
                    case REDUCE_MIN -> Reductions.min(in);
                    case REDUCE_PROD -> Reductions.product(in);
                    default ->
                        throw new IllegalArgumentException(
                                "operator: " + in.node().op() + " (expected: one that was not refused)");
                });
    }
}
