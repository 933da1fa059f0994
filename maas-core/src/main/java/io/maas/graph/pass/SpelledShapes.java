package io.maas.graph.pass;

import io.maas.graph.Attributes;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Shapes that an integer input spells out, where some of its elements are symbols of sizes. */
final class SpelledShapes {
    private SpelledShapes() {}

    /** The shape of the node's output; null if the node has no such input, or general inference knows as much. */
    static @Nullable Shape of(Node node, Sizes sizes) {
        if (node.op() == Op.NON_ZERO) {
            return nonZero(node, sizes);
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
