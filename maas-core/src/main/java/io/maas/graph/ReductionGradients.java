package io.maas.graph;

import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Gradients of operators that make one of many along axes. */
final class ReductionGradients extends GradientContext {
    ReductionGradients(GraphBuilder builder, Node node, List<@Nullable Value> outputGradients, Set<String> active) {
        super(builder, node, outputGradients, active);
    }

    /** The axes that are reduced, or null for those that only the run shows. */
    long @Nullable [] reducedAxes() {
        Value input = node.input(1);
        long[] axes = node.attributes().longs("axes");
        if (!input.isOmitted()) {
            Tensor constant = b.constantOf(input);
            if (constant == null) {
                return null;
            }
            axes = constant.toLongArray();
        }
        if (axes == null || axes.length == 0) {
            return node.attributes().longValue("noop_with_empty_axes", 0) == 1
                    ? new long[0]
                    : IntStream.range(0, x.rank()).asLongStream().toArray();
        }
        return Arrays.stream(axes)
                .map(axis -> axis < 0 ? axis + x.rank() : axis)
                .sorted()
                .toArray();
    }

    /** A value of the output's shape with the reduced axes back, of size 1. */
    Value keepAxes(Value value) {
        if (node.attributes().longValue("keepdims", 1) == 1) {
            return value;
        }
        long[] axes = reducedAxes();
        if (axes == null) {
            throw unsupported("axes that are not constant, without keepdims");
        }
        // A scalar broadcasts as it is.
        return axes.length == 0 || value.rank() == 0 ? value : b.unsqueeze(value, axes);
    }

    /** How many elements go into each mean, as a scalar of the gradient's type. */
    Value count() {
        long[] axes = reducedAxes();
        if (axes == null) {
            throw unsupported("axes that are not constant");
        }
        long known = 1;
        Value variable = null;
        for (long axis : axes) {
            if (x.shape().size((int) axis) != Shape.VARIABLE) {
                known *= x.shape().size((int) axis);
                continue;
            }
            Value size = b.node(Op.GATHER, Attributes.none(), b.shapeOf(x), b.constant(Tensor.scalar(axis)));
            Value number = b.cast(size, dy.dataType());
            variable = variable == null ? number : b.mul(variable, number);
        }
        return variable == null ? b.scalar((double) known, dy) : b.mul(variable, (double) known);
    }

    /** Of the greatest, or least, elements: equal ones share. */
    Value extreme() {
        long[] axes = reducedAxes();
        if (axes == null) {
            throw unsupported("axes that are not constant");
        }
        if (axes.length == 0) {
            return dy;
        }
        Value best = keepAxes(y);
        Value mask = b.cast(b.equal(x, best), dy.dataType());
        Value ties = b.reduceSum(mask, true, axes);
        return b.mul(mask, b.div(keepAxes(dy), ties));
    }

    /** The rules of the operators that have no method of their own in the table. */
    @Nullable
    List<@Nullable Value> of() {
        return first(() -> switch (node.op()) {
            case REDUCE_L1 -> b.mul(keepAxes(dy), sign(x));
            // 0 where all elements are.
            case REDUCE_L2 -> b.mul(x, keepAxes(b.div(dy, b.where(b.equal(y, zero()), one(), y))));
            case REDUCE_LOG_SUM -> expandLike(keepAxes(b.mul(dy, b.exp(b.neg(y)))), x);
            case REDUCE_LOG_SUM_EXP -> b.mul(keepAxes(dy), b.exp(b.sub(x, keepAxes(y))));
            case REDUCE_MIN -> extreme();
            case REDUCE_PROD -> product();
            case REDUCE_SUM_SQUARE -> b.mul(x, keepAxes(b.mul(dy, 2)));
            default -> throw unsupported("this operator");
        });
    }

    /**
     * The product of the other elements: with p the product of those that are not 0, it is {@code p / x} if no element is 0,
     * and for the only element that is 0 it is p; else it is 0.
     */
    private Value product() {
        Value isZero = b.equal(x, zero());
        Value zeros = b.cast(isZero, dy.dataType());
        Value count = ReductionDecompositions.reduce(b, node, Op.REDUCE_SUM, zeros, true);
        Value safe = b.where(isZero, one(), x);
        Value product = ReductionDecompositions.reduce(b, node, Op.REDUCE_PROD, safe, true);
        Value isAllOtherThanZero = b.cast(b.equal(count, zeros), dy.dataType());
        return b.mul(b.mul(b.div(product, safe), isAllOtherThanZero), keepAxes(dy));
    }
}
