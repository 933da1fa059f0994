package io.maas.backend.tck;

import java.util.List;

/** Operators that move elements, or choose them by index. */
final class MoreMovement {
    private MoreMovement() {}

    static List<NdArray> of(Arguments in) {
        return switch (in.node().op()) {
            case EINSUM -> List.of(Einsum.of(in));
            case DEPTH_TO_SPACE -> List.of(Rearranging.depthToSpace(in));
            case EYE_LIKE -> List.of(Rearranging.eyeLike(in));
            case RESIZE -> List.of(Resizing.of(in));
            case REVERSE_SEQUENCE -> List.of(Rearranging.reverseSequence(in));
            case SPACE_TO_DEPTH -> List.of(Rearranging.spaceToDepth(in));
            default -> throw ReferenceEvaluator.unknown(in.node());
        };
    }
}
