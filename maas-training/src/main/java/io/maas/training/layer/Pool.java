package io.maas.training.layer;

import io.maas.graph.Attributes;
import io.maas.graph.Op;
import io.maas.graph.Value;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * The greatest or the mean value under a kernel, for each channel, {@code [batch, channels, size…]} to {@code [batch, channels,
 * places…]}. Places beyond the border do not count.
 *
 * <p>Immutable and thread-safe.
 *
 * @param mean whether it takes the mean; otherwise the greatest
 * @param kernel how it moves
 */
public record Pool(boolean mean, Kernel kernel) implements Layer {
    /** Moves the kernel so far from place to place: one number for all axes, or one for each; by its own size by default. */
    public Pool stride(int... steps) {
        return new Pool(mean, kernel.withStride(steps));
    }

    /** Lets the kernel stand over the border; {@link Padding#valid} by default. */
    public Pool padding(Padding padding) {
        return new Pool(mean, kernel.withPadding(padding));
    }

    @Override
    public String name() {
        return mean ? "averagePool" : "maxPool";
    }

    @Override
    public Value apply(Scope scope, Value input) {
        Convolution.channelsOf(scope, input, kernel, 1);
        if (!kernel.hasRoom(input.shape())) {
            throw scope.mismatch(
                    input,
                    "sizes of at least the kernel's " + kernel.size(),
                    "pad it with padding(Padding.same()), or make the kernel smaller");
        }
        Map<String, Object> attributes = kernel.attributes(input.shape());
        return scope.graph().node(mean ? Op.AVERAGE_POOL : Op.MAX_POOL, Attributes.copyOf(attributes), input);
    }

    /** The axes that a global pool takes together. */
    static long[] spatial(Scope scope, Value input) {
        if (input.rank() < 3) {
            throw scope.mismatch(input, "[batch, channels, size…]", "leave the pool out, or the flatten() before it");
        }
        return LongStream.range(2, input.rank()).toArray();
    }
}
