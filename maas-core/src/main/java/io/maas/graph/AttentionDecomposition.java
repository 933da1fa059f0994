package io.maas.graph;

import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Scaled dot-product attention in products and a softmax.
 *
 * @see "Vaswani et al., Attention is all you need (2017), section 3.2.1"
 */
final class AttentionDecomposition {
    private final GraphBuilder b;
    private final Node node;

    private AttentionDecomposition(GraphBuilder builder, Node node) {
        this.b = builder;
        this.node = node;
    }

    static List<Value> write(GraphBuilder builder, Node node) {
        return new AttentionDecomposition(builder, node).run();
    }

    private List<Value> run() {
        Value q = heads(node.input(0), "q_num_heads");
        Value key = withPast(node.input(4), heads(node.input(1), "kv_num_heads"));
        Value value = withPast(node.input(5), heads(node.input(2), "kv_num_heads"));
        Value raw = b.matmul(b.mul(q, scale(q)), b.transpose(repeated(key, q), 0, 1, 3, 2));
        Value masked = masked(raw);
        Value capped = capped(masked);
        Value weights = b.softmax(capped, -1);
        Value mixed = b.matmul(weights, repeated(value, q));
        Value result = node.input(0).rank() == 4 ? mixed : b.reshape(b.transpose(mixed, 0, 2, 1, 3), 0, 0, -1);
        Value scores = switch ((int) node.attributes().longValue("qk_matmul_output_mode", 0)) {
            case 0 -> raw;
            case 1 -> masked;
            case 2 -> capped;
            default -> weights;
        };
        return List.of(result, key, value, scores).subList(0, node.outputs().size());
    }

    /** As {@code [batch, heads, length, size]}. */
    private Value heads(Value value, String attribute) {
        if (value.rank() == 4) {
            return value;
        }
        long heads = node.attributes().longValue(attribute, 0);
        return b.transpose(b.reshape(value, 0, 0, heads, -1), 0, 2, 1, 3);
    }

    private Value withPast(Value past, Value now) {
        return past.isOmitted() ? now : b.node(Op.CONCAT, Attributes.of("axis", 2), past, now);
    }

    private Value scale(Value q) {
        float given = node.attributes().floatValue("scale", 0);
        long size = q.shape().size(3);
        if (given != 0) {
            return b.scalar(given, q);
        }
        if (size != Shape.VARIABLE) {
            return b.scalar(1 / Math.sqrt((double) size), q);
        }
        Value last = b.node(Op.GATHER, Attributes.none(), b.shapeOf(q), b.constant(Tensor.scalar(3L)));
        return b.node(Op.RECIPROCAL, Attributes.none(), b.sqrt(b.cast(last, q.dataType())));
    }

    /** Each head of keys or values as often as there are heads of queries for it. */
    private Value repeated(Value value, Value q) {
        long heads = q.shape().size(1);
        long own = value.shape().size(1);
        if (heads == own) {
            return value;
        }
        Value spread = b.node(Op.EXPAND, Attributes.none(), b.unsqueeze(value, 2), b.longs(1, 1, heads / own, 1, 1));
        Value sizes = b.shapeOf(value);
        Value whole = b.node(
                Op.CONCAT,
                Attributes.of("axis", 0),
                b.node(Op.GATHER, Attributes.none(), sizes, b.longs(0)),
                b.longs(heads),
                b.node(Op.GATHER, Attributes.none(), sizes, b.longs(2, 3)));
        return b.reshape(spread, whole);
    }

    private Value masked(Value scores) {
        Value masked = scores;
        if (node.attributes().longValue("is_causal", 0) == 1) {
            masked = b.add(masked, b.where(visible(scores), b.scalar(0, scores), hidden(scores)));
        }
        Value mask = node.input(3);
        if (mask.isOmitted()) {
            return masked;
        }
        return b.add(
                masked, mask.dataType() == DataType.BOOL ? b.where(mask, b.scalar(0, scores), hidden(scores)) : mask);
    }

    private Value hidden(Value scores) {
        return b.scalar(Double.NEGATIVE_INFINITY, scores);
    }

    /** Where a query sees a key: those of the past, and those up to its own place. */
    private Value visible(Value scores) {
        Value shape = b.node(Op.GATHER, Attributes.none(), b.shapeOf(scores), b.longs(2, 3));
        Value ones = b.node(Op.CONSTANT_OF_SHAPE, Attributes.of("value", Tensor.of(new float[] {1})), shape);
        Value lower = lower(ones);
        return b.node(Op.GREATER, Attributes.none(), lower, b.scalar(0, lower));
    }

    private Value lower(Value ones) {
        Attributes below = Attributes.of("upper", 0);
        @Nullable Value before = past();
        return before == null ? b.node(Op.TRILU, below, ones) : b.node(Op.TRILU, below, ones, before);
    }

    private @Nullable Value past() {
        Value past = node.input(4);
        return past.isOmitted()
                ? null
                : b.node(Op.GATHER, Attributes.none(), b.shapeOf(past), b.constant(Tensor.scalar(2L)));
    }

    private Value capped(Value scores) {
        float cap = node.attributes().floatValue("softcap", 0);
        return cap == 0 ? scores : b.mul(b.tanh(b.mul(scores, 1.0 / cap)), (double) cap);
    }
}
