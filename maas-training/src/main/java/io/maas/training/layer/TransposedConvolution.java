package io.maas.training.layer;

import io.maas.error.Require;
import io.maas.graph.Op;
import io.maas.graph.Value;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The transposed form of a {@link Convolution}: what that one does to a gradient. Each element of the input {@code [batch, in,
 * size…]} adds the kernel times itself to the result {@code [batch, channels, …]}, whose size along an axis is {@code (size - 1)
 * · stride + (kernel - 1) · dilation + 1 - padding + more}; under {@link Padding#same} it is {@code size · stride}. Parameters
 * {@code weight [in, channels / groups, kernel…]} and {@code bias [channels]}.
 *
 * <p>Immutable and thread-safe.
 *
 * @param channels how many it gives, a multiple of {@code groups}
 * @param kernel how it moves over the result; its padding is cut off there
 * @param more how much longer the result is to be along each axis, where several lengths are possible; empty for nothing
 * @param groups parts that the channels are cut into
 * @param weight the weight's first values
 * @see "Dumoulin and Visin, A guide to convolution arithmetic for deep learning (2016), chapter 4"
 */
public record TransposedConvolution(int channels, Kernel kernel, List<Integer> more, int groups, Initializer weight)
        implements Layer {
    public TransposedConvolution {
        Require.positive(channels, "channels");
        Require.positive(groups, "groups");
        Require.that(channels % groups == 0, "channels", channels, "a multiple of groups " + groups);
        more = List.copyOf(more);
        Require.that(
                more.isEmpty() || more.size() == kernel.axes(),
                "more",
                more,
                "one number for each of " + kernel.axes() + " spatial axes");
        for (int axis = 0; axis < more.size(); axis++) {
            int most = Math.max(kernel.stride().get(axis), kernel.dilation().get(axis));
            Require.that(
                    more.get(axis) >= 0 && more.get(axis) < most,
                    "more",
                    more,
                    "numbers from 0 to below the larger of stride and dilation; with more they lie outside of all kernels");
        }
    }

    /** Moves the kernel so far over the result: one number for all axes, or one for each; 1 by default. */
    public TransposedConvolution stride(int... steps) {
        return new TransposedConvolution(channels, kernel.withStride(steps), more, groups, weight);
    }

    /** Cuts so much off the result; {@link Padding#valid} by default. */
    public TransposedConvolution padding(Padding padding) {
        return new TransposedConvolution(channels, kernel.withPadding(padding), more, groups, weight);
    }

    /** Spreads the elements of the kernel so far apart; 1 by default. */
    public TransposedConvolution dilation(int... steps) {
        return new TransposedConvolution(channels, kernel.withDilation(steps), more, groups, weight);
    }

    /** Makes the result so much longer, after {@link #stride}: several sizes of an input of that convolution give one result. */
    public TransposedConvolution longer(int... elements) {
        List<Integer> each = Arrays.stream(elements).boxed().toList();
        return new TransposedConvolution(channels, kernel, each, groups, weight);
    }

    /** Cuts the channels into so many parts; 1 by default. */
    public TransposedConvolution groups(int parts) {
        return new TransposedConvolution(channels, kernel, more, parts, weight);
    }

    /** With other first values. */
    public TransposedConvolution withWeight(Initializer initializer) {
        return new TransposedConvolution(channels, kernel, more, groups, initializer);
    }

    @Override
    public String name() {
        return "convTranspose";
    }

    @Override
    public Value apply(Scope scope, Value input) {
        long in = Convolution.channelsOf(scope, input, kernel, groups);
        Initializer scaled = kernel.scaled(weight, in / groups, channels / groups);
        Map<String, Object> attributes = kernel.transposedAttributes(more);
        attributes.put("group", groups);
        Value matrix = scope.parameter("weight", scaled, Convolution.sizes(kernel, in, channels / groups));
        return Convolution.written(scope, Op.CONV_TRANSPOSE, attributes, input, matrix, channels);
    }
}
