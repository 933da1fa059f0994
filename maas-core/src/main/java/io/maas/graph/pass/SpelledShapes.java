package io.maas.graph.pass;

import io.maas.graph.Attributes;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Shapes that an integer input spells out, where some of its elements are symbols of sizes. */
final class SpelledShapes {
    private SpelledShapes() {}

    /**
     * The shape of the node's output; null if the node has no such input, or general inference knows as much.
     *
     * @param inferred what general inference knows
     */
    static @Nullable Shape of(Node node, @Nullable Shape inferred, Sizes sizes) {
        if (node.op() == Op.NON_ZERO) {
            return nonZero(node, sizes);
        }
        if (node.op() == Op.RESIZE) {
            return resize(node, sizes);
        }
        if (node.op() == Op.SLICE) {
            return inferred == null ? null : slice(node, inferred, sizes);
        }
        if (node.op() == Op.RESIZE) {
            return resize(node, sizes);
        }
        if (node.op() == Op.SLICE) {
            return inferred == null ? null : slice(node, inferred, sizes);
        }
        int place = node.op() == Op.CONSTANT_OF_SHAPE ? 0 : 1;
        boolean spelled = node.op() == Op.RESHAPE || node.op() == Op.EXPAND || node.op() == Op.CONSTANT_OF_SHAPE;
        Object[] target = spelled ? sizes.numbers(node.input(place)) : null;
        if (target == null || sizes.tensor(node.input(place)) != null || target.length > Shape.MAX_RANK) {
            return null;
        }
        if (node.op() == Op.RESHAPE) {
            return reshape(node, target);
        }
        for (Object size : target) {
            if (size instanceof Long number && number < 0) {
                return null;
            }
        }
        Shape wanted = Shape.symbolic(target);
        return node.op() == Op.CONSTANT_OF_SHAPE ? wanted : broadcast(node.input(0), wanted);
    }

    private static @Nullable Shape nonZero(Node node, Sizes sizes) {
        Shape list = sizes.shape(node.input(0));
        Object[] places = Integers.nonZero(sizes.longs(node.input(0)));
        return places == null || list == null || list.rank() != 1 ? null : Shape.of(1, places.length);
    }

    /** To sizes of some axes, or of all in their order. */
    private static @Nullable Shape resize(Node node, Sizes sizes) {
        Object[] wanted = sizes.numbers(node.input(3));
        Shape from = sizes.shape(node.input(0));
        String policy = node.attributes().string("keep_aspect_ratio_policy", "stretch");
        long[] axes = node.attributes().longs("axes");
        boolean fits = wanted != null
                && from != null
                && wanted.length > 0
                && wanted.length == (axes == null ? from.rank() : axes.length);
        if (!fits || !policy.equals("stretch")) {
            return null;
        }
        Object[] result = Objects.requireNonNull(from).dimensions();
        for (int i = 0; i < Objects.requireNonNull(wanted).length; i++) {
            int axis = axes == null ? i : (int) axes[i];
            result[axis < 0 ? axis + result.length : axis] = wanted[i];
        }
        return Shape.symbolic(result);
    }

    /**
     * From the first element to a symbol. That is all of an axis of this size, and as much of a longer table: a run in which the
     * table is not that long fails at the operator that combines the two.
     */
    private static @Nullable Shape slice(Node node, Shape inferred, Sizes sizes) {
        Shape from = sizes.shape(node.input(0));
        Object[] starts = sizes.numbers(node.input(1));
        Object[] ends = sizes.numbers(node.input(2));
        long[] axes = sizes.longs(node.input(3));
        long[] steps = sizes.longs(node.input(4));
        boolean whole = node.input(4).isOmitted()
                || (steps != null && Arrays.stream(steps).allMatch(step -> step == 1));
        if (from == null
                || starts == null
                || ends == null
                || !whole
                || (axes == null && !node.input(3).isOmitted())) {
            return null;
        }
        Object[] result = inferred.dimensions();
        for (int i = 0; i < Math.min(starts.length, ends.length); i++) {
            int axis = axes == null ? i : (int) axes[i];
            axis = axis < 0 ? axis + result.length : axis;
            boolean longEnough = sizes.isBelieving() && from.size(axis) > 1;
            boolean fits = longEnough || from.dimension(axis).equals(ends[i]);
            if (ends[i] instanceof String && starts[i].equals(0L) && fits) {
                result[axis] = ends[i];
            }
        }
        return Shape.symbolic(result);
    }

    /** What {@code x} has after being stretched to a shape; of the sizes that this leaves open nothing is known. */
    private static @Nullable Shape broadcast(Value x, Shape wanted) {
        if (!x.hasShape()) {
            return null;
        }
        Node sum = new Node(
                Op.ADD,
                "",
                Op.ADD.onnxName(),
                "",
                List.of(new Value("a", DataType.FLOAT32, x.shape()), new Value("b", DataType.FLOAT32, wanted)),
                List.of(new Value("c", null, null)),
                Attributes.none());
        Value made = Inference.derived(sum, value -> null).get(0);
        return made.hasShape() ? made.shape() : null;
    }

    private static @Nullable Shape reshape(Node node, Object[] target) {
        if (!node.input(0).hasShape()) {
            return null;
        }
        Shape from = node.input(0).shape();
        Object[] wanted = target.clone();
        int open = -1;
        for (int i = 0; i < wanted.length; i++) {
            if (wanted[i].equals(0L) && node.attributes().longValue("allowzero", 0) == 0) {
                wanted[i] = i < from.rank() ? from.dimension(i) : Shape.UNKNOWN;
            }
            if (wanted[i].equals(-1L) || wanted[i].equals(Shape.UNKNOWN)) {
                wanted[i] = Shape.UNKNOWN;
                open = open == -1 ? i : -2;
            }
        }
        if (open >= 0) {
            wanted[open] = rest(from, wanted, open);
        }
        return Shape.symbolic(wanted);
    }

    /** The size at the open place: all of {@code from} divided by the other sizes, if symbols and numbers come out even. */
    private static Object rest(Shape from, Object[] wanted, int open) {
        List<Object> symbols = new ArrayList<>();
        long number = 1;
        for (Object size : from.dimensions()) {
            if (size instanceof Long factor) {
                number *= factor;
            } else {
                symbols.add(size);
            }
        }
        long divisor = 1;
        for (int i = 0; i < wanted.length; i++) {
            if (i != open && wanted[i] instanceof Long factor) {
                divisor *= factor;
            } else if (i != open && !symbols.remove(wanted[i])) {
                return Shape.UNKNOWN;
            }
        }
        boolean even = divisor > 0 && number > 0 && number % divisor == 0;
        if (symbols.isEmpty()) {
            return even ? (Object) (number / divisor) : Shape.UNKNOWN;
        }
        return symbols.size() == 1 && even && number == divisor ? symbols.get(0) : Shape.UNKNOWN;
    }
}
