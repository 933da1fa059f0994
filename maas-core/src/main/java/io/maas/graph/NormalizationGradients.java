package io.maas.graph;

import io.maas.tensor.DataType;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Gradients of normalizations. With {@code n} the normalized input, {@code r} what it was multiplied with and {@code g} the
 * gradient that arrives at it, that of the input is {@code r (g - mean(g) - n mean(g n))}.
 *
 * @see "Ioffe and Szegedy, Batch Normalization (2015), section 3"
 * @see "Ba, Kiros and Hinton, Layer Normalization (2016)"
 */
final class NormalizationGradients extends GradientContext {
    NormalizationGradients(GraphBuilder builder, Node node, List<@Nullable Value> outputGradients, Set<String> active) {
        super(builder, node, outputGradients, active);
    }

    /** The rules of the operators that have no method of their own in the table. */
    @Nullable
    List<@Nullable Value> of() {
        return switch (node.op()) {
            case BATCH_NORMALIZATION -> batch();
            case GROUP_NORMALIZATION -> null;
            case INSTANCE_NORMALIZATION -> perChannel(NormalizationDecompositions.spatial(x));
            case LAYER_NORMALIZATION -> layer();
            case LP_NORMALIZATION -> first(this::byLength);
            case LRN -> first(this::localResponse);
            case MEAN_VARIANCE_NORMALIZATION -> first(this::meanVariance);
            case RMS_NORMALIZATION -> rootMeanSquare();
            default -> throw unsupported("this operator");
        };
    }

    private @Nullable List<@Nullable Value> batch() {
        boolean training = node.attributes().longValue("training_mode", 0) == 1;
        return training && dy(1) == null && dy(2) == null
                ? perChannel(NormalizationDecompositions.allButChannels(x))
                : null;
    }

    /** Statistics along some axes, one scale and one bias a channel. */
    private List<@Nullable Value> perChannel(long... axes) {
        Moments moments = Moments.of(b, x, epsilon(), axes);
        Value normalized = moments.normalized(b);
        Value product = b.mul(dy, normalized);
        return each(i -> switch (i) {
            case 0 -> {
                Value scale = NormalizationDecompositions.perChannel(b, b.cast(node.input(1), x.dataType()), x);
                Value centred = b.sub(dy, b.reduceMean(dy, true, axes));
                Value across = b.mul(normalized, b.reduceMean(product, true, axes));
                yield b.mul(b.sub(centred, across), b.mul(moments.inverse(), scale));
            }
            case 1 -> channelSum(product, node.input(1));
            case 2 -> channelSum(dy, node.input(2));
            default -> null;
        });
    }

    private Value channelSum(Value value, Value parameter) {
        long[] axes = NormalizationDecompositions.allButChannels(x);
        return b.cast(b.reduceSum(value, false, axes), parameter.dataType());
    }

    private @Nullable List<@Nullable Value> layer() {
        if (dy(1) != null || dy(2) != null) {
            return null;
        }
        Value wide = b.cast(x, Moments.stash(x.dataType()));
        List<Value> parts = wide.dataType() == DataType.FLOAT32 ? statistics(wide) : recomputed(wide);
        return affine(parts.get(0), parts.get(1), true);
    }

    /** Normalized input and factor, from statistics that the node is asked for: it has computed them anyway. */
    private List<Value> statistics(Value wide) {
        List<Value> given = b.widen(node, 3);
        return List.of(b.mul(b.sub(wide, given.get(1)), given.get(2)), given.get(2));
    }

    /** In float64, for which the node's own statistics, in float32, are too coarse. */
    private List<Value> recomputed(Value wide) {
        Moments moments = Moments.of(b, wide, epsilon(), NormalizationDecompositions.fromAxis(node));
        return List.of(moments.normalized(b), moments.inverse());
    }

    private List<@Nullable Value> rootMeanSquare() {
        Value wide = b.cast(x, Moments.stash(x.dataType()));
        Value inverse = NormalizationDecompositions.rms(b, node, wide);
        return affine(b.mul(wide, inverse), inverse, false);
    }

    /** Statistics along the last axes, scale and bias of their shape. */
    private List<@Nullable Value> affine(Value normalized, Value inverse, boolean centred) {
        long[] axes = NormalizationDecompositions.fromAxis(node);
        Value scale = node.input(1);
        Value wide = b.cast(dy, normalized.dataType());
        return each(i -> switch (i) {
            case 0 -> {
                Value arrived = b.mul(wide, b.cast(scale, normalized.dataType()));
                Value across = b.mul(normalized, b.reduceMean(b.mul(arrived, normalized), true, axes));
                Value rest = b.sub(arrived, across);
                if (centred) {
                    rest = b.sub(rest, b.reduceMean(arrived, true, axes));
                }
                yield b.cast(b.mul(rest, inverse), x.dataType());
            }
            case 1 -> b.cast(reduceTo(b.mul(wide, normalized), scale), scale.dataType());
            default -> b.cast(reduceTo(wide, node.input(2)), node.input(2).dataType());
        });
    }

    /** With the deviation {@code s + 1e-9} taken for {@code s} itself in the term of its own change. */
    private Value meanVariance() {
        long[] given = node.attributes().longs("axes");
        long[] axes = given == null ? new long[] {0, 2, 3} : given;
        Moments moments = NormalizationDecompositions.meanVarianceMoments(b, node);
        Value centred = b.sub(dy, b.reduceMean(dy, true, axes));
        Value across = b.mul(y, b.reduceMean(b.mul(dy, y), true, axes));
        return b.div(b.sub(centred, across), NormalizationDecompositions.deviation(b, moments));
    }

    /** {@code (dy - d sum(dy y)) / length}, where {@code d} is y, or for p = 1 the sign of x; 0 where the length is 0. */
    private Value byLength() {
        Value length = NormalizationDecompositions.length(b, node);
        Value none = b.equal(length, zero());
        Value factor = b.where(none, zero(), b.div(one(), b.where(none, one(), length)));
        Value direction = node.attributes().longValue("p", 2) == 1 ? sign(x) : y;
        Value along = b.reduceSum(b.mul(dy, y), true, node.attributes().longValue("axis", -1));
        return b.mul(b.sub(dy, b.mul(direction, along)), factor);
    }

    /** With {@code d} the responses: {@code dy d^-beta - 2 alpha beta/size x sum(dy y/d)}, over the channels that x acts on. */
    private Value localResponse() {
        Attributes attributes = node.attributes();
        long size = attributes.longValue("size", 1);
        double beta = attributes.floatValue("beta", 0.75f);
        double factor = 2.0 * attributes.floatValue("alpha", 1e-4f) * beta / size;
        Value responses = NormalizationDecompositions.responses(b, node);
        Value direct = b.mul(dy, NormalizationDecompositions.power(b, responses, -beta));
        Value ratio = b.div(b.mul(dy, y), responses);
        Value across = NormalizationDecompositions.neighbours(b, ratio, size / 2, (size - 1) / 2);
        return b.sub(direct, b.mul(b.mul(x, factor), across));
    }

    private double epsilon() {
        return node.attributes().floatValue("epsilon", NormalizationDecompositions.EPSILON);
    }
}
