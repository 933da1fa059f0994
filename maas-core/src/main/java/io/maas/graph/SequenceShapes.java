package io.maas.graph;

import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Shapes of recurrent layers and of attention. */
final class SequenceShapes extends ShapeRules {
    SequenceShapes(Node node, Function<Value, @Nullable Tensor> constants) {
        super(node, constants);
    }

    @Nullable
    Shape recurrent(int output) {
        return null;
    }

    @Nullable
    Shape lstm(int output) {
        return null;
    }

    @Nullable
    Shape attention(int output) {
        return null;
    }
}
