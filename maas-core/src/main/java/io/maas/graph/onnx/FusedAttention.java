package io.maas.graph.onnx;

import io.maas.graph.Attributes;
import io.maas.graph.Op;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Attention over several heads: {@code softmax(scale q k^T + mask) v}, with {@code q [batch, heads, length, size]} and
 * {@code k}, {@code v} of the same shape but for their own length. Keys that a mask hides get {@code mask_filter_value}
 * added, those behind the query the lowest number of the type.
 *
 * @see "Vaswani et al., Attention Is All You Need (2017), section 3.2"
 */
final class FusedAttention {
    private final FusedNode node;
    private final DataType type;
    private final long heads;
    /** What is added to each score, to be broadcast to {@code [batch, heads, length, keys]}; empty if nothing is. */
    private String bias = "";

    private FusedAttention(FusedNode node, DataType type, long heads) {
        this.node = node;
        this.type = type;
        this.heads = heads;
    }

    private static @Nullable FusedAttention of(FusedNode node) {
        DataType type = node.type(0);
        long heads = node.attributes().longValue("num_heads", 0);
        return type == null || !type.isFloating() || heads < 1 ? null : new FusedAttention(node, type, heads);
    }

    // ---- com.microsoft.Attention

    /** Queries, keys and values of one input, by one weight {@code [inputs, q + k + v]}. */
    static boolean packed(FusedNode node) {
        FusedAttention attention = of(node);
        boolean shared = node.flag("past_present_share_buffer") || node.given(6);
        return attention != null && !shared && !node.flag("do_rotary") && attention.packed();
    }

    private boolean packed() {
        long[] sizes = projectionSizes();
        if (sizes == null) {
            return false;
        }
        String projected = node.write(Op.MATMUL, node.input(0), node.input(1));
        projected = node.given(2) ? node.add(projected, node.input(2)) : projected;
        long values = 2 * sizes[0];
        String q = heads(node.slice(projected, 2, 0, sizes[0]), sizes[0]);
        String k = heads(node.slice(projected, 2, sizes[0], values), sizes[1]);
        String v = heads(node.slice(projected, 2, values, values + sizes[2]), sizes[2]);
        String past = node.input(4);
        String pastKeys = past.isEmpty() ? "" : part(past, 0);
        if (!past.isEmpty()) {
            k = node.concat(2, pastKeys, k);
            v = node.concat(2, part(past, 1), v);
        }
        if (!mask(3, k)) {
            return false;
        }
        causal(q, k, pastKeys, node.size(0, 1));
        addBias(node.input(5));
        node.output(0, attend(q, k, v, sizes[0] / heads, sizes[2]));
        if (node.wants(1)) {
            node.output(1, node.concat(0, node.unsqueeze(k, 0), node.unsqueeze(v, 0)));
        }
        return true;
    }

    /** The sizes of queries, keys and values over all heads; null if they are not known or do not fit each other. */
    private long @Nullable [] projectionSizes() {
        long all = node.rank(1) == 2 ? node.size(1, 1) : -1;
        long[] sizes = node.attributes().longs("qkv_hidden_sizes");
        if (sizes == null) {
            sizes = new long[] {all / 3, all / 3, all / 3};
        }
        boolean fit = all > 0
                && sizes.length == 3
                && sizes[0] == sizes[1]
                && sizes[0] + sizes[1] + sizes[2] == all
                && sizes[0] % heads == 0
                && sizes[2] % heads == 0;
        return fit ? sizes : null;
    }

    /** Of keys and values that are one tensor, the first or second. */
    private String part(String past, int index) {
        return node.write(Op.GATHER, past, node.scalar(index, DataType.INT64));
    }

    // ---- com.microsoft.MultiHeadAttention

    /** Queries, keys and values that were projected before; keys and values may be split into heads already. */
    static boolean multiHead(FusedNode node) {
        FusedAttention attention = of(node);
        boolean shared = node.given(8) || node.given(9) || node.wants(3);
        return attention != null && !shared && node.given(1) && node.given(2) && attention.multiHead();
    }

    private boolean multiHead() {
        long size = node.size(0, 2);
        int rank = node.rank(1);
        boolean split = rank == 4;
        boolean past = node.given(6);
        boolean known = node.rank(0) == 3 && size > 0 && size % heads == 0 && (rank == 3 || split);
        boolean plain = !past && !node.given(3) && !node.wants(1) && !node.wants(2);
        if (!known || rank != node.rank(2) || past != node.given(7) || (split && !plain)) {
            return false;
        }
        long values = split ? heads * Math.max(0, node.size(2, 3)) : node.size(2, 2);
        if (values <= 0 || values % heads != 0) {
            return false;
        }
        String q = heads(biased(0, 0, size), size);
        String k = split ? node.input(1) : heads(biased(1, size, 2 * size), size);
        String v = split ? node.input(2) : heads(biased(2, 2 * size, 2 * size + values), values);
        if (past) {
            k = node.concat(2, node.input(6), k);
            v = node.concat(2, node.input(7), v);
        }
        if (!mask(4, k)) {
            return false;
        }
        causal(q, k, node.input(6), node.size(1, split ? 2 : 1));
        addBias(node.input(5));
        node.output(0, attend(q, k, v, size / heads, values));
        node.output(1, k);
        node.output(2, v);
        return true;
    }

    /** An input with its part of the bias, which all three share. */
    private String biased(int input, long from, long to) {
        return node.given(3) ? node.add(node.input(input), node.slice(node.input(3), 0, from, to)) : node.input(input);
    }

    // ---- both

    /** From {@code [batch, length, size]} to {@code [batch, heads, length, size / heads]}. */
    private String heads(String x, long size) {
        return node.transpose(node.reshape(x, 0, 0, heads, size / heads), 0, 2, 1, 3);
    }

    private String attend(String q, String k, String v, long size, long values) {
        float given = node.attributes().floatValue("scale", 0);
        double scale = given == 0 ? 1 / Math.sqrt((double) size) : given;
        String scores = node.write(Op.MATMUL, node.mul(q, node.scalar(scale, type)), node.transpose(k, 0, 1, 3, 2));
        String biased = bias.isEmpty() ? scores : node.add(scores, bias);
        String weights = node.write(Op.SOFTMAX, Attributes.of("axis", -1), biased);
        return node.reshape(node.transpose(node.write(Op.MATMUL, weights, v), 0, 2, 1, 3), 0, 0, values);
    }

    private void addBias(String more) {
        if (!more.isEmpty()) {
            bias = bias.isEmpty() ? more : node.add(bias, more);
        }
    }

    /**
     * Hides the keys behind each query, which is as far behind the first key as there are past ones.
     *
     * @param keys how many there are without those, -1 if that is not known
     */
    private void causal(String q, String k, String pastKeys, long keys) {
        if (!node.flag("unidirectional")) {
            return;
        }
        long queries = node.size(0, 1);
        String sizes = pastKeys.isEmpty() && queries >= 0 && keys >= 0
                ? node.longs(queries, keys)
                : node.concat(0, node.sizeOf(q, 2), node.sizeOf(k, 2));
        String first = node.scalar(1, DataType.INT64);
        if (!pastKeys.isEmpty()) {
            first = node.write(Op.SQUEEZE, node.add(node.sizeOf(pastKeys, 2), first), node.longs(0));
        }
        String later = node.write(Op.TRILU, Attributes.of("upper", 1), node.filled(sizes, 1, DataType.INT64), first);
        hide(node.write(Op.CAST, Attributes.of("to", DataType.BOOL.name()), later), lowest(type));
    }

    private static double lowest(DataType type) {
        return switch (type) {
            case FLOAT64 -> -Double.MAX_VALUE;
            case FLOAT16 -> -65504;
            case BFLOAT16 -> -0x1.FEp127;
            default -> -Float.MAX_VALUE;
        };
    }

    // ---- masks

    /** Whether the mask, if there is one, is of a form that has its counterpart. */
    private boolean mask(int input, String k) {
        DataType maskType = node.type(input);
        if (!node.given(input)) {
            return true;
        }
        if (maskType == null) {
            return false;
        }
        return switch (node.rank(input)) {
            case 1 -> lengths(input, k, maskType);
            // One number for all keys of a row changes nothing.
            case 2 -> node.size(input, 1) == 1 || visible(input, maskType, 1, 2);
            case 3 -> visible(input, maskType, 1);
            default -> false;
        };
    }

    /** A mask that has a number above 0 where a key is visible. */
    private boolean visible(int input, DataType maskType, long... axes) {
        String hidden = node.write(Op.LESS_OR_EQUAL, node.input(input), node.scalar(0, maskType));
        hide(node.unsqueeze(hidden, axes));
        return true;
    }

    /** A mask that tells how many keys of each row are visible; or where they end, and then where each row's begin. */
    private boolean lengths(int input, String k, DataType maskType) {
        Shape x = node.shape(0);
        Shape mask = node.shape(input);
        if (x == null || mask == null || x.rank() == 0) {
            return false;
        }
        Object batch = x.dimension(0);
        boolean ends = batch.equals(mask.dimension(0)) && !batch.equals(Shape.UNKNOWN);
        boolean both = batch instanceof Long rows && Objects.equals(mask.dimension(0), 2 * rows);
        if (!ends && !(both && input == 3)) {
            return false;
        }
        String ones = node.filled(node.sizeOf(k, 2), 1, maskType);
        String places = node.write(Op.CUM_SUM, Attributes.of("exclusive", 1), ones, node.scalar(0, DataType.INT64));
        String each = node.unsqueeze(node.input(input), 1);
        if (ends) {
            hide(node.unsqueeze(node.write(Op.GREATER_OR_EQUAL, places, each), 1, 2));
            return true;
        }
        long rows = (Long) batch;
        String after = node.write(Op.GREATER_OR_EQUAL, places, node.slice(each, 0, 0, rows));
        String before = node.write(Op.LESS, places, node.slice(each, 0, rows, 2 * rows));
        hide(node.unsqueeze(node.write(Op.OR, after, before), 1, 2));
        return true;
    }

    private void hide(String hidden) {
        hide(hidden, node.attributes().floatValue("mask_filter_value", -10_000));
    }

    private void hide(String hidden, double number) {
        addBias(node.write(Op.WHERE, hidden, node.scalar(number, type), node.scalar(0, type)));
    }
}
