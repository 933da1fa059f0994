package io.maas.graph.quantize;

import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Writes products of rows of activations and weights in integers. What several products read is rounded once. */
final class IntegerProducts {
    /** What zero becomes among the unsigned numbers that rows are rounded to; engines are fastest with those. */
    private static final int ZERO = 128;

    /**
     * With 255, the largest number of a row, two products add up to less than 2^15: engines on processors without instructions for
     * 8-bit products add two in 16 bits and cut off what is beyond.
     */
    private static final int LIMIT = 64;

    /** The largest magnitude of a row of zeros, instead of 0, which its scale cannot be. */
    private static final float LEAST = 0x1p-100f;

    private final GraphBuilder b;
    private final Weights weights;
    private final Map<String, Rows> rounded = new HashMap<>();

    /**
     * Activations in integers.
     *
     * @param integers uint8, of the shape of the activations
     * @param scale float32, of size 1 along the last axis
     */
    private record Rows(Value integers, Value scale) {}

    IntegerProducts(GraphBuilder b, Weights weights) {
        this.b = b;
        this.weights = weights;
    }

    /**
     * {@code factor x w}, where each row of x has a scale and each column of w has one.
     *
     * @param weight {@code [k, n]}
     */
    Value dynamic(Value x, Weights.Weight weight, double factor) {
        Rows rows = rounded.get(x.name());
        if (rows == null) {
            rows = rows(x);
            rounded.put(x.name(), rows);
        }
        Weights.Stored columns = weights.stored(weight, LIMIT, 1);
        Value sums = b.node(Op.MATMUL_INTEGER, Attributes.none(), rows.integers(), columns.integers(), zero());
        // The columns' scales first: an engine may have one operator for the product and these.
        Value product = b.mul(b.mul(b.cast(sums, DataType.FLOAT32), columns.scales()), rows.scale());
        return factor == 1 ? product : b.mul(product, factor);
    }

    private Rows rows(Value x) {
        Value scale = scale(x);
        Value one = b.constant(Tensor.scalar(1f));
        return new Rows(b.node(Op.QUANTIZE_LINEAR, Attributes.none(), b.div(x, scale), one, zero()), scale);
    }

    /**
     * The largest magnitude of each row over 127. NaN where the row holds one or an infinity, so that all of its products are NaN:
     * engines may overlook a NaN when they look for the largest number, but not when they sum.
     */
    private Value scale(Value x) {
        Value largest = b.node(
                Op.MAX,
                Attributes.none(),
                b.reduceMax(x, true, -1),
                b.neg(b.reduceMin(x, true, -1)),
                b.constant(Tensor.scalar(LEAST)));
        Value zeroOrNan = b.mul(b.reduceSum(x, true, -1), 0);
        return b.add(b.mul(largest, 1.0 / (ZERO - 1)), zeroOrNan);
    }

    private Value zero() {
        return b.constant(Tensor.of(DataType.UINT8, new double[] {ZERO}, Shape.scalar()));
    }

    /**
     * {@code factor x w} with w in blocks of 4 bits. The engine rounds rows to 8 bits in the same blocks, which is far below what 4
     * bits lose.
     */
    Value packed(Value x, Weights.Weight weight, double factor, int blockSize) {
        long k = weight.tensor().shape().size(0);
        long n = weight.tensor().shape().size(1);
        Weights.Packed packed = weights.packed(weight, factor, blockSize);
        Attributes attributes = Attributes.copyOf(
                Map.of("K", k, "N", n, "bits", 4L, "block_size", (long) blockSize, "accuracy_level", 4L));
        GraphBuilder.Result result = new GraphBuilder.Result(DataType.FLOAT32, shape(x, n));
        return b.foreign("com.microsoft", 1, "MatMulNBits", attributes, result, x, packed.numbers(), packed.scales());
    }

    private static Shape shape(Value x, long columns) {
        List<Object> sizes = new ArrayList<>(Arrays.asList(x.shape().dimensions()));
        sizes.set(sizes.size() - 1, columns);
        return Shape.symbolic(sizes.toArray());
    }
}
