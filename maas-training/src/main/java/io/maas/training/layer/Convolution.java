package io.maas.training.layer;

import io.maas.error.Require;
import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A convolution over one to three spatial axes, {@code [batch, in, size…]} to {@code [batch, channels, places…]}: at each place
 * {@code y_c = b_c + Σ W_cdk·x_d(place · stride + k · dilation)} over the channels {@code d} of its group and the elements
 * {@code k} of the kernel. Parameters {@code weight [channels, in / groups, kernel…]} and {@code bias [channels]}.
 *
 * <p>Immutable and thread-safe.
 *
 * @param channels how many it gives, a multiple of {@code groups}
 * @param kernel how it moves
 * @param groups parts that the channels are cut into, each of which sees its own part of the input only
 * @param biased whether there is a bias
 * @param weight the weight's first values
 * @see "Goodfellow et al., Deep Learning (2016), chapter 9"
 */
public record Convolution(int channels, Kernel kernel, int groups, boolean biased, Initializer weight)
        implements Layer {
    public Convolution {
        Require.positive(channels, "channels");
        Require.positive(groups, "groups");
        Require.that(channels % groups == 0, "channels", channels, "a multiple of groups " + groups);
    }

    /** Moves the kernel so far from place to place: one number for all axes, or one for each; 1 by default. */
    public Convolution stride(int... steps) {
        return new Convolution(channels, kernel.withStride(steps), groups, biased, weight);
    }

    /** Pads the input with zeros; {@link Padding#valid} by default. */
    public Convolution padding(Padding padding) {
        return new Convolution(channels, kernel.withPadding(padding), groups, biased, weight);
    }

    /** Spreads the elements of the kernel so far apart; 1 by default. */
    public Convolution dilation(int... steps) {
        return new Convolution(channels, kernel.withDilation(steps), groups, biased, weight);
    }

    /** Cuts the channels into so many parts; 1 by default. */
    public Convolution groups(int parts) {
        return new Convolution(channels, kernel, parts, biased, weight);
    }

    public Convolution withoutBias() {
        return new Convolution(channels, kernel, groups, false, weight);
    }

    /** With other first values. */
    public Convolution withWeight(Initializer initializer) {
        return new Convolution(channels, kernel, groups, biased, initializer);
    }

    @Override
    public String name() {
        return "conv";
    }

    @Override
    public Value apply(Scope scope, Value input) {
        long in = channelsOf(scope, input, kernel, groups);
        if (!kernel.hasRoom(input.shape())) {
            throw scope.mismatch(
                    input,
                    "sizes of at least the kernel's " + kernel.size() + ", dilation " + kernel.dilation()
                            + " and padding" + " counted",
                    "pad it with padding(Padding.same()), or make the kernel or the pools before it smaller");
        }
        Initializer scaled = kernel.scaled(weight, in / groups, channels / groups);
        Map<String, Object> attributes = kernel.attributes(input.shape());
        attributes.put("group", groups);
        Value matrix = scope.parameter("weight", scaled, sizes(kernel, channels, in / groups));
        return written(scope, Op.CONV, attributes, input, matrix, biased ? channels : 0);
    }

    /** The number of channels of an input that a kernel can move over. */
    static long channelsOf(Scope scope, Value input, Kernel kernel, int groups) {
        if (!kernel.fits(input.shape()) || !input.dataType().isFloating()) {
            throw scope.mismatch(
                    input,
                    kernel.expected("channels"),
                    "give rows their channels first, as reshape(…) and permute(…) do, and the kernel one size for each"
                            + " spatial axis");
        }
        long in = input.shape().size(1);
        if (in % groups != 0) {
            throw scope.mismatch(
                    input,
                    kernel.expected("a multiple of " + groups),
                    "choose a number of groups that divides the channels");
        }
        return in;
    }

    static long[] sizes(Kernel kernel, long first, long second) {
        long[] sizes = new long[kernel.axes() + 2];
        sizes[0] = first;
        sizes[1] = second;
        System.arraycopy(kernel.sizes(), 0, sizes, 2, kernel.axes());
        return sizes;
    }

    static Value written(Scope scope, Op op, Map<String, Object> attributes, Value input, Value weight, long biases) {
        GraphBuilder b = scope.graph();
        List<Value> inputs = new ArrayList<>(List.of(input, weight));
        if (biases > 0) {
            inputs.add(scope.parameter("bias", Initializer.zeros(), biases));
        }
        return b.node(op, Attributes.copyOf(attributes), inputs.toArray(new Value[0]));
    }
}
