package io.maas.backend.tck;

import java.util.List;

/** Operators that move elements, or choose them by index. */
final class MoreMovement {
    private MoreMovement() {}

    static List<NdArray> of(Arguments in) {
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
            case SIZE -> List.of(Selecting.size(in.get(0)));
            default -> throw ReferenceEvaluator.unknown(in.node());
        };
    }
}
