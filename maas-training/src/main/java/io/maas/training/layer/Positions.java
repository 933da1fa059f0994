package io.maas.training.layer;

import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Where elements stand in their sequence, and encodings of that. Positions are counted along the axis before the last. */
final class Positions {
    /** The longest wave is about 2π times as long. */
    private static final double BASE = 10_000;

    private Positions() {}

    /** The size of an axis, int64 {@code []}; a constant where it is known. */
    static Value size(GraphBuilder b, Value x, int axis) {
        long size = x.shape().size(axis);
        return size != Shape.VARIABLE
                ? b.constant(Tensor.scalar(size))
                : b.node(Op.GATHER, Attributes.none(), b.shapeOf(x), b.constant(Tensor.scalar((long) axis)));
    }

    /** The numbers from 0 to below a count, int64 {@code [count]}. */
    static Value upTo(GraphBuilder b, Value count) {
        Tensor known = b.constantOf(count);
        return known != null
                ? b.longs(LongStream.range(0, (long) known.item()).toArray())
                : b.node(
                        Op.RANGE,
                        Attributes.none(),
                        b.constant(Tensor.scalar(0L)),
                        count,
                        b.constant(Tensor.scalar(1L)));
    }

    /** The positions along an axis, int64 {@code [length]}; of a piece of a sequence, from the first behind the pieces before. */
    static Value along(Scope scope, Value x, int axis) {
        GraphBuilder b = scope.graph();
        Value size = size(b, x, axis);
        if (!scope.carried().decoding()) {
            return upTo(b, size);
        }
        Value before = scope.carried().before();
        if (before == null) {
            throw scope.mismatch(
                    x,
                    "places that can be counted on from piece to piece",
                    "only keys of an attention tell how many came before; leave the positions out");
        }
        return b.node(Op.RANGE, Attributes.none(), before, b.add(before, size), b.constant(Tensor.scalar(1L)));
    }

    /**
     * Adds {@code sin(p / 10000^(2i/width))} at place {@code 2i} of position {@code p}, and the cosine at place {@code 2i + 1}.
     *
     * @see "Vaswani et al., Attention is all you need (2017), section 3.5"
     */
    static Value sinusoidal(Scope scope, Value x) {
        int width = width(scope, x);
        GraphBuilder b = scope.graph();
        Value angles = angles(scope, x, width, j -> frequency(j / 2, width));
        // cos(a) = sin(a + π/2)
        Value shift = reals(b, x, width, j -> j % 2 == 0 ? 0 : Math.PI / 2);
        return b.add(x, b.node(Op.SIN, Attributes.none(), b.add(angles, shift)));
    }

    /** Adds a parameter {@code position [longest, width]}, cut to the length of the input. */
    static Value learned(Scope scope, Value x, int longest) {
        int width = width(scope, x);
        long length = x.shape().size(-2);
        if (length > longest) {
            throw scope.mismatch(
                    x,
                    "[batch, length, width] with length <= " + longest,
                    "shorten the sequences, or give the layer as many positions");
        }
        GraphBuilder b = scope.graph();
        Value table = scope.parameter("position", Initializer.normal(0.02), longest, width);
        if (length == longest) {
            return b.add(x, table);
        }
        if (scope.carried().decoding()) {
            // Not a slice: that would cut positions behind the last one off in silence.
            return b.add(x, b.node(Op.GATHER, Attributes.none(), table, along(scope, x, x.rank() - 2)));
        }
        Value end = b.reshape(size(b, x, x.rank() - 2), 1);
        return b.add(x, b.node(Op.SLICE, Attributes.none(), table, b.longs(0), end, b.longs(0)));
    }

    /**
     * Turns the pair of elements {@code i} and {@code i + width/2} at position {@code p} by the angle {@code p /
     * 10000^(2i/width)}, so that products of two such vectors depend on the distance of their positions.
     *
     * @see "Su et al., RoFormer: Enhanced transformer with rotary position embedding (2021), section 3.4.2"
     */
    static Value rotary(Scope scope, Value x) {
        int width = width(scope, x);
        if (width % 2 != 0) {
            throw scope.mismatch(
                    x,
                    "an even size along the last axis",
                    "rotary positions turn pairs of elements; choose an even size");
        }
        int half = width / 2;
        GraphBuilder b = scope.graph();
        // sin(-a) = -sin(a) is the sign of the first half, and cos(-a) = cos(a).
        Value angles = angles(scope, x, width, j -> (j < half ? -1 : 1) * frequency(j % half, width));
        Value first = slice(b, x, 0, half);
        Value second = slice(b, x, half, width);
        Value swapped = b.node(Op.CONCAT, Attributes.of("axis", -1), second, first);
        return b.add(
                b.mul(x, b.node(Op.COS, Attributes.none(), angles)),
                b.mul(swapped, b.node(Op.SIN, Attributes.none(), angles)));
    }

    private static Value slice(GraphBuilder b, Value x, long from, long to) {
        return b.node(Op.SLICE, Attributes.none(), x, b.longs(from), b.longs(to), b.longs(-1));
    }

    private static double frequency(int pair, int width) {
        return Math.pow(BASE, -2.0 * pair / width);
    }

    /** {@code [length, width]}: positions times the frequency of each place. */
    private static Value angles(Scope scope, Value x, int width, IntToDoubleFunction frequency) {
        GraphBuilder b = scope.graph();
        Value positions = b.unsqueeze(b.cast(along(scope, x, x.rank() - 2), x.dataType()), 1);
        return b.mul(positions, reals(b, x, width, frequency));
    }

    private static Value reals(GraphBuilder b, Value like, int count, IntToDoubleFunction rule) {
        DataType type = like.dataType();
        double[] values = IntStream.range(0, count).mapToDouble(rule).toArray();
        return b.constant(Tensor.of(type, values, Shape.of(count)));
    }

    private static int width(Scope scope, Value x) {
        if (x.rank() < 3
                || x.shape().size(-1) == Shape.VARIABLE
                || !x.dataType().isFloating()) {
            throw scope.mismatch(
                    x,
                    "[batch, length, width]",
                    "positions are counted along the axis before the last; put an embedding or a dense layer before");
        }
        return (int) x.shape().size(-1);
    }

    /**
     * {@code [length, keys]}: whether the key of the column stands no later than the place of the row.
     *
     * @param x places along axis 1
     * @param keys places along axis 2; those of {@code x} are its last ones
     */
    static Value notLater(Scope scope, Value x, Value keys) {
        GraphBuilder b = scope.graph();
        Value places = b.unsqueeze(along(scope, x, 1), 1);
        return b.node(Op.GREATER_OR_EQUAL, Attributes.none(), places, b.unsqueeze(upTo(b, size(b, keys, 2)), 0));
    }
}
