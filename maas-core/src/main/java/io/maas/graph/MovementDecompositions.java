package io.maas.graph;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Decompositions of operators that move elements. */
final class MovementDecompositions {
    private MovementDecompositions() {}

    /** One value an output, or null where the operator is not written in others. */
    static @Nullable List<Value> of(GraphBuilder b, Node node) {
        RearrangingDecompositions rules = new RearrangingDecompositions(b, node);
        return switch (node.op()) {
            case DEPTH_TO_SPACE -> List.of(rules.depthToSpace());
            case EINSUM -> List.of(EinsumDecomposition.of(b, node));
            case EYE_LIKE -> List.of(rules.eyeLike());
            case RESIZE -> {
                Value resized = rules.resize();
                yield resized == null ? null : List.of(resized);
            }
            case REVERSE_SEQUENCE -> List.of(rules.reverseSequence());
            case SPACE_TO_DEPTH -> List.of(rules.spaceToDepth());
            default -> null;
        };
    }
}
