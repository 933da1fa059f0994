package io.maas.graph;

import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Shapes of what goes from floating-point numbers to integers of few bits and back. */
final class QuantizationShapes extends ShapeRules {
    QuantizationShapes(Node node, Function<Value, @Nullable Tensor> constants) {
        super(node, constants);
    }

    /** That of the first input, if the scales fit it. */
    Shape scaled() {
        Shape x = shape(0);
        Shape scale = shape(1);
        long block = node.attributes().longValue("block_size", 0);
        if (block > 0) {
            if (scale.rank() != x.rank()) {
                throw mismatch("as many axes of scales as of values, as there is a scale a block", x, scale);
            }
        } else if (scale.rank() == 1 && scale.size(0) != 1) {
            int axis = axis(node.attributes().longValue("axis", 1), x.rank());
            sameSize(x, axis, scale, 0, "a scale for each place of axis " + axis);
        } else if (scale.rank() > 1) {
            throw mismatch("scales of at most one axis", scale);
        }
        return x;
    }
}
