package io.maas.graph;

import io.maas.error.GraphException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Decompositions of recurrent layers, attention and dropout. */
final class SequenceDecompositions {
    private SequenceDecompositions() {}

    /** One value an output, or null where the operator is not written in others. */
    static @Nullable List<Value> of(GraphBuilder b, Node node) {
        return switch (node.op()) {
            case GRU, LSTM, RNN -> Recurrence.write(b, node);
            case ATTENTION -> AttentionDecomposition.write(b, node);
            case ROTARY_EMBEDDING -> List.of(rotated(b, node));
            default -> null;
        };
    }

    /**
     * Rotates pairs of elements by angles that depend on the position.
     *
     * @see "Su et al., RoFormer: Enhanced transformer with rotary position embedding (2021), section 3.4.2"
     */
    private static Value rotated(GraphBuilder b, Node node) {
        Value given = node.input(0);
        Attributes attributes = node.attributes();
        long heads = attributes.longValue("num_heads", 0);
        if (given.rank() == 3 && heads < 1) {
            throw new GraphException(node.title() + ": num_heads " + heads + " (expected: the number of heads, as "
                    + given + " has three axes)");
        }
        // [batch, length, heads, size]
        Value x = given.rank() == 3 ? b.reshape(given, 0, 0, heads, -1) : b.transpose(given, 0, 2, 1, 3);
        Value cos = b.unsqueeze(angles(b, node, 1), 2);
        Value sin = b.unsqueeze(angles(b, node, 2), 2);
        long part = attributes.longValue("rotary_embedding_dim", 0);
        Value turning = part == 0 ? x : slice(b, x, 0, part, 1);
        boolean interleaved = attributes.longValue("interleaved", 0) == 1;
        Value turned = interleaved ? interleaved(b, turning, cos, sin) : halves(b, turning, cos, sin);
        Value whole = part == 0
                ? turned
                : b.node(Op.CONCAT, Attributes.of("axis", -1), turned, slice(b, x, part, Long.MAX_VALUE, 1));
        return given.rank() == 3 ? b.reshape(whole, b.shapeOf(given)) : b.transpose(whole, 0, 2, 1, 3);
    }

    private static Value angles(GraphBuilder b, Node node, int input) {
        Value positions = node.input(3);
        return positions.isOmitted()
                ? node.input(input)
                : b.node(Op.GATHER, Attributes.none(), node.input(input), positions);
    }

    private static Value slice(GraphBuilder b, Value x, long from, long to, long step) {
        return b.node(Op.SLICE, Attributes.none(), x, b.longs(from), b.longs(to), b.longs(3), b.longs(step));
    }

    private static Value halves(GraphBuilder b, Value x, Value cos, Value sin) {
        List<Value> both = b.nodes(Op.SPLIT, Attributes.of("axis", 3, "num_outputs", 2), 2, x);
        Value first = both.get(0);
        Value second = both.get(1);
        Value real = b.sub(b.mul(cos, first), b.mul(sin, second));
        Value imaginary = b.add(b.mul(sin, first), b.mul(cos, second));
        return b.node(Op.CONCAT, Attributes.of("axis", -1), real, imaginary);
    }

    private static Value interleaved(GraphBuilder b, Value x, Value cos, Value sin) {
        Value even = slice(b, x, 0, Long.MAX_VALUE, 2);
        Value odd = slice(b, x, 1, Long.MAX_VALUE, 2);
        Value real = b.sub(b.mul(cos, even), b.mul(sin, odd));
        Value imaginary = b.add(b.mul(sin, even), b.mul(cos, odd));
        Value pairs = b.node(Op.CONCAT, Attributes.of("axis", -1), b.unsqueeze(real, 4), b.unsqueeze(imaginary, 4));
        return b.reshape(pairs, b.shapeOf(x));
    }
}
