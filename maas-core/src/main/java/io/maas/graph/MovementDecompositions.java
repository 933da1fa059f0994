package io.maas.graph;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Decompositions of operators that move elements. */
final class MovementDecompositions {
    private MovementDecompositions() {}

    /** One value an output, or null where the operator is not written in others. */
    static @Nullable List<Value> of(GraphBuilder b, Node node) {
        return switch (node.op()) {
            case EINSUM -> List.of(EinsumDecomposition.of(b, node));
            default -> null;
        };
    }
}
