package io.maas.graph;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Decompositions of activations and other operators that work element by element. */
final class ElementwiseDecompositions {
    private ElementwiseDecompositions() {}

    /** One value an output, or null where the operator is not written in others. */
    static @Nullable List<Value> of(GraphBuilder b, Node node) {
        return null;
    }
}
