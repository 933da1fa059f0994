package io.maas.graph;

import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Decompositions of normalizations. */
final class NormalizationDecompositions {
    static final float EPSILON = 1e-5f;

    private final GraphBuilder b;
    private final Node node;
    private final Value x;
    private final Attributes attributes;

    private NormalizationDecompositions(GraphBuilder b, Node node) {
        this.b = b;
        this.node = node;
        this.x = node.input(0);
        this.attributes = node.attributes();
    }

    /** One value an output, or null where the operator is not written in others. */
    static @Nullable List<Value> of(GraphBuilder b, Node node) {
        NormalizationDecompositions rules = new NormalizationDecompositions(b, node);
        return switch (node.op()) {
            case BATCH_NORMALIZATION -> rules.batch();
            case GROUP_NORMALIZATION -> List.of(rules.group());
            case INSTANCE_NORMALIZATION -> List.of(rules.instance());
            case LAYER_NORMALIZATION -> rules.layer();
            case LP_NORMALIZATION -> List.of(rules.byLength());
            case LRN -> List.of(rules.localResponse());
            case MEAN_VARIANCE_NORMALIZATION -> List.of(rules.meanVariance());
            case RMS_NORMALIZATION -> List.of(rules.rootMeanSquare());
            default -> null;
        };
    }

    private List<Value> batch() {
        Value mean = like(node.input(3));
        Value variance = like(node.input(4));
        if (attributes.longValue("training_mode", 0) == 0) {
            return List.of(scaled(b.mul(
                    b.sub(x, perChannel(b, mean, x)), perChannel(b, Moments.inverse(b, variance, epsilon()), x))));
        }
        Moments now = Moments.of(b, x, epsilon(), allButChannels(x));
        float momentum = attributes.floatValue("momentum", 0.9f);
        return List.of(
                scaled(now.normalized(b)),
                running(node.input(3), now.mean(), momentum),
                running(node.input(4), now.variance(), momentum));
    }

    private Value running(Value before, Value now, double momentum) {
        Value flat = b.cast(b.reshape(now, -1), before.dataType());
        return b.add(b.mul(before, momentum), b.mul(flat, 1 - momentum));
    }

    private Value like(Value parameter) {
        return b.cast(parameter, x.dataType());
    }

    /** Times the scale, plus the bias, of each channel. */
    private Value scaled(Value normalized) {
        return b.add(b.mul(normalized, perChannel(b, like(node.input(1)), x)), perChannel(b, like(node.input(2)), x));
    }

    private Value group() {
        long groups = attributes.longValue("num_groups", 1);
        Object inner = ShapeRules.product(Arrays.copyOfRange(x.shape().dimensions(), 1, x.rank()));
        Value grouped = b.reshape(x, 0, groups, inner instanceof Long size ? size / groups : -1);
        Value one = parameter(1, groups);
        Attributes same = Attributes.of("epsilon", (float) epsilon());
        Value normalized = b.node(Op.INSTANCE_NORMALIZATION, same, grouped, one, parameter(0, groups));
        Value sizes = x.shape().isFixed() ? b.longs(x.shape().toArray()) : b.shapeOf(x);
        return scaled(b.reshape(normalized, sizes));
    }

    private Value parameter(double value, long count) {
        double[] values = new double[(int) count];
        Arrays.fill(values, value);
        return b.constant(Tensor.of(x.dataType(), values, Shape.of(count)));
    }

    private Value instance() {
        return scaled(Moments.of(b, x, epsilon(), spatial(x)).normalized(b));
    }

    private List<Value> layer() {
        Value wide = b.cast(x, Moments.stash(x.dataType()));
        Moments moments = Moments.of(b, wide, epsilon(), fromAxis(node));
        Value y = b.mul(b.cast(moments.normalized(b), x.dataType()), node.input(1));
        return List.of(
                node.input(2).isOmitted() ? y : b.add(y, node.input(2)),
                b.cast(moments.mean(), DataType.FLOAT32),
                b.cast(moments.inverse(), DataType.FLOAT32));
    }

    private Value rootMeanSquare() {
        Value scale = node.input(1);
        Value wide = b.cast(x, Moments.stash(x.dataType()));
        Value normalized = b.mul(wide, rms(b, node, wide));
        return b.mul(b.cast(normalized, scale.dataType()), scale);
    }

    /** {@code 1 / sqrt(mean of squares + epsilon)} along the last axes. */
    static Value rms(GraphBuilder b, Node node, Value x) {
        Value square = b.reduceMean(b.mul(x, x), true, fromAxis(node));
        return Moments.inverse(b, square, node.attributes().floatValue("epsilon", EPSILON));
    }

    private Value meanVariance() {
        Moments moments = meanVarianceMoments(b, node);
        return b.div(moments.centred(), deviation(b, moments));
    }

    static Moments meanVarianceMoments(GraphBuilder b, Node node) {
        long[] axes = node.attributes().longs("axes");
        return Moments.of(b, node.input(0), 0, axes == null ? new long[] {0, 2, 3} : axes);
    }

    static Value deviation(GraphBuilder b, Moments moments) {
        return b.add(b.sqrt(moments.variance()), b.scalar(1e-9, moments.variance()));
    }

    private Value byLength() {
        Value length = length(b, node);
        return b.div(x, b.where(b.equal(length, b.scalar(0, x)), b.scalar(1, x), length));
    }

    /** The sum of sizes, or the root of the sum of squares, along the axis. */
    static Value length(GraphBuilder b, Node node) {
        Value x = node.input(0);
        long axis = node.attributes().longValue("axis", -1);
        return node.attributes().longValue("p", 2) == 1
                ? b.reduceSum(b.node(Op.ABS, Attributes.none(), x), true, axis)
                : b.sqrt(b.reduceSum(b.mul(x, x), true, axis));
    }

    private Value localResponse() {
        return b.mul(x, power(b, responses(b, node), -attributes.floatValue("beta", 0.75f)));
    }

    static Value power(GraphBuilder b, Value base, double exponent) {
        return b.node(Op.POW, Attributes.none(), base, b.scalar(exponent, base));
    }

    /** {@code bias + alpha/size} times the sum of squares over the neighbouring channels. */
    static Value responses(GraphBuilder b, Node node) {
        Value x = node.input(0);
        long size = node.attributes().longValue("size", 1);
        Value sums = neighbours(b, b.mul(x, x), (size - 1) / 2, size / 2);
        return b.add(
                b.mul(sums, node.attributes().floatValue("alpha", 1e-4f) / (double) size),
                b.scalar(node.attributes().floatValue("bias", 1), x));
    }

    /** The sum over so many channels before and after each. */
    static Value neighbours(GraphBuilder b, Value x, long before, long after) {
        long[] pads = new long[2 * x.rank()];
        pads[1] = before;
        pads[x.rank() + 1] = after;
        Value padded = b.node(Op.PAD, Attributes.none(), x, b.longs(pads));
        Value sum = null;
        for (long i = 0; i <= before + after; i++) {
            long end = i - before - after;
            Value shifted = b.node(
                    Op.SLICE,
                    Attributes.none(),
                    padded,
                    b.longs(i),
                    b.longs(end == 0 ? Long.MAX_VALUE : end),
                    b.longs(1));
            sum = sum == null ? shifted : b.add(sum, shifted);
        }
        return sum == null ? x : sum;
    }

    private double epsilon() {
        return attributes.floatValue("epsilon", EPSILON);
    }

    /** A parameter of one number a channel, {@code [C]}, as {@code [C, 1, …]}, which stretches over {@code like}. */
    static Value perChannel(GraphBuilder b, Value parameter, Value like) {
        long[] inner = LongStream.range(1, Math.max(1, like.rank() - 1)).toArray();
        return inner.length == 0 ? parameter : b.unsqueeze(parameter, inner);
    }

    static long[] allButChannels(Value x) {
        return LongStream.range(0, x.rank()).filter(axis -> axis != 1).toArray();
    }

    static long[] spatial(Value x) {
        return LongStream.range(2, x.rank()).toArray();
    }

    /** The axes from the attribute {@code axis} on. */
    static long[] fromAxis(Node node) {
        int rank = node.input(0).rank();
        long axis = node.attributes().longValue("axis", -1);
        return LongStream.range(axis < 0 ? axis + rank : axis, rank).toArray();
    }
}
