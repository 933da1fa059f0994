package io.maas.graph;

import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Shapes of convolutions and pools. */
final class ConvolutionShapes extends ShapeRules {
    ConvolutionShapes(Node node, Function<Value, @Nullable Tensor> constants) {
        super(node, constants);
    }

    @Nullable
    Shape conv() {
        return null;
    }

    @Nullable
    Shape convTranspose() {
        return null;
    }

    @Nullable
    Shape globalPool() {
        return null;
    }

    @Nullable
    Shape lpPool() {
        return null;
    }

    @Nullable
    Shape averagePool() {
        return null;
    }

    @Nullable
    Shape maxPool(int output) {
        return null;
    }
}
