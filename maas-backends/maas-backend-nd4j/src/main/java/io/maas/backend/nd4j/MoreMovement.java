package io.maas.backend.nd4j;

import io.maas.graph.Op;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Operators that move elements, or choose them by index. */
final class MoreMovement {
    /** Those that are written in simpler operators before anything runs. */
    static final Set<Op> DECOMPOSED =
            EnumSet.of(Op.DEPTH_TO_SPACE, Op.EINSUM, Op.EYE_LIKE, Op.REVERSE_SEQUENCE, Op.SPACE_TO_DEPTH);

    /** Those that are neither run here nor decomposed. */
    static final Set<Op> LACKING = EnumSet.of(
            Op.CUM_SUM,
            Op.GATHER_ELEMENTS,
            Op.GATHER_ND,
            Op.RANGE,
            Op.SCATTER_ELEMENTS,
            Op.SIZE,
            Op.SPLIT,
            Op.TILE,
            Op.TOP_K,
            Op.TRILU);

    private MoreMovement() {}

    static List<Array> of(Arguments in) {
        return switch (in.node().op()) {
            // Weights are made from sizes, which may be known only now.
            case RESIZE -> Lowered.run(in, 1);
            default ->
                throw new IllegalArgumentException(
                        "operator: " + in.node().op() + " (expected: one that was not refused)");
        };
    }
}
