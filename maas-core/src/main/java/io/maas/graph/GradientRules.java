package io.maas.graph;

import io.maas.error.GraphException;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * How the gradient of an operator's output becomes gradients of its inputs: one rule an operator. Rules write only what is
 * needed for inputs that the wanted values flow through.
 */
final class GradientRules {
    private final GraphBuilder b;
    private final Node node;
    private final Value dy;
    private final Value x;
    private final Value y;
    private final Set<String> active;

    GradientRules(GraphBuilder builder, Node node, Value outputGradient, Set<String> active) {
        this.b = builder;
        this.node = node;
        this.dy = outputGradient;
        this.x = node.input(0);
        this.y = node.output();
        this.active = active;
    }

    /** One gradient an input, null where none flows; possibly fewer than there are inputs. */
    List<@Nullable Value> apply() {
        return switch (node.op()) {
            case ADD -> each(i -> reduceTo(dy, node.input(i)));
            case SUB -> each(i -> i == 0 ? reduceTo(dy, x) : b.neg(reduceTo(dy, node.input(1))));
            case MUL -> each(i -> reduceTo(b.mul(dy, node.input(1 - i)), node.input(i)));
            case DIV ->
                each(i -> i == 0
                        ? reduceTo(b.div(dy, node.input(1)), x)
                        : b.neg(reduceTo(b.div(b.mul(dy, y), node.input(1)), node.input(1))));
            case POW -> pow();
            case MIN, MAX -> extremum();
            case NEG -> first(() -> b.neg(dy));
            case ABS -> first(() -> b.mul(dy, sign(x)));
            case EXP -> first(() -> b.mul(dy, y));
            case LOG -> first(() -> b.div(dy, x));
            case SQRT -> first(() -> b.div(b.mul(dy, 0.5), y));
            case RECIPROCAL -> first(() -> b.neg(b.mul(dy, b.mul(y, y))));
            case ERF -> first(() -> b.mul(b.mul(dy, 2 / Math.sqrt(Math.PI)), b.exp(b.neg(b.mul(x, x)))));
            // Sign of the output is the cheapest mask that an engine has: no comparison, no cast.
            case RELU -> first(() -> b.mul(dy, sign(y)));
            case LEAKY_RELU -> first(() -> b.mul(dy, b.where(positive(x), one(), number("alpha", 0.01f))));
            case ELU -> first(() -> b.where(positive(x), dy, b.mul(dy, b.add(y, number("alpha", 1)))));
            case SIGMOID -> first(() -> b.mul(dy, b.mul(y, b.sub(one(), y))));
            case TANH -> first(() -> b.mul(dy, b.sub(one(), b.mul(y, y))));
            case SOFTPLUS -> first(() -> b.mul(dy, b.sigmoid(x)));
            case SOFTMAX -> first(() -> b.mul(y, b.sub(dy, b.reduceSum(b.mul(dy, y), true, softmaxAxis()))));
            case LOG_SOFTMAX -> first(() -> b.sub(dy, b.mul(b.exp(y), b.reduceSum(dy, true, softmaxAxis()))));
            case WHERE ->
                each(i -> i == 0
                        ? null
                        : reduceTo(i == 1 ? b.where(x, dy, zero()) : b.where(x, zero(), dy), node.input(i)));
            case CLIP -> clip();
            case MATMUL -> matmul();
            case GEMM -> gemm();
            case IDENTITY -> first(() -> dy);
            case CAST -> x.dataType().isFloating() ? first(() -> b.cast(dy, x.dataType())) : List.of();
            case RESHAPE, FLATTEN, SQUEEZE, UNSQUEEZE -> first(() -> reshapeLike(dy, x));
            case TRANSPOSE -> first(this::transposeBack);
            case EXPAND -> first(() -> reduceTo(dy, x));
            case CONCAT -> concat();
            case SLICE -> first(this::slice);
            case GATHER -> first(this::gather);
            case PAD -> first(this::pad);
            case REDUCE_SUM -> first(() -> expandLike(keepAxes(dy), x));
            case REDUCE_MEAN -> first(() -> expandLike(b.div(keepAxes(dy), count()), x));
            case REDUCE_MAX -> first(this::reduceMax);
            // Piecewise constant, or not a function of floating-point values.
            case SIGN,
                    EQUAL,
                    LESS,
                    LESS_OR_EQUAL,
                    GREATER,
                    GREATER_OR_EQUAL,
                    AND,
                    OR,
                    NOT,
                    ARG_MAX,
                    NON_ZERO,
                    SHAPE,
                    CONSTANT_OF_SHAPE,
                    ONE_HOT -> List.of();
            case SCATTER_ND, OTHER -> throw unsupported("this operator");
        };
    }

    private interface Rule {
        @Nullable
        Value gradient(int input);
    }

    private interface FirstRule {
        Value gradient();
    }

    private List<@Nullable Value> each(Rule rule) {
        List<@Nullable Value> gradients = new ArrayList<>();
        for (int i = 0; i < node.inputs().size(); i++) {
            gradients.add(isActive(i) ? rule.gradient(i) : null);
        }
        return gradients;
    }

    private List<@Nullable Value> first(FirstRule rule) {
        return isActive(0) ? List.of(rule.gradient()) : List.of();
    }

    private boolean isActive(int input) {
        Value value = node.input(input);
        return active.contains(value.name()) && value.dataType().isFloating();
    }

    private GraphException unsupported(String what) {
        return new GraphException("no gradient for operator " + node.title() + ": there is no rule for " + what
                + "; freeze what lies before it");
    }

    // ---- small pieces

    private Value one() {
        return b.scalar(1, dy);
    }

    private Value zero() {
        return b.scalar(0, dy);
    }

    private Value number(String attribute, float otherwise) {
        return b.scalar(node.attributes().floatValue(attribute, otherwise), dy);
    }

    private Value sign(Value value) {
        return b.node(Op.SIGN, Attributes.none(), value);
    }

    private Value positive(Value value) {
        return b.node(Op.GREATER, Attributes.none(), value, b.scalar(0, value));
    }

    private long softmaxAxis() {
        return node.attributes().longValue("axis", -1);
    }

    /** The sizes of a value as an int64 vector: a constant where they are known. */
    private Value sizes(Value value) {
        return value.hasShape() && value.shape().isFixed()
                ? b.longs(value.shape().toArray())
                : b.shapeOf(value);
    }

    private Value reshapeLike(Value gradient, Value like) {
        Shape shape = like.shape();
        long variable = IntStream.range(0, shape.rank())
                .filter(i -> shape.symbol(i) != null)
                .count();
        boolean oneUnknown = variable == 1 && IntStream.range(0, shape.rank()).noneMatch(i -> shape.size(i) == 0);
        return b.reshape(gradient, oneUnknown ? b.longs(shape.toArray()) : sizes(like));
    }

    private Value expandLike(Value gradient, Value like) {
        return b.node(Op.EXPAND, Attributes.none(), gradient, sizes(like));
    }

    // ---- broadcasting

    /** Sums a gradient over the axes along which {@code input} was stretched, so that it has the input's shape again. */
    private Value reduceTo(Value gradient, Value input) {
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

    /** As {@link #reduceTo} where only the run shows which axes were stretched. */
    private Value reduceAtRunTime(Value gradient, Value input, int added) {
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

    // ---- element-wise operators with more to say

    private List<@Nullable Value> pow() {
        Value exponent = b.cast(node.input(1), dy.dataType());
        return each(i -> {
            if (i == 0) {
                // x^(p-1) is infinite at x = 0 for p = 0, where the derivative is 0.
                Value isConstant = b.equal(exponent, zero());
                Value lowered = b.where(isConstant, one(), b.sub(exponent, one()));
                Value slope = b.mul(exponent, b.node(Op.POW, Attributes.none(), x, lowered));
                return reduceTo(b.mul(dy, slope), x);
            }
            Value logarithm = b.where(positive(x), b.log(x), zero());
            return reduceTo(b.cast(b.mul(dy, b.mul(y, logarithm)), node.input(1).dataType()), node.input(1));
        });
    }

    private List<@Nullable Value> extremum() {
        List<Value> masks = new ArrayList<>();
        for (Value input : node.inputs()) {
            masks.add(b.cast(b.equal(input, y), dy.dataType()));
        }
        Value ties = masks.get(0);
        for (Value mask : masks.subList(1, masks.size())) {
            ties = b.add(ties, mask);
        }
        Value share = b.div(dy, ties);
        return each(i -> reduceTo(b.mul(share, masks.get(i)), node.input(i)));
    }

    private List<@Nullable Value> clip() {
        Value low = node.input(1);
        Value high = node.input(2);
        return each(i -> switch (i) {
            case 0 -> {
                Value inside = dy;
                if (!low.isOmitted()) {
                    inside = b.where(b.node(Op.GREATER_OR_EQUAL, Attributes.none(), x, low), inside, zero());
                }
                if (!high.isOmitted()) {
                    inside = b.where(b.node(Op.LESS_OR_EQUAL, Attributes.none(), x, high), inside, zero());
                }
                yield inside;
            }
            case 1 -> b.reduceSum(b.where(belowOnly(low, high), dy, zero()), false);
            default -> b.reduceSum(b.where(above(low, high), dy, zero()), false);
        });
    }

    /** Where the lower bound is the result: the upper one wins where the two are crossed. */
    private Value belowOnly(Value low, Value high) {
        Value below = b.node(Op.LESS, Attributes.none(), x, low);
        return high.isOmitted()
                ? below
                : b.node(Op.AND, Attributes.none(), below, b.node(Op.LESS_OR_EQUAL, Attributes.none(), low, high));
    }

    private Value above(Value low, Value high) {
        Value above = b.node(Op.GREATER, Attributes.none(), x, high);
        return low.isOmitted()
                ? above
                : b.node(Op.OR, Attributes.none(), above, b.node(Op.GREATER, Attributes.none(), low, high));
    }

    // ---- linear algebra

    private List<@Nullable Value> matmul() {
        Value w = node.input(1);
        if (x.rank() == 2 && w.rank() == 2) {
            return each(i ->
                    i == 0 ? b.gemm(dy, false, w, true, Value.OMITTED) : b.gemm(x, true, dy, false, Value.OMITTED));
        }
        // Vectors become matrices; the gradient loses the added axis again.
        Value left = x.rank() == 1 ? b.unsqueeze(x, 0) : x;
        Value right = w.rank() == 1 ? b.unsqueeze(w, 1) : w;
        Value out = w.rank() == 1 ? b.unsqueeze(dy, -1) : dy;
        Value grown = x.rank() == 1 ? b.unsqueeze(out, -2) : out;
        return each(i -> {
            if (i == 0) {
                Value full = b.matmul(grown, swapLastAxes(right));
                return x.rank() == 1 ? reshapeLike(reduceTo(full, left), x) : reduceTo(full, x);
            }
            Value full = right.rank() == 2 && left.rank() > 2
                    ? b.gemm(rows(left), true, rows(grown), false, Value.OMITTED)
                    : reduceTo(b.matmul(swapLastAxes(left), grown), right);
            return w.rank() == 1 ? reshapeLike(full, w) : full;
        });
    }

    /** All axes but the last flattened into one. */
    private Value rows(Value value) {
        return b.node(Op.FLATTEN, Attributes.of("axis", value.rank() - 1), value);
    }

    private Value swapLastAxes(Value value) {
        long[] order = IntStream.range(0, value.rank()).asLongStream().toArray();
        order[order.length - 1]--;
        order[order.length - 2]++;
        return b.transpose(value, order);
    }

    private List<@Nullable Value> gemm() {
        Value w = node.input(1);
        boolean transA = node.attributes().longValue("transA", 0) == 1;
        boolean transB = node.attributes().longValue("transB", 0) == 1;
        float alpha = node.attributes().floatValue("alpha", 1);
        float beta = node.attributes().floatValue("beta", 1);
        return each(i -> switch (i) {
            case 0 ->
                scaled(
                        transA
                                ? b.gemm(w, transB, dy, true, Value.OMITTED)
                                : b.gemm(dy, false, w, !transB, Value.OMITTED),
                        alpha);
            case 1 ->
                scaled(
                        transB
                                ? b.gemm(dy, true, x, transA, Value.OMITTED)
                                : b.gemm(x, !transA, dy, false, Value.OMITTED),
                        alpha);
            default -> scaled(reduceTo(dy, node.input(2)), beta);
        });
    }

    private Value scaled(Value value, float factor) {
        return factor == 1 ? value : b.mul(value, factor);
    }

    // ---- moving elements

    private Value transposeBack() {
        long[] order = node.attributes().longs("perm");
        if (order == null) {
            return b.node(Op.TRANSPOSE, Attributes.none(), dy);
        }
        long[] inverse = new long[order.length];
        for (int i = 0; i < order.length; i++) {
            inverse[(int) order[i]] = i;
        }
        return b.transpose(dy, inverse);
    }

    private List<@Nullable Value> concat() {
        long axis = node.attributes().longValue("axis", 0);
        List<Value> starts = new ArrayList<>();
        Value start = b.longs(0);
        for (Value input : node.inputs()) {
            starts.add(start);
            start = plus(start, size(input, axis));
        }
        starts.add(start);
        return each(i -> b.node(Op.SLICE, Attributes.none(), dy, starts.get(i), starts.get(i + 1), b.longs(axis)));
    }

    /** The size of one axis as an int64 vector of one element. */
    private Value size(Value value, long axis) {
        long size = value.shape().size((int) axis);
        return size != Shape.VARIABLE
                ? b.longs(size)
                : b.node(Op.GATHER, Attributes.none(), b.shapeOf(value), b.longs(axis));
    }

    private Value plus(Value left, Value right) {
        Tensor known = b.constantOf(left);
        Tensor more = b.constantOf(right);
        return known != null && more != null
                ? b.longs(known.toLongArray()[0] + more.toLongArray()[0])
                : b.add(left, right);
    }

    /**
     * Puts the gradient back where the slice was taken. The slice of a tensor that holds every element's own coordinates says
     * where that is, whatever the steps are.
     */
    private Value slice() {
        Value axesInput = node.input(3);
        Tensor axes = axesInput.isOmitted() ? null : b.constantOf(axesInput);
        if (axes == null && !axesInput.isOmitted()) {
            throw unsupported("axes that are not constant");
        }
        int rank = x.rank();
        Value shape = sizes(x);
        Value ones = b.node(Op.CONSTANT_OF_SHAPE, Attributes.of("value", Tensor.of(new long[] {1})), shape);
        Value coordinates = b.transpose(b.node(Op.NON_ZERO, Attributes.none(), ones), 1, 0);
        Value grid = b.reshape(coordinates, b.node(Op.CONCAT, Attributes.of("axis", 0), b.shapeOf(x), b.longs(rank)));
        List<Value> inputs = new ArrayList<>(List.of(grid, node.input(1), node.input(2)));
        if (axes != null) {
            // Negative axes would now count from the added one.
            long[] positive = Arrays.stream(axes.toDoubleArray())
                    .mapToLong(axis -> (long) (axis < 0 ? axis + rank : axis))
                    .toArray();
            inputs.add(b.constant(Tensor.of(axes.dataType(), asDoubles(positive), axes.shape())));
        } else if (!node.input(4).isOmitted()) {
            inputs.add(Value.OMITTED);
        }
        if (!node.input(4).isOmitted()) {
            inputs.add(node.input(4));
        }
        Value places = b.node(Op.SLICE, Attributes.none(), inputs.toArray(new Value[0]));
        return b.node(Op.SCATTER_ND, Attributes.none(), zeros(shape), places, dy);
    }

    private static double[] asDoubles(long[] numbers) {
        return Arrays.stream(numbers).asDoubleStream().toArray();
    }

    private Value zeros(Value shape) {
        Tensor zero = Tensor.of(dy.dataType(), new double[] {0}, Shape.of(1));
        return b.node(Op.CONSTANT_OF_SHAPE, Attributes.of("value", zero), shape);
    }

    /** Adds each row of the gradient to the row that it was gathered from. */
    private Value gather() {
        int rank = x.rank();
        int axis = (int) node.attributes().longValue("axis", 0);
        axis = axis < 0 ? axis + rank : axis;
        int indexRank = node.input(1).rank();
        Value indices = b.unsqueeze(b.cast(node.input(1), DataType.INT64), indexRank);
        Attributes sum = Attributes.of("reduction", "add");
        if (axis == 0) {
            return b.node(Op.SCATTER_ND, sum, zeros(sizes(x)), indices, dy);
        }
        // Bring the gathered axis to the front, scatter there, and bring it back.
        long[] front = moved(rank, axis, 1);
        Value shape = b.node(Op.GATHER, Attributes.none(), sizes(x), b.longs(front));
        Value moved = b.transpose(dy, moved(dy.rank(), axis, indexRank));
        Value scattered = b.node(Op.SCATTER_ND, sum, zeros(shape), indices, moved);
        long[] back = new long[rank];
        for (int i = 0; i < rank; i++) {
            back[(int) front[i]] = i;
        }
        return b.transpose(scattered, back);
    }

    /** The order of axes that brings {@code count} axes from {@code from} on to the front. */
    private static long[] moved(int rank, int from, int count) {
        return IntStream.concat(
                        IntStream.range(from, from + count),
                        IntStream.range(0, rank).filter(i -> i < from || i >= from + count))
                .asLongStream()
                .toArray();
    }

    private Value pad() {
        if (!node.attributes().string("mode", "constant").equals("constant")) {
            throw unsupported("mode " + node.attributes().string("mode", ""));
        }
        Tensor pads = b.constantOf(node.input(1));
        if (pads == null || !node.input(3).isOmitted()) {
            throw unsupported("pads that are not constant, or axes");
        }
        long[] all = pads.toLongArray();
        if (Arrays.stream(all).anyMatch(each -> each < 0)) {
            throw unsupported("negative pads");
        }
        int rank = x.rank();
        Value starts = b.longs(Arrays.copyOf(all, rank));
        Value ends = x.shape().isFixed()
                ? b.longs(IntStream.range(0, rank)
                        .mapToLong(i -> all[i] + x.shape().size(i))
                        .toArray())
                : b.add(starts, b.shapeOf(x));
        return b.node(Op.SLICE, Attributes.none(), dy, starts, ends);
    }

    // ---- reductions

    /** The axes that are reduced, or null for those that only the run shows. */
    private long @Nullable [] reducedAxes() {
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
    private Value keepAxes(Value value) {
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
    private Value count() {
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

    private Value reduceMax() {
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
}
