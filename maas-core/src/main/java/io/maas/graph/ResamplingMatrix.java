package io.maas.graph;

import io.maas.tensor.DataType;

/**
 * The weights of a Resize along an axis whose sizes only the run shows: {@code [new size, old size]}, computed in float64 by the
 * formulas of {@link Resampling}, and as exactly.
 */
final class ResamplingMatrix {
    private final GraphBuilder b;
    private final Node node;
    private final Resampling resampling;
    /** Of the axis, float64 {@code [1]} each. */
    private final Value in;

    private final Value out;
    private final Value scale;

    /** @param index the axis's place among those that are resized */
    ResamplingMatrix(GraphBuilder b, Node node, Resampling resampling, int index) {
        this.b = b;
        this.node = node;
        this.resampling = resampling;
        Sizes sizes = new Sizes(b);
        int axis = resampling.axis(index);
        this.in = real(sizes.of(node.input(0), axis));
        this.out = real(sizes.of(node.output(), axis));
        this.scale = scale(index);
    }

    private Value scale(int index) {
        if (resampling.isByScale()) {
            return b.node(Op.GATHER, Attributes.none(), real(node.input(2)), b.longs(index));
        }
        if (resampling.isStretched()) {
            return b.div(out, in);
        }
        Value old = b.node(Op.GATHER, Attributes.none(), b.shapeOf(node.input(0)), b.longs(resampling.allAxes()));
        Value each = b.div(real(node.input(3)), real(old));
        Op extreme = resampling.isNotLarger() ? Op.REDUCE_MIN : Op.REDUCE_MAX;
        return b.reduce(extreme, each, true, 0);
    }

    /** The matrix, in a type. */
    Value weights(DataType type) {
        Value at = coordinates();
        Value places = numbers(in);
        Value weights = resampling.isNearest()
                ? b.cast(b.equal(inside(rounded(at)), places), DataType.FLOAT64)
                : resampling.isLinear() ? linear(at, places) : cubic(at, places);
        return b.cast(weights, type);
    }

    /** Where each new element lies among the old ones, {@code [new size, 1]}. */
    private Value coordinates() {
        Value i = b.unsqueeze(numbers(out), 1);
        Value centred = b.sub(b.div(b.add(i, number(0.5)), scale), number(0.5));
        Value several = b.cast(b.node(Op.GREATER, Attributes.none(), out, number(1)), DataType.FLOAT64);
        return switch (resampling.coordinates()) {
            case "half_pixel" -> centred;
            case "pytorch_half_pixel" -> b.mul(centred, several);
            case "asymmetric" -> b.div(i, scale);
            case "align_corners" -> {
                Value steps = b.node(Op.MAX, Attributes.none(), b.sub(out, number(1)), number(1));
                yield b.div(b.mul(i, b.sub(in, number(1))), steps);
            }
            default -> {
                Value kept = b.div(out, b.mul(scale, in));
                yield b.add(b.mul(b.div(in, number(2)), b.sub(number(1), kept)), centred);
            }
        };
    }

    private Value rounded(Value at) {
        return switch (resampling.rounding()) {
            case "round_prefer_floor" -> b.node(Op.CEIL, Attributes.none(), b.sub(at, number(0.5)));
            case "round_prefer_ceil" -> b.node(Op.FLOOR, Attributes.none(), b.add(at, number(0.5)));
            case "floor" -> b.node(Op.FLOOR, Attributes.none(), at);
            default -> b.node(Op.CEIL, Attributes.none(), at);
        };
    }

    private Value inside(Value at) {
        Value notBefore = b.node(Op.MAX, Attributes.none(), at, number(0));
        return b.node(Op.MIN, Attributes.none(), notBefore, b.sub(in, number(1)));
    }

    /** The nearer an old element is, the more it weighs; none beyond a distance of 1. */
    private Value linear(Value at, Value places) {
        return b.relu(b.sub(number(1), distance(inside(at), places)));
    }

    /**
     * What four elements weigh, by their distance; where two of them lie outside, the first element or the last one stands for
     * them, or they are left out and the others weigh more.
     */
    private Value cubic(Value at, Value places) {
        Value weights = keys(distance(at, places));
        if (!resampling.excludesOutside()) {
            Value before = b.add(keys(distance(at, number(-1))), keys(distance(at, number(-2))));
            Value behind = b.add(keys(distance(at, in)), keys(distance(at, b.add(in, number(1)))));
            Value isFirst = b.cast(b.equal(places, number(0)), DataType.FLOAT64);
            Value isLast = b.cast(b.equal(places, b.sub(in, number(1))), DataType.FLOAT64);
            weights = b.add(weights, b.add(b.mul(before, isFirst), b.mul(behind, isLast)));
        }
        return b.div(weights, b.reduceSum(weights, true, 1));
    }

    /** Keys, "Cubic convolution interpolation for digital image processing", 1981. */
    private Value keys(Value d) {
        double a = resampling.steepness();
        Value near = b.add(b.mul(b.mul(b.sub(b.mul(d, a + 2), number(a + 3)), d), d), number(1));
        Value far = b.sub(b.mul(b.add(b.mul(b.sub(b.mul(d, a), number(5 * a)), d), number(8 * a)), d), number(4 * a));
        Value isNear = b.node(Op.LESS_OR_EQUAL, Attributes.none(), d, number(1));
        Value isFar = b.node(Op.LESS, Attributes.none(), d, number(2));
        return b.where(isNear, near, b.where(isFar, far, number(0)));
    }

    private Value distance(Value at, Value places) {
        return b.node(Op.ABS, Attributes.none(), b.sub(at, places));
    }

    /** The numbers from 0 to below a size. */
    private Value numbers(Value size) {
        return real(new Sizes(b).range(b.cast(size, DataType.INT64)));
    }

    private Value real(Value value) {
        return b.cast(value, DataType.FLOAT64);
    }

    private Value number(double number) {
        return b.scalar(number, out);
    }
}
