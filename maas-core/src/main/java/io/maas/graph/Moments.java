package io.maas.graph;

import io.maas.tensor.DataType;

/**
 * Mean and deviation of a value along axes, as pieces of graph; sizes of these axes are 1 in {@code mean} and {@code inverse}.
 *
 * @param centred the value without its mean
 * @param inverse {@code 1 / sqrt(variance + epsilon)}, where the variance is that of the population
 */
record Moments(Value mean, Value variance, Value centred, Value inverse) {
    static Moments of(GraphBuilder b, Value x, double epsilon, long... axes) {
        Value mean = b.reduceMean(x, true, axes);
        Value centred = b.sub(x, mean);
        Value variance = b.reduceMean(b.mul(centred, centred), true, axes);
        return new Moments(mean, variance, centred, inverse(b, variance, epsilon));
    }

    static Value inverse(GraphBuilder b, Value variance, double epsilon) {
        return b.node(Op.RECIPROCAL, Attributes.none(), b.sqrt(b.add(variance, b.scalar(epsilon, variance))));
    }

    Value normalized(GraphBuilder b) {
        return b.mul(centred, inverse);
    }

    /** The type that statistics are computed in: 16 bits are too few for sums. */
    static DataType stash(DataType type) {
        return type == DataType.FLOAT16 || type == DataType.BFLOAT16 ? DataType.FLOAT32 : type;
    }
}
