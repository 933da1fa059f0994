package io.maas.graph;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Decompositions of recurrent layers, attention and dropout. */
final class SequenceDecompositions {
    private SequenceDecompositions() {}

    /** One value an output, or null where the operator is not written in others. */
    static @Nullable List<Value> of(GraphBuilder b, Node node) {
        return null;
    }
}
