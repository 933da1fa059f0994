package io.maas.training.loss;

import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import java.util.stream.LongStream;

/**
 * The formulas behind {@link Losses}, in forms that neither overflow nor cancel: {@code y} is the prediction, {@code z} one that is
 * a raw score, {@code t} the target.
 */
final class Formulas {
    /** Far below any score, yet finite in float32: what a logarithm of 0 is taken to be. */
    static final double NEVER = -1e30;

    /** Keeps the length of a vector of zeros from being divided by. */
    private static final double LEAST_LENGTH = 1e-12;

    private Formulas() {}

    static Value squared(GraphBuilder b, Value y, Value t) {
        Value error = b.sub(y, t);
        return b.mul(error, error);
    }

    static Value absolute(GraphBuilder b, Value y, Value t) {
        return op(b, Op.ABS, b.sub(y, t));
    }

    /** With {@code c} the error cut to {@code [-delta, delta]}, both branches are {@code c·(error - c/2)}. */
    static Formula huber(double delta) {
        return (b, y, t) -> {
            Value error = b.sub(y, t);
            Value cut = op(b, Op.CLIP, error, b.scalar(-delta, error), b.scalar(delta, error));
            return b.mul(cut, b.sub(error, b.mul(cut, 0.5)));
        };
    }

    /** {@code log cosh e = |e| + log(1 + exp(-2|e|)) - log 2}. */
    static Value logCosh(GraphBuilder b, Value y, Value t) {
        Value size = op(b, Op.ABS, b.sub(y, t));
        return b.sub(b.add(size, softplus(b, b.mul(size, -2))), b.scalar(Math.log(2), size));
    }

    static Formula quantile(double q) {
        return (b, y, t) -> {
            Value above = b.sub(t, y);
            return op(b, Op.MAX, b.mul(above, q), b.mul(above, q - 1));
        };
    }

    static Value poisson(GraphBuilder b, Value z, Value t) {
        return b.sub(b.exp(z), b.mul(t, z));
    }

    /** With Stirling's {@code log t! = t log t - t + log(2πt)/2} where {@code t > 1}, else 0. */
    static Value poissonLikelihood(GraphBuilder b, Value z, Value t) {
        Value one = b.scalar(1, t);
        Value large = op(b, Op.MAX, t, one);
        Value logarithm = b.log(large);
        Value root = b.mul(b.add(logarithm, b.scalar(Math.log(2 * Math.PI), t)), 0.5);
        Value stirling = b.add(b.sub(b.mul(large, logarithm), large), root);
        return b.add(poisson(b, z, t), b.where(op(b, Op.GREATER, t, one), stirling, b.scalar(0, t)));
    }

    /** {@code -log p = softplus(-z)} and {@code -log(1 - p) = softplus(z)}, whose multiples are the logarithms of the factors. */
    static Formula binaryFocal(double gamma, double alpha) {
        return (b, z, t) -> {
            Value yes = softplus(b, b.neg(z));
            Value no = softplus(b, z);
            Value positive = b.mul(b.mul(b.exp(b.mul(no, -gamma)), yes), b.mul(t, alpha));
            Value negative = b.mul(b.mul(b.exp(b.mul(yes, -gamma)), no), b.mul(inverse(b, t), 1 - alpha));
            return b.add(positive, negative);
        };
    }

    static Value hinge(GraphBuilder b, Value z, Value t) {
        Value one = b.scalar(1, z);
        Value sign = b.where(op(b, Op.GREATER, t, b.scalar(0, t)), one, b.scalar(-1, z));
        return b.relu(b.sub(one, b.mul(sign, z)));
    }

    static Value square(GraphBuilder b, Value x) {
        return b.mul(x, x);
    }

    /** {@code t log t} is 0 at 0. */
    static Value klDivergence(GraphBuilder b, Value z, Value t) {
        Value zero = b.scalar(0, t);
        Value safe = b.where(op(b, Op.GREATER, t, zero), t, b.scalar(1, t));
        return b.reduceSum(b.mul(t, b.sub(b.log(safe), b.logSoftmax(z, -1))), false, -1);
    }

    static Value cosine(GraphBuilder b, Value y, Value t) {
        Value lengths = b.mul(length(b, y), length(b, t));
        Value cosine = b.div(b.reduceSum(b.mul(y, t), false, -1), lengths);
        return b.sub(b.scalar(1, y), cosine);
    }

    private static Value length(GraphBuilder b, Value x) {
        return op(b, Op.MAX, norm(b, x), b.scalar(LEAST_LENGTH, x));
    }

    /** The Euclidean length along the last axis; its gradient at 0 is taken as 0. */
    static Value norm(GraphBuilder b, Value x) {
        return b.node(Op.REDUCE_L2, Attributes.of("keepdims", 0), x, b.longs(-1));
    }

    static Formula dice(double smoothing) {
        return (b, z, t) -> {
            Value p = b.sigmoid(z);
            Value both = b.mul(rows(b, b.mul(p, t)), 2);
            Value all = b.add(rows(b, p), rows(b, t));
            Value extra = b.scalar(smoothing, z);
            return b.sub(b.scalar(1, z), b.div(b.add(both, extra), b.add(all, extra)));
        };
    }

    private static Value rows(GraphBuilder b, Value x) {
        return x.rank() == 1
                ? x
                : b.reduceSum(x, false, LongStream.range(1, x.rank()).toArray());
    }

    static Value softplus(GraphBuilder b, Value x) {
        return op(b, Op.SOFTPLUS, x);
    }

    /** {@code 1 - x}. */
    static Value inverse(GraphBuilder b, Value x) {
        return b.sub(b.scalar(1, x), x);
    }

    static Value op(GraphBuilder b, Op op, Value... inputs) {
        return b.node(op, Attributes.none(), inputs);
    }
}
