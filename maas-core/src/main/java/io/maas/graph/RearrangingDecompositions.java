package io.maas.graph;

import io.maas.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Decompositions of operators that put axes together, apart, or in another order. */
final class RearrangingDecompositions {
    private final GraphBuilder b;
    private final Node node;
    private final Value x;
    private final Sizes sizes;

    RearrangingDecompositions(GraphBuilder b, Node node) {
        this.b = b;
        this.node = node;
        this.x = node.input(0);
        this.sizes = new Sizes(b);
    }

    Value depthToSpace() {
        long block = node.attributes().longValue("blocksize", 0);
        boolean columnsFirst = node.attributes().string("mode", "DCR").equals("CRD");
        Value size = b.longs(block);
        Value batch = sizes.of(x, 0);
        Value depth = sizes.over(sizes.of(x, 1), block * block);
        Value height = sizes.of(x, 2);
        Value width = sizes.of(x, 3);
        Value split = sizes.reshape(
                x,
                columnsFirst
                        ? List.of(batch, depth, size, size, height, width)
                        : List.of(batch, size, size, depth, height, width));
        Value moved = columnsFirst ? b.transpose(split, 0, 1, 4, 2, 5, 3) : b.transpose(split, 0, 3, 4, 1, 5, 2);
        return sizes.reshape(moved, List.of(batch, depth, sizes.times(height, size), sizes.times(width, size)));
    }

    Value spaceToDepth() {
        long block = node.attributes().longValue("blocksize", 0);
        Value size = b.longs(block);
        Value batch = sizes.of(x, 0);
        Value depth = sizes.of(x, 1);
        Value height = sizes.over(sizes.of(x, 2), block);
        Value width = sizes.over(sizes.of(x, 3), block);
        Value split = sizes.reshape(x, List.of(batch, depth, height, size, width, size));
        Value moved = b.transpose(split, 0, 3, 5, 1, 2, 4);
        return sizes.reshape(moved, List.of(batch, sizes.times(depth, b.longs(block * block)), height, width));
    }

    Value eyeLike() {
        Value rows = b.unsqueeze(sizes.range(sizes.of(x, 0)), 1);
        Value columns = sizes.range(sizes.of(x, 1));
        Value diagonal = b.longs(node.attributes().longValue("k", 0));
        Value mask = b.equal(columns, b.add(rows, diagonal));
        return b.cast(mask, Objects.requireNonNullElseGet(new TypeRules(node).type(0), x::dataType));
    }

    /** Takes rows of the first two axes as one, by the number that each has there. */
    Value reverseSequence() {
        boolean timeFirst = node.attributes().longValue("time_axis", 0) == 0;
        Value lengths = b.unsqueeze(b.cast(node.input(1), DataType.INT64), timeFirst ? 0 : 1);
        Value first = sizes.range(sizes.of(x, 0));
        Value second = sizes.range(sizes.of(x, 1));
        Value time = timeFirst ? b.unsqueeze(first, 1) : second;
        Value mirrored = b.sub(b.sub(lengths, b.longs(1)), time);
        Value early = b.node(Op.LESS, Attributes.none(), time, lengths);
        Value from = b.where(early, mirrored, time);
        Value width = sizes.of(x, 1);
        Value places = timeFirst ? b.add(b.mul(from, width), second) : b.add(b.mul(b.unsqueeze(first, 1), width), from);
        List<Value> rest = sizes.of(x, 2, x.rank());
        List<Value> flat = new ArrayList<>(rest);
        flat.add(0, sizes.times(sizes.of(x, 0), width));
        return b.node(Op.GATHER, Attributes.none(), sizes.reshape(x, flat), places);
    }

    /** Along one axis after the other: chosen elements, or a product with the matrix of weights. */
    @Nullable
    Value resize() {
        Resampling resampling = new Resampling(node, b::constantOf);
        boolean runs = resampling.hasWeights()
                && (resampling.isNearest() || x.dataType().isFloating());
        List<Resampling.Axis> axes = resampling.axes();
        if (axes == null || !runs) {
            return null;
        }
        Value result = b.node(Op.IDENTITY, Attributes.none(), x);
        for (Resampling.Axis axis : axes) {
            result = resampling.isNearest()
                    ? b.node(Op.GATHER, Attributes.of("axis", axis.axis()), result, b.longs(resampling.nearest(axis)))
                    : weighted(b, axis.axis(), b.constant(resampling.weights(axis, x.dataType())), result, false);
        }
        return result;
    }

    /** Each element along an axis as the weighted sum of those of {@code value}, or back with the weights transposed. */
    static Value weighted(GraphBuilder b, int axis, Value weights, Value value, boolean back) {
        int rank = value.rank();
        if (axis == rank - 2) {
            return b.matmul(back ? b.transpose(weights, 1, 0) : weights, value);
        }
        Value rows = back ? weights : b.transpose(weights, 1, 0);
        if (axis == rank - 1) {
            return b.matmul(value, rows);
        }
        long[] swapped = LongStream.range(0, rank).toArray();
        swapped[axis] = rank - 1L;
        swapped[rank - 1] = axis;
        return b.transpose(b.matmul(b.transpose(value, swapped), rows), swapped);
    }
}
