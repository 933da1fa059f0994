package io.maas.graph;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Decompositions of normalizations. */
final class NormalizationDecompositions {
    private NormalizationDecompositions() {}

    /** One value an output, or null where the operator is not written in others. */
    static @Nullable List<Value> of(GraphBuilder b, Node node) {
        return null;
    }
}
