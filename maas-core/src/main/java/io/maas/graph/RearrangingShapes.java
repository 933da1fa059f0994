package io.maas.graph;

import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Shapes of operators that put axes together, apart, or at other sizes. */
final class RearrangingShapes extends ShapeRules {
    RearrangingShapes(Node node, Function<Value, @Nullable Tensor> constants) {
        super(node, constants);
    }

    Shape einsum() {
        EinsumEquation equation = EinsumEquation.of(node);
        Map<Integer, Object> sizes = new HashMap<>();
        Map<Integer, Shape> from = new HashMap<>();
        for (int i = 0; i < node.inputs().size(); i++) {
            Shape shape = shape(i);
            List<Integer> labels = equation.input(i);
            for (int axis = 0; axis < shape.rank(); axis++) {
                int label = labels.get(axis);
                Shape other = from.getOrDefault(label, shape);
                Object size = shape.dimension(axis);
                Object known = sizes.getOrDefault(label, size);
                sizes.put(label, label < 0 ? broadcast(known, size, other, shape) : same(known, size, other, shape));
                from.put(label, shape);
            }
        }
        return Shape.symbolic(equation.output().stream().map(sizes::get).toArray());
    }

    /** One of two sizes that are equal: a number rather than a symbol. */
    private Object same(Object left, Object right, Shape a, Shape b) {
        if (left instanceof Long && right instanceof Long && !left.equals(right)) {
            String equation = node.attributes().string("equation", "");
            throw mismatch("equal sizes where letters of the equation " + equation + " are equal", a, b);
        }
        return left instanceof Long || right.equals(Shape.UNKNOWN) ? left : right;
    }
}
