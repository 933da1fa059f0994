package io.maas.graph;

import io.maas.error.GraphException;
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

    Shape depthToSpace() {
        Shape x = image();
        long block = block();
        Object depth = divided(x, 1, block * block);
        return Shape.symbolic(x.dimension(0), depth, times(x.dimension(2), block), times(x.dimension(3), block));
    }

    Shape spaceToDepth() {
        Shape x = image();
        long block = block();
        Object depth = times(x.dimension(1), block * block);
        return Shape.symbolic(x.dimension(0), depth, divided(x, 2, block), divided(x, 3, block));
    }

    private Shape image() {
        Shape x = shape(0);
        if (x.rank() != 4) {
            throw mismatch("[batch, channels, height, width]", x);
        }
        return x;
    }

    private long block() {
        long block = node.attributes().longValue("blocksize", 0);
        String mode = node.attributes().string("mode", "DCR");
        if (block < 1 || !(mode.equals("DCR") || mode.equals("CRD"))) {
            throw new GraphException(node.title() + ": blocksize " + block + ", mode " + mode
                    + " (expected: blocksize >= 1, mode DCR or CRD)");
        }
        return block;
    }

    private static Object times(Object size, long factor) {
        return factor == 1 ? size : size instanceof Long number ? (Object) (number * factor) : Shape.UNKNOWN;
    }

    private Object divided(Shape x, int axis, long divisor) {
        if (!(x.dimension(axis) instanceof Long size)) {
            return divisor == 1 ? x.dimension(axis) : Shape.UNKNOWN;
        }
        if (size % divisor != 0) {
            throw mismatch("a multiple of " + divisor + " at axis " + axis, x);
        }
        return size / divisor;
    }

    Shape eyeLike() {
        if (shape(0).rank() != 2) {
            throw mismatch("two axes", shape(0));
        }
        return shape(0);
    }

    Shape reverseSequence() {
        Shape x = shape(0);
        Shape lengths = shape(1);
        long batch = node.attributes().longValue("batch_axis", 1);
        long time = node.attributes().longValue("time_axis", 0);
        if (Math.min(batch, time) != 0 || Math.max(batch, time) != 1) {
            throw new GraphException(node.title() + ": batch_axis " + batch + ", time_axis " + time
                    + " (expected: 0 and 1, in either order)");
        }
        if (x.rank() < 2 || lengths.rank() != 1) {
            throw mismatch("two axes or more, and a length for each element of the batch", x, lengths);
        }
        sameSize(x, (int) batch, lengths, 0, "a length for each element of the batch, which is axis " + batch);
        return x;
    }

    Shape resize() {
        return new Resampling(node, this::constant).shape();
    }
}
