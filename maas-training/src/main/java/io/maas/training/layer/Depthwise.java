package io.maas.training.layer;

import io.maas.error.Require;
import io.maas.graph.Value;

/**
 * A {@link Convolution} of each channel by itself, {@code [batch, in, size…]} to {@code [batch, in · multiplier, places…]}.
 * Parameters {@code weight [in · multiplier, 1, kernel…]} and {@code bias [in · multiplier]}.
 *
 * <p>Immutable and thread-safe.
 *
 * @param kernel how it moves
 * @param multiplier how many kernels each channel has
 * @param weight the weight's first values
 */
public record Depthwise(Kernel kernel, int multiplier, Initializer weight) implements Layer {
    public Depthwise {
        Require.positive(multiplier, "multiplier");
    }

    /** Moves the kernel so far from place to place: one number for all axes, or one for each; 1 by default. */
    public Depthwise stride(int... steps) {
        return new Depthwise(kernel.withStride(steps), multiplier, weight);
    }

    /** Pads the input with zeros; {@link Padding#valid} by default. */
    public Depthwise padding(Padding padding) {
        return new Depthwise(kernel.withPadding(padding), multiplier, weight);
    }

    /** Spreads the elements of the kernel so far apart; 1 by default. */
    public Depthwise dilation(int... steps) {
        return new Depthwise(kernel.withDilation(steps), multiplier, weight);
    }

    /** Gives each channel so many kernels; 1 by default. */
    public Depthwise multiplier(int kernels) {
        return new Depthwise(kernel, kernels, weight);
    }

    /** With other first values. */
    public Depthwise withWeight(Initializer initializer) {
        return new Depthwise(kernel, multiplier, initializer);
    }

    @Override
    public String name() {
        return "depthwise";
    }

    @Override
    public Value apply(Scope scope, Value input) {
        int in = Math.toIntExact(Convolution.channelsOf(scope, input, kernel, 1));
        return new Convolution(Math.multiplyExact(in, multiplier), kernel, in, true, weight).apply(scope, input);
    }
}
