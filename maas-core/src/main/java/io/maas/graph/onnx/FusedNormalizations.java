package io.maas.graph.onnx;

import io.maas.graph.Attributes;
import io.maas.graph.Op;
import io.maas.tensor.DataType;
import java.util.Map;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Normalizations over the last axes, and what is fused with them: residual sums and embeddings. */
final class FusedNormalizations {
    /** What operators add to variances that are fused with a sum. */
    private static final float FUSED_EPSILON = 1e-12f;

    private FusedNormalizations() {}

    /** Normalizes {@code input + skip + bias}, which is an output too. */
    static boolean skip(FusedNode node) {
        if (node.wants(1) || node.wants(2)) {
            return false;
        }
        String sum = sum(node, 4);
        node.output(0, layer(node, sum, node.input(2), node.input(3)));
        node.output(3, sum);
        return true;
    }

    static boolean skipSimplified(FusedNode node) {
        DataType type = node.type(0);
        if (node.wants(1) || node.wants(2) || type == null || !type.isFloating()) {
            return false;
        }
        String sum = sum(node, 3);
        node.output(0, scaled(node, sum, type, divisor(node, sum, type, FUSED_EPSILON, -1), node.input(2)));
        node.output(3, sum);
        return true;
    }

    private static String sum(FusedNode node, int bias) {
        String sum = node.add(node.input(0), node.input(1));
        return node.given(bias) ? node.add(sum, node.input(bias)) : sum;
    }

    private static String layer(FusedNode node, String x, String gamma, String beta) {
        float epsilon = node.attributes().floatValue("epsilon", FUSED_EPSILON);
        return node.write(Op.LAYER_NORMALIZATION, Attributes.of("axis", -1, "epsilon", epsilon), x, gamma, beta);
    }

    /**
     * Divides by the root of the mean square, without a mean taken off.
     *
     * @see "Zhang and Sennrich, Root Mean Square Layer Normalization (2019)"
     */
    static boolean simplified(FusedNode node) {
        DataType type = node.type(0);
        long[] axes = axes(node);
        if (type == null || !type.isFloating() || type != node.type(1) || axes == null) {
            return false;
        }
        // The second output is of float32 whatever the input is.
        if (node.wants(1) && type == DataType.FLOAT64) {
            return false;
        }
        String divisor = divisor(node, node.input(0), type, 1e-5f, axes);
        node.output(0, scaled(node, node.input(0), type, divisor, node.input(1)));
        if (node.wants(1)) {
            node.output(1, node.write(Op.RECIPROCAL, divisor));
        }
        return true;
    }

    /** From the attribute {@code axis} to the last one; null where the number of axes decides and is not known. */
    private static long @Nullable [] axes(FusedNode node) {
        long first = node.attributes().longValue("axis", -1);
        if (first < 0) {
            return LongStream.range(first, 0).toArray();
        }
        return node.rank(0) <= first
                ? null
                : LongStream.range(first, node.rank(0)).toArray();
    }

    private static String divisor(FusedNode node, String x, DataType type, float epsilon, long... axes) {
        String wide = widened(node, x, type);
        String meanSquare = node.write(Op.REDUCE_MEAN, node.mul(wide, wide), node.longs(axes));
        float given = node.attributes().floatValue("epsilon", epsilon);
        return node.write(Op.SQRT, node.add(meanSquare, node.scalar(given, wide(type))));
    }

    private static String scaled(FusedNode node, String x, DataType type, String divisor, String scale) {
        String normalized = node.write(Op.DIV, widened(node, x, type), divisor);
        String scaled = node.mul(normalized, widened(node, scale, type));
        return wide(type) == type ? scaled : node.write(Op.CAST, Attributes.of("to", type.name()), scaled);
    }

    /** Engines compute in no less than float32 here. */
    private static DataType wide(DataType type) {
        return type == DataType.FLOAT64 ? type : DataType.FLOAT32;
    }

    private static String widened(FusedNode node, String x, DataType type) {
        return wide(type) == type
                ? x
                : node.write(Op.CAST, Attributes.of("to", wide(type).name()), x);
    }

    /** Sums the embeddings of words, of their places and of the segments they are in, and normalizes. */
    static boolean embedding(FusedNode node) {
        DataType idType = node.type(0);
        if (node.given(1) != node.given(4)
                || idType == null
                || (node.wants(1) && node.given(7) && node.type(7) == null)) {
            return false;
        }
        String ids = node.input(0);
        String sum = node.add(node.write(Op.GATHER, node.input(2), ids), places(node));
        if (node.given(1)) {
            sum = node.add(sum, node.write(Op.GATHER, node.input(4), node.input(1)));
        }
        node.output(0, layer(node, sum, node.input(5), node.input(6)));
        node.output(2, sum);
        if (node.wants(1)) {
            node.output(1, node.given(7) ? lengths(node) : node.filled(node.sizeOf(ids, 0), 0, DataType.INT32));
        }
        return true;
    }

    private static String places(FusedNode node) {
        String table = node.input(3);
        return node.given(8)
                ? node.write(Op.GATHER, table, node.input(8))
                : node.write(Op.SLICE, table, node.longs(0), node.sizeOf(node.input(0), 1), node.longs(0));
    }

    /** How many ones each row of the mask has. */
    private static String lengths(FusedNode node) {
        DataType type = node.type(7) == null ? DataType.INT32 : node.type(7);
        String ones = node.write(Op.EQUAL, node.input(7), node.scalar(1, type));
        String counted = node.write(Op.CAST, Attributes.of("to", DataType.INT32.name()), ones);
        return node.write(Op.REDUCE_SUM, Attributes.copyOf(Map.of("keepdims", 0L)), counted, node.longs(1));
    }
}
