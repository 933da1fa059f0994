package io.maas.graph;

import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Decompositions of reductions: into sums and greatest elements. */
final class ReductionDecompositions {
    private final GraphBuilder b;
    private final Node node;
    private final Value x;

    private ReductionDecompositions(GraphBuilder b, Node node) {
        this.b = b;
        this.node = node;
        this.x = node.input(0);
    }

    /** One value an output, or null where the operator is not written in others. */
    static @Nullable List<Value> of(GraphBuilder b, Node node) {
        Value made = new ReductionDecompositions(b, node).write();
        return made == null ? null : List.of(made);
    }

    private @Nullable Value write() {
        return switch (node.op()) {
            case REDUCE_L1 -> sum(b.node(Op.ABS, Attributes.none(), x));
            case REDUCE_SUM_SQUARE -> sum(b.mul(x, x));
            case REDUCE_L2 -> {
                Value wide = wide();
                yield narrow(b.sqrt(sum(b.mul(wide, wide))));
            }
            case REDUCE_LOG_SUM -> narrow(b.log(sum(wide())));
            case REDUCE_LOG_SUM_EXP -> narrow(logSumExp(wide()));
            default -> null;
        };
    }

    /** Integers as float64; the result is cut back to them. */
    private Value wide() {
        return x.dataType().isFloating() ? x : b.cast(x, DataType.FLOAT64);
    }

    private Value narrow(Value value) {
        return b.cast(value, x.dataType());
    }

    private Value sum(Value value) {
        return reduce(b, node, Op.REDUCE_SUM, value, keepsAxes(node));
    }

    /** With the greatest element taken off first, unless that is infinite, so that no exponential overflows. */
    private Value logSumExp(Value value) {
        Value most = reduce(b, node, Op.REDUCE_MAX, value, true);
        Value infinity = b.scalar(Double.POSITIVE_INFINITY, value);
        Value isInfinite = b.equal(b.node(Op.ABS, Attributes.none(), most), infinity);
        Value finite = b.where(isInfinite, b.scalar(0, value), most);
        Value rest = b.log(sum(b.exp(b.sub(value, finite))));
        return b.add(rest, keepsAxes(node) ? finite : reduce(b, node, Op.REDUCE_MAX, finite, false));
    }

    static boolean keepsAxes(Node node) {
        return node.attributes().longValue("keepdims", 1) == 1;
    }

    /** Another reduction along the axes of a node. */
    static Value reduce(GraphBuilder b, Node node, Op op, Value value, boolean keepAxes) {
        long[] axes = node.attributes().longs("axes");
        Map<String, Object> attributes = new HashMap<>();
        attributes.put("keepdims", keepAxes ? 1 : 0);
        attributes.put("noop_with_empty_axes", node.attributes().longValue("noop_with_empty_axes", 0));
        if (axes != null && (op == Op.REDUCE_SUM || b.opset() >= 18)) {
            return b.node(op, Attributes.copyOf(attributes), value, b.constant(Tensor.of(axes)));
        }
        if (axes != null) {
            attributes.put("axes", node.attributes().asMap().get("axes"));
        }
        if (op != Op.REDUCE_SUM && b.opset() < 18) {
            attributes.remove("noop_with_empty_axes");
        }
        return node.input(1).isOmitted()
                ? b.node(op, Attributes.copyOf(attributes), value)
                : b.node(op, Attributes.copyOf(attributes), value, node.input(1));
    }
}
