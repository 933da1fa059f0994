package io.maas.graph.pass;

import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Leaves out nodes that change nothing: copies, casts to the same type, reshapings to the same shape, transpositions that cancel,
 * products with 1, copies stretched for an element-wise node. The results are the same bits; so {@code x + 0} stays, which turns -0 into 0.
 */
final class Simplification implements Pass {
    @Override
    public Graph apply(Graph graph) {
        Sizes sizes = Sizes.of(graph);
        return Sweep.run(graph, (node, sweep) -> {
            if (node.op() == Op.TRANSPOSE) {
                return transpose(node, sweep);
            }
            Value same = equal(node, sizes, sweep);
            return same == null ? narrowed(node, sizes, sweep) : List.of(same);
        });
    }

    /** The value before the node that the node's output equals, or null. */
    private static @Nullable Value equal(Node node, Sizes sizes, Sweep sweep) {
        Value x = node.input(0);
        return switch (node.op()) {
            case IDENTITY -> x;
            case CAST -> isOfType(x, node.attributes().string("to", "")) ? x : null;
            case RESHAPE, FLATTEN, SQUEEZE, UNSQUEEZE -> sameShape(node, sizes, sweep);
            case EXPAND -> sizes.shape(x) != null && sameShape(x, node, sizes) ? x : null;
            case CONCAT, MAX, MIN -> node.inputs().size() == 1 ? x : null;
            case MUL -> neutral(node, 1, sizes, sweep);
            case DIV, POW -> isNumber(node.input(1), 1, sweep) && sameShape(x, node, sizes) ? x : null;
            case SUB -> isNumber(node.input(1), 0, sweep) && sameShape(x, node, sizes) ? x : null;
            case NEG -> inner(x, Op.NEG, sweep);
            case REDUCE_SUM, REDUCE_MEAN, REDUCE_MAX, REDUCE_MIN -> isOverNothing(node, sweep) ? x : null;
            case RELU -> sweep.producer(x, Op.RELU) != null ? x : null;
            default -> null;
        };
    }

    private static boolean isOfType(Value x, String name) {
        return x.hasDataType() && x.dataType().name().equals(name);
    }

    private static boolean isOverNothing(Node reduction, Sweep sweep) {
        Tensor axes = sweep.constant(reduction.input(1));
        return axes != null && axes.elements() == 0 && reduction.attributes().longValue("noop_with_empty_axes", 0) == 1;
    }

    private static @Nullable Value inner(Value x, Op op, Sweep sweep) {
        Node before = sweep.producer(x, op);
        return before == null ? null : before.input(0);
    }

    private static boolean sameShape(Value x, Node node, Sizes sizes) {
        Shape shape = sizes.shape(x);
        return shape != null && shape.equals(sizes.shape(node.output()));
    }

    /** Reshapings keep the order of elements: whatever stands before a row of them and has the last one's shape equals it. */
    private static @Nullable Value sameShape(Node node, Sizes sizes, Sweep sweep) {
        @Nullable Node at = node;
        while (at != null) {
            Value before = at.input(0);
            if (sameShape(before, node, sizes)) {
                return before;
            }
            Node producer = sweep.producer(before);
            at = producer != null && isReshaping(producer.op()) ? producer : null;
        }
        return null;
    }

    private static boolean isReshaping(Op op) {
        return op == Op.RESHAPE || op == Op.FLATTEN || op == Op.SQUEEZE || op == Op.UNSQUEEZE;
    }

    private static @Nullable Value neutral(Node node, double number, Sizes sizes, Sweep sweep) {
        Value left = node.input(0);
        Value right = node.input(1);
        if (isNumber(right, number, sweep) && sameShape(left, node, sizes)) {
            return left;
        }
        return isNumber(left, number, sweep) && sameShape(right, node, sizes) ? right : null;
    }

    private static boolean isNumber(Value value, double number, Sweep sweep) {
        Tensor tensor = sweep.constant(value);
        if (tensor == null || tensor.elements() != 1) {
            return false;
        }
        boolean numeric = tensor.dataType().isFloating() || tensor.dataType().isInteger();
        // Zero with the other sign is another number here: x - (-0.0) turns -0 into 0.
        return numeric && Double.compare(tensor.item(), number) == 0;
    }

    /** An element-wise node that stretches an input by itself, in place of one that reads a stretched copy of it. */
    private static List<Value> narrowed(Node node, Sizes sizes, Sweep sweep) {
        boolean stretches = node.op() == Op.ADD || node.op() == Op.SUB || node.op() == Op.MUL || node.op() == Op.DIV;
        for (int side = 0; stretches && side < 2; side++) {
            Node stretched = sweep.producer(node.input(side), Op.EXPAND);
            Value other = node.input(1 - side);
            if (stretched != null && sameShape(other, node, sizes)) {
                Value x = stretched.input(0);
                return List.of(
                        side == 0
                                ? sweep.node(node.op(), node.attributes(), x, other)
                                : sweep.node(node.op(), node.attributes(), other, x));
            }
        }
        return List.of();
    }

    private static List<Value> transpose(Node node, Sweep sweep) {
        long[] order = order(node);
        Node before = sweep.producer(node.input(0), Op.TRANSPOSE);
        if (order == null) {
            return List.of();
        }
        if (isInOrder(order)) {
            return List.of(node.input(0));
        }
        long[] first = before == null ? null : order(before);
        if (before == null || first == null || first.length != order.length) {
            return List.of();
        }
        long[] both = Arrays.stream(order).map(axis -> first[(int) axis]).toArray();
        return List.of(
                isInOrder(both)
                        ? before.input(0)
                        : sweep.node(
                                Op.TRANSPOSE,
                                Attributes.of(
                                        "perm", Arrays.stream(both).boxed().toList()),
                                before.input(0)));
    }

    private static boolean isInOrder(long[] order) {
        return Arrays.equals(order, LongStream.range(0, order.length).toArray());
    }

    /** The axes in their new order, or null if not known. */
    static long @Nullable [] order(Node transpose) {
        long[] order = transpose.attributes().longs("perm");
        if (order != null || !transpose.input(0).hasShape()) {
            return order;
        }
        int rank = transpose.input(0).rank();
        return LongStream.range(0, rank).map(axis -> rank - 1 - axis).toArray();
    }
}
