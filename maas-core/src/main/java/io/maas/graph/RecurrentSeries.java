package io.maas.graph;

import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What goes in and out of one direction of a recurrent layer, as series {@code [length, batch, …]} in the order in which the
 * layer reads them: those of a reverse direction are turned round, so that every sequence starts at step 0 and may end early.
 */
final class RecurrentSeries {
    private final GraphBuilder b;
    private final Node node;
    private final int direction;
    private final boolean batchFirst;
    private final Sizes sizes;
    /** The lengths of the sequences, int64 {@code [batch]}; null if all are as long as the series. */
    private final @Nullable Value lengths;
    /** Where they end, {@code [batch, 1]} or {@code [1]}. */
    private final Value ends;
    /** The numbers of the steps, {@code [length, 1, 1]}. */
    private final Value steps;

    RecurrentSeries(GraphBuilder b, Node node, int direction) {
        this.b = b;
        this.node = node;
        this.direction = direction;
        this.batchFirst = RecurrentCell.isBatchFirst(node);
        this.sizes = new Sizes(b);
        Value length = sizes.of(node.input(0), batchFirst ? 1 : 0);
        Value given = node.input(4);
        this.lengths = given.isOmitted() ? null : b.cast(given, DataType.INT64);
        this.ends = lengths == null ? length : b.unsqueeze(lengths, 1);
        this.steps = b.unsqueeze(sizes.range(length), 1, 2);
    }

    Value input() {
        return inOrder(batchFirst ? b.transpose(node.input(0), 1, 0, 2) : node.input(0));
    }

    /** The part of this direction in the layer's first output, or in the gradient of that. */
    Value output(Value all) {
        Attributes axis = Attributes.of("axis", batchFirst ? 2 : 1);
        Value mine = b.node(Op.GATHER, axis, all, b.constant(Tensor.scalar((long) direction)));
        return inOrder(batchFirst ? b.transpose(mine, 1, 0, 2) : mine);
    }

    private Value inOrder(Value series) {
        if (!RecurrentCell.isReverse(node, direction)) {
            return series;
        }
        if (lengths != null) {
            return b.node(Op.REVERSE_SEQUENCE, Attributes.of("time_axis", 0, "batch_axis", 1), series, lengths);
        }
        Value back = b.longs(-1);
        return b.node(Op.SLICE, Attributes.none(), series, back, b.longs(Long.MIN_VALUE), b.longs(0), back);
    }

    /** A series with a number in place of what lies behind the end of a sequence. */
    Value within(Value series, double number) {
        if (lengths == null) {
            return series;
        }
        return b.where(b.node(Op.LESS, Attributes.none(), steps, ends), series, b.scalar(number, series));
    }

    /** A series that has a value at the last step of each sequence, and 0 elsewhere. */
    Value atEnd(Value value) {
        return b.where(b.equal(steps, b.sub(ends, b.longs(1))), value, b.scalar(0, value));
    }

    /** A value where a sequence has no step at all, and 0 elsewhere. */
    Value ofEmpty(Value value) {
        return b.where(b.equal(ends, b.longs(0)), value, b.scalar(0, value));
    }

    /** For each step what stands at the one before, for the first step {@code start}. */
    Value before(Value start, Value series) {
        Value all = b.node(Op.CONCAT, Attributes.of("axis", 0), b.unsqueeze(start, 0), series);
        return b.node(Op.SLICE, Attributes.none(), all, b.longs(0), b.longs(-1), b.longs(0));
    }

    /** A series with ones behind its last step. */
    Value prolonged(Value series) {
        Value shape = sizes.joined(List.of(b.longs(1), sizes.of(series, 1), sizes.of(series, 2)));
        return b.node(Op.CONCAT, Attributes.of("axis", 0), series, filled(shape, 1, series.dataType()));
    }

    /** For each step of a series what stands at the one behind, given the prolonged series. */
    Value behind(Value prolonged) {
        return b.node(Op.SLICE, Attributes.none(), prolonged, b.longs(1), b.longs(Long.MAX_VALUE), b.longs(0));
    }

    Value first(Value series) {
        return b.node(Op.GATHER, Attributes.none(), series, b.constant(Tensor.scalar(0L)));
    }

    /** A state of zeros, {@code [batch, width]}. */
    Value noState(long width) {
        Value x = node.input(0);
        Value shape = sizes.joined(List.of(sizes.of(x, batchFirst ? 0 : 1), b.longs(width)));
        return filled(shape, 0, x.dataType());
    }

    private Value filled(Value shape, double number, DataType type) {
        Tensor value = Tensor.of(type, new double[] {number}, Shape.of(1));
        return b.node(Op.CONSTANT_OF_SHAPE, Attributes.of("value", value), shape);
    }
}
