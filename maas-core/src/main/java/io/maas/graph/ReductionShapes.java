package io.maas.graph;

import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Shapes of operators that make one of many along axes. */
final class ReductionShapes extends ShapeRules {
    ReductionShapes(Node node, Function<Value, @Nullable Tensor> constants) {
        super(node, constants);
    }

    @Nullable
    Shape reduce() {
        Shape from = node.input(0).shape();
        boolean keep = node.attributes().longValue("keepdims", 1) == 1;
        Value axesInput = node.input(1);
        long[] axes = node.attributes().longs("axes");
        if (!axesInput.isOmitted()) {
            Tensor constant = constant(axesInput);
            if (constant == null) {
                Object[] unknown = new Object[from.rank()];
                Arrays.fill(unknown, Shape.UNKNOWN);
                return keep ? Shape.symbolic(unknown) : null;
            }
            axes = integers(constant);
        }
        if (axes == null || axes.length == 0) {
            if (node.attributes().longValue("noop_with_empty_axes", 0) == 1) {
                return from;
            }
            axes = IntStream.range(0, from.rank()).asLongStream().toArray();
        }
        return reduced(from, axes, keep);
    }

    Shape reduced(Shape from, long[] axes, boolean keep) {
        boolean[] gone = marked(axes, from.rank());
        List<Object> sizes = new ArrayList<>();
        for (int i = 0; i < from.rank(); i++) {
            if (!gone[i]) {
                sizes.add(from.dimension(i));
            } else if (keep) {
                sizes.add(1L);
            }
        }
        return Shape.symbolic(sizes.toArray());
    }
}
