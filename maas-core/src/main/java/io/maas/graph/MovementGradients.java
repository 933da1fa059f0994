package io.maas.graph;

import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Gradients of operators that move elements. */
final class MovementGradients extends GradientContext {
    MovementGradients(GraphBuilder builder, Node node, List<@Nullable Value> outputGradients, Set<String> active) {
        super(builder, node, outputGradients, active);
    }

    Value transposeBack() {
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

    List<@Nullable Value> concat() {
        long axis = node.attributes().longValue("axis", 0);
        long[] known = node.inputs().stream()
                .mapToLong(input -> input.shape().size((int) axis))
                .toArray();
        boolean fixed = Arrays.stream(known).noneMatch(size -> size == Shape.VARIABLE);
        if (fixed && known.length > 1 && b.opset() >= Op.SPLIT.sinceOpset()) {
            Attributes along = Attributes.of("axis", axis);
            List<Value> parts = b.nodes(Op.SPLIT, along, known.length, dy, b.longs(known));
            return each(parts::get);
        }
        List<Value> starts = new ArrayList<>();
        Value start = b.longs(0);
        for (Value input : node.inputs()) {
            starts.add(start);
            start = plus(start, size(input, axis));
        }
        starts.add(start);
        return each(i -> b.node(Op.SLICE, Attributes.none(), dy, starts.get(i), starts.get(i + 1), b.longs(axis)));
    }

    /** Puts the gradient back where the slice was taken. */
    Value slice() {
        Value axesInput = node.input(3);
        Tensor axes = axesInput.isOmitted() ? null : b.constantOf(axesInput);
        if (axes == null && !axesInput.isOmitted()) {
            throw unsupported("axes that are not constant");
        }
        Tensor steps = b.constantOf(node.input(4));
        boolean dense = node.input(4).isOmitted()
                || (steps != null && Arrays.stream(ShapeRules.integers(steps)).allMatch(step -> step == 1));
        return dense ? padSlice(axes) : scatterSlice(axes);
    }

    private Value padSlice(@Nullable Tensor axes) {
        int rank = x.rank();
        Sizes sizes = new Sizes(b);
        List<Value> pads = new ArrayList<>(Collections.nCopies(2 * rank, b.longs(0)));
        long count = axes != null ? axes.elements() : node.input(1).shape().size(0);
        if (count == Shape.VARIABLE) {
            throw unsupported("a number of axes that is not fixed");
        }
        for (int i = 0; i < count; i++) {
            long axis = axes == null ? i : ShapeRules.integers(axes)[i];
            int positive = (int) (axis < 0 ? axis + rank : axis);
            Value size = size(x, positive);
            Value before = start(i, size);
            pads.set(positive, before);
            pads.set(positive + rank, sizes.minus(sizes.minus(size, before), size(dy, positive)));
        }
        return b.node(Op.PAD, Attributes.none(), dy, sizes.joined(pads));
    }

    /** Where a slice starts along an axis: starts before its first element or past its last are moved there. */
    private Value start(int index, Value size) {
        Tensor starts = b.constantOf(node.input(1));
        Tensor sizes = b.constantOf(size);
        if (starts != null) {
            long start = ShapeRules.integers(starts)[index];
            if (sizes != null) {
                long known = sizes.toLongArray()[0];
                return b.longs(Math.min(Math.max(start < 0 ? start + known : start, 0), known));
            }
            if (start == 0) {
                return b.longs(0);
            }
        }
        Value start = b.node(Op.GATHER, Attributes.none(), b.cast(node.input(1), DataType.INT64), b.longs(index));
        Value negative = b.node(Op.GREATER, Attributes.none(), b.longs(0), start);
        Value positive = b.where(negative, b.add(start, size), start);
        return b.node(Op.MIN, Attributes.none(), b.node(Op.MAX, Attributes.none(), positive, b.longs(0)), size);
    }

    /**
     * As {@link #padSlice}, whatever the steps are: the slice of a tensor that holds every element's own coordinates says where
     * the gradient belongs.
     */
    private Value scatterSlice(@Nullable Tensor axes) {
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

    /** Adds each row of the gradient to the row that it was gathered from. */
    Value gather() {
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
    static long[] moved(int rank, int from, int count) {
        return IntStream.concat(
                        IntStream.range(from, from + count),
                        IntStream.range(0, rank).filter(i -> i < from || i >= from + count))
                .asLongStream()
                .toArray();
    }

    /** What was added is cut off again, and what was cut off is zero; other modes add to the elements that were copied. */
    List<@Nullable Value> pad() {
        boolean constant = node.attributes().string("mode", "constant").equals("constant");
        Value gradient = constant ? padBack() : addToCopied();
        if (!constant || node.input(2).isOmitted() || !isActive(2)) {
            return first(() -> gradient);
        }
        Value fill = b.sub(b.reduceSum(dy, false), b.reduceSum(gradient, false));
        return Arrays.asList(isActive(0) ? gradient : null, null, reshapeLike(fill, node.input(2)));
    }

    private Value padBack() {
        Value pads = node.input(1);
        Tensor known = b.constantOf(pads);
        Value back = known == null
                ? b.neg(pads)
                : b.longs(Arrays.stream(known.toLongArray()).map(pad -> -pad).toArray());
        return node.input(3).isOmitted()
                ? b.node(Op.PAD, Attributes.none(), dy, back)
                : b.node(Op.PAD, Attributes.none(), dy, back, Value.OMITTED, node.input(3));
    }

    /** Padding the numbers of the elements as they were themselves shows which element was copied where. */
    private Value addToCopied() {
        Value count = b.reshape(b.node(Op.REDUCE_PROD, Attributes.none(), sizes(x)), 1);
        Value ones = b.node(Op.CONSTANT_OF_SHAPE, Attributes.of("value", Tensor.of(new long[] {1})), count);
        Value numbers = reshapeLike(b.node(Op.NON_ZERO, Attributes.none(), ones), x);
        List<Value> inputs = new ArrayList<>(node.inputs());
        inputs.set(0, numbers);
        if (inputs.size() > 2) {
            inputs.set(2, Value.OMITTED);
        }
        Value copied = b.node(Op.PAD, node.attributes(), inputs.toArray(new Value[0]));
        Value places = b.reshape(copied, -1, 1);
        Attributes sum = Attributes.of("reduction", "add");
        return reshapeLike(b.node(Op.SCATTER_ND, sum, zeros(count), places, b.reshape(dy, -1)), x);
    }

    /** The rules of the operators that have no method of their own in the table. */
    @Nullable
    List<@Nullable Value> of() {
        Attributes attributes = node.attributes();
        return switch (node.op()) {
            case SPLIT -> first(this::split);
            case TILE -> first(this::tile);
            case TRILU ->
                first(() -> node.input(1).isOmitted()
                        ? b.node(Op.TRILU, attributes, dy)
                        : b.node(Op.TRILU, attributes, dy, node.input(1)));
            case CUM_SUM -> first(() -> b.node(Op.CUM_SUM, turned(), dy, node.input(1)));
            case TOP_K -> first(this::topK);
            case RANGE -> range();
            case GATHER_ELEMENTS -> first(() -> scatterElements(node.input(1), dy));
            case GATHER_ND -> first(this::gatherNd);
            case EINSUM -> einsum();
            case DEPTH_TO_SPACE, SPACE_TO_DEPTH -> null;
            case RESIZE -> first(this::resize);
            case REVERSE_SEQUENCE -> first(() -> b.node(Op.REVERSE_SEQUENCE, node.attributes(), dy, node.input(1)));
            default -> throw unsupported("this operator");
        };
    }

    private Value split() {
        List<Value> parts = new ArrayList<>();
        for (int i = 0; i < node.outputs().size(); i++) {
            Value output = node.outputs().get(i);
            Value gradient = dy(i);
            if (gradient == null && output.isOmitted()) {
                throw unsupported("an output that is left out");
            }
            parts.add(gradient == null ? zeros(sizes(output)) : gradient);
        }
        return parts.size() == 1
                ? parts.get(0)
                : b.node(
                        Op.CONCAT,
                        Attributes.of("axis", node.attributes().longValue("axis", 0)),
                        parts.toArray(new Value[0]));
    }

    /** Sums over the copies: each axis becomes one of copies and one of elements. */
    private Value tile() {
        int rank = x.rank();
        if (rank == 0) {
            return dy;
        }
        Value pairs = b.node(
                Op.CONCAT,
                Attributes.of("axis", 1),
                b.unsqueeze(b.cast(node.input(1), DataType.INT64), 1),
                b.unsqueeze(b.shapeOf(x), 1));
        // A size of 0 is meant, not copied.
        Value apart = b.node(Op.RESHAPE, Attributes.of("allowzero", 1), dy, b.reshape(pairs, 2L * rank));
        long[] copies = IntStream.range(0, rank).mapToLong(i -> 2L * i).toArray();
        return reshapeLike(b.reduceSum(apart, false, copies), x);
    }

    private Attributes turned() {
        long reverse = node.attributes().longValue("reverse", 0);
        return Attributes.of("exclusive", node.attributes().longValue("exclusive", 0), "reverse", 1 - reverse);
    }

    private Value topK() {
        Value gradient = dy(0);
        if (gradient == null) {
            throw unsupported("its indices");
        }
        Value given = node.outputs().get(1);
        Value indices = given.isOmitted()
                ? b.nodes(Op.TOP_K, node.attributes(), 2, x, node.input(1)).get(1)
                : given;
        return scatterElements(indices, gradient, node.attributes().longValue("axis", -1));
    }

    private Value scatterElements(Value indices, Value gradient) {
        return scatterElements(indices, gradient, node.attributes().longValue("axis", 0));
    }

    private Value scatterElements(Value indices, Value gradient, long axis) {
        Attributes sum = Attributes.of("axis", axis, "reduction", "add");
        return b.node(Op.SCATTER_ELEMENTS, sum, zeros(sizes(x)), indices, gradient);
    }

    /** With batches, each index is completed by the coordinates of its batch. */
    private Value gatherNd() {
        int batches = (int) node.attributes().longValue("batch_dims", 0);
        Value indices = node.input(1);
        if (batches > 0) {
            int rank = indices.rank();
            Value outer =
                    b.node(Op.SLICE, Attributes.none(), b.shapeOf(indices), b.longs(0), b.longs(batches), b.longs(0));
            Tensor one = Tensor.of(new long[] {1});
            Value ones = b.node(Op.CONSTANT_OF_SHAPE, Attributes.of("value", one), outer);
            Value listed = b.transpose(b.node(Op.NON_ZERO, Attributes.none(), ones), 1, 0);
            long[] middle = new long[rank - batches - 1];
            Arrays.fill(middle, 1);
            Value narrow = b.node(Op.CONCAT, Attributes.of("axis", 0), outer, b.longs(middle), b.longs(batches));
            Value inner =
                    b.node(Op.SLICE, Attributes.none(), b.shapeOf(indices), b.longs(0), b.longs(rank - 1L), b.longs(0));
            Value wide = b.node(Op.CONCAT, Attributes.of("axis", 0), inner, b.longs(batches));
            Value places = b.node(Op.EXPAND, Attributes.none(), b.reshape(listed, narrow), wide);
            indices = b.node(Op.CONCAT, Attributes.of("axis", rank - 1), places, indices);
        }
        return b.node(Op.SCATTER_ND, Attributes.of("reduction", "add"), zeros(sizes(x)), indices, dy);
    }

    /** The i-th element is {@code start + i * delta}; the limit is only compared with. */
    private List<@Nullable Value> range() {
        return each(i -> switch (i) {
            case 0 -> b.reduceSum(dy, false);
            case 2 -> b.reduceSum(b.mul(dy, b.div(b.sub(y, x), node.input(2))), false);
            default -> null;
        });
    }

    /**
     * The product of the output's gradient with the other inputs, by an equation that ends in the input's labels. Broadcast and
     * diagonal axes go through the decomposition.
     */
    private @Nullable List<@Nullable Value> einsum() {
        EinsumEquation equation = EinsumEquation.of(node);
        for (int i = 0; i < node.inputs().size(); i++) {
            List<Integer> labels = equation.input(i);
            if (labels.stream().anyMatch(label -> label < 0 || !EinsumEquation.once(labels, label))) {
                return null;
            }
        }
        return each(i -> einsum(equation, i));
    }

    private Value einsum(EinsumEquation equation, int input) {
        List<Value> factors = new ArrayList<>(List.of(dy));
        StringBuilder terms = new StringBuilder(EinsumEquation.term(equation.output()));
        for (int i = 0; i < node.inputs().size(); i++) {
            if (i != input) {
                factors.add(node.input(i));
                terms.append(',').append(EinsumEquation.term(equation.input(i)));
            }
        }
        List<Integer> labels = equation.input(input);
        List<Integer> reached = labels.stream()
                .filter(label -> terms.indexOf(EinsumEquation.term(List.of(label))) >= 0)
                .toList();
        String text = terms + "->" + EinsumEquation.term(reached);
        Value gradient = b.node(Op.EINSUM, Attributes.of("equation", text), factors.toArray(new Value[0]));
        if (reached.size() == labels.size()) {
            return gradient;
        }
        // Every element along a label that was only summed over has the same gradient.
        long[] summed = IntStream.range(0, labels.size())
                .filter(axis -> !reached.contains(labels.get(axis)))
                .asLongStream()
                .toArray();
        return expandLike(b.unsqueeze(gradient, summed), node.input(input));
    }

    /** The transposed weights, axis after axis; a product even for mode nearest, as engines add by index slowly. */
    private Value resize() {
        Resampling resampling = new Resampling(node, b::constantOf);
        if (!resampling.hasWeights()) {
            throw unsupported("antialias or tf_crop_and_resize");
        }
        Value gradient = dy;
        for (int index : resampling.changing()) {
            Resampling.Axis known = resampling.known(index);
            Value weights = known == null
                    ? new ResamplingMatrix(b, node, resampling, index).weights(x.dataType())
                    : b.constant(resampling.weights(known, x.dataType()));
            gradient = RearrangingDecompositions.weighted(b, resampling.axis(index), weights, gradient, true);
        }
        return gradient;
    }
}
