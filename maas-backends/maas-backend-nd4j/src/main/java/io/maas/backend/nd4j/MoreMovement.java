package io.maas.backend.nd4j;

import io.maas.graph.Op;
import io.maas.tensor.DataType;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Operators that move elements, or choose them by index. */
final class MoreMovement {
    /** Those that are written in simpler operators before anything runs. */
    static final Set<Op> DECOMPOSED = EnumSet.noneOf(Op.class);

    /** Those that are neither run here nor decomposed. */
    static final Set<Op> LACKING =
            EnumSet.of(Op.DEPTH_TO_SPACE, Op.EINSUM, Op.EYE_LIKE, Op.RESIZE, Op.REVERSE_SEQUENCE, Op.SPACE_TO_DEPTH);

    private MoreMovement() {}

    static List<Array> of(Arguments in) {
        return switch (in.node().op()) {
            case SPLIT -> Selecting.split(in);
            case TOP_K -> Selecting.topK(in);
            case TILE -> List.of(Selecting.tile(in));
            case GATHER_ELEMENTS -> List.of(Selecting.gatherElements(in));
            case GATHER_ND -> List.of(Selecting.gatherNd(in));
            case SCATTER_ELEMENTS -> List.of(Selecting.scatterElements(in));
            case TRILU -> List.of(Selecting.trilu(in));
            case CUM_SUM -> List.of(Selecting.cumSum(in));
            case RANGE -> List.of(Selecting.range(in));
            case SIZE ->
                List.of(in.bench().longs(DataType.INT64, new long[] {in.get(0).elements()}));
            default ->
                throw new IllegalArgumentException(
                        "operator: " + in.node().op() + " (expected: one that was not refused)");
        };
    }
}
