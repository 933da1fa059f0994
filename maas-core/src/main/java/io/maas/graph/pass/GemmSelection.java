package io.maas.graph.pass;

import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Products of matrices as Gemm: a transposition before one becomes its flag, a bias added behind it its third input. The
 * engine may sum up in another order, so results differ by rounding.
 */
final class GemmSelection {
    private final Sizes sizes;

    private GemmSelection(Sizes sizes) {
        this.sizes = sizes;
    }

    static Graph select(Graph graph) {
        return Sweep.run(graph, new GemmSelection(Sizes.of(graph))::rewrite);
    }

    private List<Value> rewrite(Node node, Sweep sweep) {
        return switch (node.op()) {
            case MATMUL, GEMM -> product(node, sweep);
            case ADD -> sum(node, sweep);
            default -> List.of();
        };
    }

    private List<Value> product(Node node, Sweep sweep) {
        Value a = flipped(node.input(0), sweep);
        Value b = flipped(node.input(1), sweep);
        boolean flips = !a.equals(node.input(0)) || !b.equals(node.input(1));
        if (!flips || !isProduct(node)) {
            return List.of();
        }
        Map<String, Object> attributes = new HashMap<>(node.attributes().asMap());
        attributes.put("transA", flag(node, "transA", !a.equals(node.input(0))));
        attributes.put("transB", flag(node, "transB", !b.equals(node.input(1))));
        return List.of(gemm(sweep, attributes, a, b, node.input(2)));
    }

    private static long flag(Node node, String name, boolean flip) {
        return node.attributes().longValue(name, 0) ^ (flip ? 1 : 0);
    }

    private static Value gemm(Sweep sweep, Map<String, Object> attributes, Value a, Value b, Value c) {
        return c.isOmitted()
                ? sweep.node(Op.GEMM, Attributes.copyOf(attributes), a, b)
                : sweep.node(Op.GEMM, Attributes.copyOf(attributes), a, b, c);
    }

    /** What stands before the transposition of a matrix, or the value itself. */
    private static Value flipped(Value value, Sweep sweep) {
        Node transpose = sweep.producer(value, Op.TRANSPOSE);
        long[] order = transpose == null ? null : Simplification.order(transpose);
        return transpose != null && Arrays.equals(order, new long[] {1, 0}) ? transpose.input(0) : value;
    }

    private List<Value> sum(Node node, Sweep sweep) {
        for (int side = 0; side < 2; side++) {
            Value c = node.input(1 - side);
            Node product = bare(node.input(side), sweep);
            if (product != null && !c.equals(node.input(side)) && isBias(c, node) && keepsShape(node, side)) {
                Map<String, Object> attributes =
                        new HashMap<>(product.attributes().asMap());
                attributes.put("beta", 1f);
                return List.of(gemm(sweep, attributes, product.input(0), product.input(1), c));
            }
        }
        return List.of();
    }

    /** The product of two matrices that makes a value, to which nothing is added yet and which no one else reads. */
    private @Nullable Node bare(Value value, Sweep sweep) {
        Node node = sweep.producer(value);
        if (node == null || sweep.uses(value) != 1 || sweep.isPinned(value)) {
            return null;
        }
        boolean product =
                node.op() == Op.MATMUL || (node.op() == Op.GEMM && node.input(2).isOmitted());
        return product && isProduct(node) ? node : null;
    }

    private boolean isProduct(Node node) {
        return isMatrix(node.input(0)) && isMatrix(node.input(1));
    }

    /** Engines have Gemm for these types. */
    private boolean isMatrix(Value value) {
        Shape shape = sizes.shape(value);
        boolean typed =
                value.hasDataType() && (value.dataType() == DataType.FLOAT32 || value.dataType() == DataType.FLOAT64);
        return typed && shape != null && shape.rank() == 2;
    }

    /** Less than a whole matrix: to add one saves little, and would tie the state of an update to the gradient it is added to. */
    private boolean isBias(Value value, Node sum) {
        Shape shape = sizes.shape(value);
        return shape != null && shape.rank() <= 2 && !shape.equals(sizes.shape(sum.output()));
    }

    private boolean keepsShape(Node sum, int side) {
        Shape shape = sizes.shape(sum.input(side));
        return shape != null && shape.equals(sizes.shape(sum.output()));
    }
}
