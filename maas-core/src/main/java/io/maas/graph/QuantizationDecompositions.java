package io.maas.graph;

import io.maas.tensor.DataType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Decompositions of what goes from floating-point numbers to integers of few bits and back. */
final class QuantizationDecompositions {
    private final GraphBuilder b;
    private final Node node;
    private final Value x;

    private QuantizationDecompositions(GraphBuilder b, Node node) {
        this.b = b;
        this.node = node;
        this.x = node.input(0);
    }

    /** One value an output, or null where the operator is not written in others. */
    static @Nullable List<Value> of(GraphBuilder b, Node node) {
        QuantizationDecompositions rules = new QuantizationDecompositions(b, node);
        if (node.op() == Op.DYNAMIC_QUANTIZE_LINEAR) {
            return rules.quantizeDynamically();
        }
        Value made = node.op() == Op.MATMUL_INTEGER
                ? rules.matmul()
                : rules.isScaledByBlock()
                        ? null
                        : node.op() == Op.QUANTIZE_LINEAR ? rules.quantize() : rules.dequantize();
        return made == null ? null : List.of(made);
    }

    private boolean isScaledByBlock() {
        return node.attributes().longValue("block_size", 0) > 0
                || !x.hasShape()
                || !node.input(1).hasShape();
    }

    /** {@code round(x / scale) + zero point}, halves to even, kept within the type. */
    private Value quantize() {
        DataType to = node.input(2).isOmitted()
                ? DataType.valueOf(node.attributes().string("output_dtype", DataType.UINT8.name()))
                : node.input(2).dataType();
        double range = Math.scalb(1.0, 8 * to.byteSize());
        double least = to.isUnsigned() ? 0 : -range / 2;
        Value rounded = b.node(Op.ROUND, Attributes.none(), b.div(x, alongAxis(node.input(1))));
        Value moved = node.input(2).isOmitted()
                ? rounded
                : b.add(rounded, alongAxis(b.cast(node.input(2), rounded.dataType())));
        Value kept =
                b.node(Op.CLIP, Attributes.none(), moved, b.scalar(least, moved), b.scalar(least + range - 1, moved));
        return b.cast(kept, to);
    }

    /** The range, widened to hold 0, in 255 steps; a range of no width has steps of 1, as in ONNX Runtime. */
    private List<Value> quantizeDynamically() {
        Value none = b.scalar(0, x);
        Value least = b.node(Op.MIN, Attributes.none(), extreme(Op.REDUCE_MIN), none);
        Value most = b.node(Op.MAX, Attributes.none(), extreme(Op.REDUCE_MAX), none);
        Value steps = b.div(b.sub(most, least), b.scalar(255, x));
        Value scale = b.node(
                Op.WHERE, Attributes.none(), b.node(Op.EQUAL, Attributes.none(), steps, none), b.scalar(1, x), steps);
        Value zero = b.node(Op.ROUND, Attributes.none(), b.div(b.neg(least), scale));
        Value moved = b.add(b.node(Op.ROUND, Attributes.none(), b.div(x, scale)), zero);
        Value kept = b.node(Op.CLIP, Attributes.none(), moved, none, b.scalar(255, x));
        return List.of(b.cast(kept, DataType.UINT8), scale, b.cast(zero, DataType.UINT8));
    }

    private Value extreme(Op op) {
        return b.node(op, Attributes.of("keepdims", 0), x);
    }

    /** {@code (x - zero point) scale}. */
    private Value dequantize() {
        DataType type = node.input(1).dataType();
        Value wide = b.cast(x, type);
        Value moved = node.input(2).isOmitted() ? wide : b.sub(wide, alongAxis(b.cast(node.input(2), type)));
        return b.mul(moved, alongAxis(node.input(1)));
    }

    /** One number for each place of the axis, shaped so that it stretches to the values. */
    private Value alongAxis(Value numbers) {
        long axis = node.attributes().longValue("axis", 1);
        long behind = axis < 0 ? -axis - 1 : x.rank() - axis - 1;
        if (numbers.rank() == 0 || behind <= 0) {
            return numbers;
        }
        long[] added = new long[(int) behind];
        for (int i = 0; i < added.length; i++) {
            added[i] = i + 1L;
        }
        return numbers.shape().size(0) == 1 ? numbers : b.unsqueeze(numbers, added);
    }

    /** In float64, where sums of products of 8 bits are exact. */
    private @Nullable Value matmul() {
        Value rows = node.input(2);
        if (!rows.isOmitted() && !rows.hasShape()) {
            return null;
        }
        Value left = wide(x);
        if (!rows.isOmitted()) {
            Value zero = wide(rows);
            boolean each = rows.rank() == 1 && rows.shape().size(0) != 1;
            left = b.sub(left, each ? b.unsqueeze(zero, 1) : zero);
        }
        Value right = wide(node.input(1));
        if (!node.input(3).isOmitted()) {
            right = b.sub(right, wide(node.input(3)));
        }
        return b.cast(b.matmul(left, right), DataType.INT32);
    }

    private Value wide(Value value) {
        return b.cast(value, DataType.FLOAT64);
    }
}
