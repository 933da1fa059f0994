package io.maas.graph;

import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
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
        if (fixed && known.length > 1) {
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

    /**
     * Puts the gradient back where the slice was taken. The slice of a tensor that holds every element's own coordinates says
     * where that is, whatever the steps are.
     */
    Value slice() {
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

    Value pad() {
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
            case SCATTER_ELEMENTS -> {
                Attributes axis = Attributes.of("axis", attributes.longValue("axis", 0));
                yield scattered(
                        zeros -> b.node(Op.SCATTER_ELEMENTS, axis, dy, node.input(1), zeros),
                        () -> b.node(Op.GATHER_ELEMENTS, axis, dy, node.input(1)));
            }
            case SCATTER_ND ->
                scattered(
                        zeros -> b.node(Op.SCATTER_ND, Attributes.none(), dy, node.input(1), zeros),
                        () -> b.node(Op.GATHER_ND, Attributes.none(), dy, node.input(1)));
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
        Value apart = b.reshape(dy, b.reshape(pairs, 2L * rank));
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

    private interface Scatter {
        Value into(Value updates);
    }

    /** What is overwritten passes nothing; what is written comes from where it went. */
    private List<@Nullable Value> scattered(Scatter scatter, FirstRule gather) {
        String reduction = node.attributes().string("reduction", "none");
        if (!reduction.equals("none") && !reduction.equals("add")) {
            throw unsupported("reduction " + reduction);
        }
        return each(i -> switch (i) {
            case 0 -> reduction.equals("add") ? dy : scatter.into(zeros(sizes(node.input(2))));
            case 2 -> gather.gradient();
            default -> null;
        });
    }

    /** The i-th element is {@code start + i * delta}; the limit is only compared with. */
    private List<@Nullable Value> range() {
        return each(i -> switch (i) {
            case 0 -> b.reduceSum(dy, false);
            case 2 -> b.reduceSum(b.mul(dy, b.div(b.sub(y, x), node.input(2))), false);
            default -> null;
        });
    }
}
