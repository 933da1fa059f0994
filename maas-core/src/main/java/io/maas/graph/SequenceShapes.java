package io.maas.graph;

import io.maas.error.GraphException;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Shapes of recurrent layers, of attention and of rotated positions. */
final class SequenceShapes extends ShapeRules {
    SequenceShapes(Node node, Function<Value, @Nullable Tensor> constants) {
        super(node, constants);
    }

    // ---- recurrent layers

    /**
     * Of GRU, LSTM and RNN: {@code [length, directions, batch, hidden]} for all states, without length for the last ones;
     * the batch comes first under layout 1.
     *
     * @param gates how many blocks of rows the weights have
     */
    Shape recurrent(int output, int gates) {
        Shape x = shape(0);
        Shape w = shape(1);
        Shape r = shape(2);
        for (Shape each : new Shape[] {x, w, r}) {
            if (each.rank() != 3) {
                throw mismatch("three axes", each);
            }
        }
        long directions = RecurrentCell.directions(node);
        requireSize(w, 0, directions, directions + " directions in the weights");
        requireSize(r, 0, directions, directions + " directions in the recurrent weights");
        sameSize(x, 2, w, 2, "inputs as wide as the weights' last axis");
        Object hidden = hidden(r, gates);
        if (hidden instanceof Long size) {
            requireSize(w, 1, gates * size, gates + " times " + size + " rows in the weights");
        }
        boolean batchFirst = node.attributes().longValue("layout", 0) == 1;
        Object length = x.dimension(batchFirst ? 1 : 0);
        Object batch = x.dimension(batchFirst ? 0 : 1);
        if (output > 0) {
            return batchFirst ? Shape.symbolic(batch, directions, hidden) : Shape.symbolic(directions, batch, hidden);
        }
        return batchFirst
                ? Shape.symbolic(batch, length, directions, hidden)
                : Shape.symbolic(length, directions, batch, hidden);
    }

    private Object hidden(Shape r, int gates) {
        long declared = node.attributes().longValue("hidden_size", Shape.VARIABLE);
        Object hidden = r.size(2) == Shape.VARIABLE && declared > 0 ? (Object) declared : r.dimension(2);
        if (hidden instanceof Long size) {
            if (declared > 0 && declared != size) {
                throw mismatch("hidden_size " + declared + " as the last axis", r);
            }
            requireSize(r, 1, gates * size, gates + " times " + size + " rows in the recurrent weights");
        }
        return hidden;
    }

    private void requireSize(Shape shape, int axis, long size, String expected) {
        if (shape.size(axis) != size && shape.size(axis) != Shape.VARIABLE) {
            throw mismatch(expected, shape);
        }
    }

    // ---- attention

    /** {@code [batch, heads, length, size]}, or {@code [batch, length, heads * size]} where the queries come so. */
    @Nullable
    Shape attention(int output) {
        Shape q = shape(0);
        if ((q.rank() != 3 && q.rank() != 4) || shape(1).rank() != q.rank() || shape(2).rank() != q.rank()) {
            throw new GraphException(node.title() + ": queries " + q + ", keys " + shape(1) + ", values " + shape(2)
                    + " (expected: all with three axes, or all with four)");
        }
        Object[] query = split(q, "q_num_heads");
        Object[] key = split(shape(1), "kv_num_heads");
        Object[] value = split(shape(2), "kv_num_heads");
        Object past = node.input(4).isOmitted() ? (Object) 0L : shape(4).dimension(2);
        Object total = past instanceof Long before && key[2] instanceof Long now
                ? (Object) (before + now)
                : past.equals(0L) ? key[2] : (Object) Shape.UNKNOWN;
        return switch (output) {
            case 0 ->
                q.rank() == 4
                        ? Shape.symbolic(query[0], query[1], query[2], value[3])
                        : Shape.symbolic(query[0], query[2], times(query[1], value[3]));
            case 1 -> Shape.symbolic(key[0], key[1], total, key[3]);
            case 2 -> Shape.symbolic(value[0], value[1], total, value[3]);
            default -> Shape.symbolic(query[0], query[1], query[2], total);
        };
    }

    /** Batch, heads, length and size of each head. */
    private Object[] split(Shape shape, String attribute) {
        if (shape.rank() == 4) {
            return shape.dimensions();
        }
        long heads = node.attributes().longValue(attribute, 0);
        if (heads < 1) {
            throw new GraphException(node.title() + ": " + attribute + " " + heads
                    + " (expected: the number of heads, as " + shape + " has three axes)");
        }
        long width = shape.size(2);
        if (width != Shape.VARIABLE && width % heads != 0) {
            throw mismatch("a last axis that " + heads + " heads divide", shape);
        }
        Object size = width == Shape.VARIABLE ? (Object) Shape.UNKNOWN : (Object) (width / heads);
        return new Object[] {shape.dimension(0), heads, shape.dimension(1), size};
    }

    private static Object times(Object a, Object b) {
        return a instanceof Long left && b instanceof Long right ? (Object) (left * right) : Shape.UNKNOWN;
    }
}
