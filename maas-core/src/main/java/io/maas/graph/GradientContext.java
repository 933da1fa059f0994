package io.maas.graph;

import io.maas.error.GraphException;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** What the rules for gradients share: the node, the gradients of its outputs, and small pieces of graph. */
abstract class GradientContext {
    final GraphBuilder b;
    final Node node;
    final Value x;
    final Value y;
    /** The gradient of the first output that one arrives at: of the only one, for most operators. */
    final Value dy;

    private final List<@Nullable Value> outputGradients;
    private final Set<String> active;

    GradientContext(GraphBuilder builder, Node node, List<@Nullable Value> outputGradients, Set<String> active) {
        this.b = builder;
        this.node = node;
        this.outputGradients = outputGradients;
        this.x = node.input(0);
        this.y = node.output();
        this.dy = outputGradients.stream().filter(Objects::nonNull).findFirst().orElse(Value.OMITTED);
        this.active = active;
    }

    /** The gradient of an output, or null where none arrives. */
    final @Nullable Value dy(int output) {
        return output < outputGradients.size() ? outputGradients.get(output) : null;
    }

    interface Rule {
        @Nullable
        Value gradient(int input);
    }

    interface FirstRule {
        Value gradient();
    }

    List<@Nullable Value> each(Rule rule) {
        List<@Nullable Value> gradients = new ArrayList<>();
        for (int i = 0; i < node.inputs().size(); i++) {
            gradients.add(isActive(i) ? rule.gradient(i) : null);
        }
        return gradients;
    }

    List<@Nullable Value> first(FirstRule rule) {
        return isActive(0) ? List.of(rule.gradient()) : List.of();
    }

    boolean isActive(int input) {
        Value value = node.input(input);
        return active.contains(value.name()) && value.dataType().isFloating();
    }

    GraphException unsupported(String what) {
        return new GraphException("no gradient for operator " + node.title() + ": there is no rule for " + what
                + "; freeze what lies before it");
    }

    Value one() {
        return b.scalar(1, dy);
    }

    Value zero() {
        return b.scalar(0, dy);
    }

    Value number(String attribute, float otherwise) {
        return b.scalar(node.attributes().floatValue(attribute, otherwise), dy);
    }

    Value sign(Value value) {
        return b.node(Op.SIGN, Attributes.none(), value);
    }

    Value positive(Value value) {
        return b.node(Op.GREATER, Attributes.none(), value, b.scalar(0, value));
    }

    /** The sizes of a value as an int64 vector: a constant where they are known. */
    Value sizes(Value value) {
        return value.hasShape() && value.shape().isFixed()
                ? b.longs(value.shape().toArray())
                : b.shapeOf(value);
    }

    Value reshapeLike(Value gradient, Value like) {
        Shape shape = like.shape();
        long variable = IntStream.range(0, shape.rank())
                .filter(i -> shape.symbol(i) != null)
                .count();
        boolean oneUnknown = variable == 1 && IntStream.range(0, shape.rank()).noneMatch(i -> shape.size(i) == 0);
        return b.reshape(gradient, oneUnknown ? b.longs(shape.toArray()) : sizes(like));
    }

    Value expandLike(Value gradient, Value like) {
        return b.node(Op.EXPAND, Attributes.none(), gradient, sizes(like));
    }

    /** Sums a gradient over the axes along which {@code input} was stretched, so that it has the input's shape again. */
    Value reduceTo(Value gradient, Value input) {
        Shape from = gradient.shape();
        Shape to = input.shape();
        int added = from.rank() - to.rank();
        List<Long> stretched = new ArrayList<>();
        for (int i = 0; i < to.rank(); i++) {
            Object wide = from.dimension(i + added);
            Object narrow = to.dimension(i);
            if (narrow.equals(1L)) {
                if (!wide.equals(1L)) {
                    stretched.add((long) i);
                }
            } else if (!wide.equals(narrow) || wide.equals(Shape.UNKNOWN)) {
                return reduceAtRunTime(gradient, input, added);
            }
        }
        if (added > 0 && to.rank() == 1 && stretched.isEmpty()) {
            return sumOfRows(gradient);
        }
        Value result = gradient;
        if (added > 0) {
            result = b.reduceSum(
                    result, false, IntStream.range(0, added).asLongStream().toArray());
        }
        if (!stretched.isEmpty()) {
            result = b.reduceSum(
                    result, true, stretched.stream().mapToLong(Long::longValue).toArray());
        }
        return result;
    }

    /** The sum over all axes but the last: a product with ones, which engines compute faster than a reduction. */
    private Value sumOfRows(Value value) {
        Value rows = value.rank() == 2 ? value : b.node(Op.FLATTEN, Attributes.of("axis", value.rank() - 1), value);
        return b.matmul(filled(size(rows, 0), 1, value.dataType()), rows);
    }

    /** As {@link #reduceTo} where only the run shows which axes were stretched. */
    Value reduceAtRunTime(Value gradient, Value input, int added) {
        Value narrow = b.shapeOf(input);
        if (added > 0) {
            long[] ones = new long[added];
            Arrays.fill(ones, 1);
            narrow = b.node(Op.CONCAT, Attributes.of("axis", 0), b.longs(ones), narrow);
        }
        Value differs = b.node(Op.NOT, Attributes.none(), b.equal(narrow, b.shapeOf(gradient)));
        Value axes = b.reshape(b.node(Op.NON_ZERO, Attributes.none(), differs), -1);
        Attributes keep = Attributes.of("keepdims", 1, "noop_with_empty_axes", 1);
        Value summed = b.node(Op.REDUCE_SUM, keep, gradient, axes);
        return reshapeLike(summed, input);
    }

    Value swapLastAxes(Value value) {
        long[] order = IntStream.range(0, value.rank()).asLongStream().toArray();
        order[order.length - 1]--;
        order[order.length - 2]++;
        return b.transpose(value, order);
    }

    Value scaled(Value value, float factor) {
        return factor == 1 ? value : b.mul(value, factor);
    }

    Value zeros(Value shape) {
        return filled(shape, 0, dy.dataType());
    }

    Value filled(Value shape, double number) {
        return filled(shape, number, dy.dataType());
    }

    private Value filled(Value shape, double number, DataType type) {
        Tensor value = Tensor.of(type, new double[] {number}, Shape.of(1));
        return b.node(Op.CONSTANT_OF_SHAPE, Attributes.of("value", value), shape);
    }

    /** The size of one axis as an int64 vector of one element. */
    Value size(Value value, long axis) {
        long size = value.shape().size((int) axis);
        return size != Shape.VARIABLE
                ? b.longs(size)
                : b.node(Op.GATHER, Attributes.none(), b.shapeOf(value), b.longs(axis));
    }

    Value plus(Value left, Value right) {
        Tensor known = b.constantOf(left);
        Tensor more = b.constantOf(right);
        return known != null && more != null
                ? b.longs(known.toLongArray()[0] + more.toLongArray()[0])
                : b.add(left, right);
    }

    static double[] asDoubles(long[] numbers) {
        return Arrays.stream(numbers).asDoubleStream().toArray();
    }
}
