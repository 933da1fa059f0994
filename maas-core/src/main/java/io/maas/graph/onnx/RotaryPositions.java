package io.maas.graph.onnx;

import io.maas.graph.Attributes;
import io.maas.graph.Op;
import io.maas.tensor.DataType;

/**
 * Turns pairs of each head's first {@code 2 pairs} features by angles that grow with the place in the sequence: neighbours
 * where they are interleaved, else the halves.
 *
 * @see "Su et al., RoFormer: Enhanced Transformer with Rotary Position Embedding (2021), section 3.2"
 */
final class RotaryPositions {
    private final FusedNode node;
    private final long pairs;

    private RotaryPositions(FusedNode node, long pairs) {
        this.node = node;
        this.pairs = pairs;
    }

    static boolean write(FusedNode node) {
        long pairs = node.rank(2) == 2 ? node.size(2, 1) : -1;
        boolean plain = !node.flag("is_packed_batching") && node.attributes().floatValue("scale", 1) == 1;
        long given = node.attributes().longValue("rotary_embedding_dim", 0);
        boolean fit = pairs > 0 && (given == 0 || given == 2 * pairs);
        return plain && fit && new RotaryPositions(node, pairs).write();
    }

    /** The input is {@code [batch, length, heads * size]} or {@code [batch, heads, length, size]}. */
    private boolean write() {
        int rank = node.rank(0);
        long size = rank == 4 ? node.size(0, 3) : headSize();
        if (size < 2 * pairs || (rank != 3 && rank != 4) || (node.rank(1) != 1 && node.rank(1) != 2)) {
            return false;
        }
        String x = rank == 3 ? node.reshape(node.input(0), 0, 0, node.size(0, 2) / size, size) : node.input(0);
        String turned = turned(x, angles(2, x, rank), angles(3, x, rank));
        String whole = size == 2 * pairs ? turned : node.concat(3, turned, node.slice(x, 3, 2 * pairs, size));
        node.output(0, rank == 3 ? node.reshape(whole, 0, 0, node.size(0, 2)) : whole);
        return true;
    }

    /** Of one head, where the input holds them all; -1 if that is not known. */
    private long headSize() {
        boolean part = node.attributes().longValue("rotary_embedding_dim", 0) != 0;
        long heads = node.attributes().longValue("num_heads", 0);
        long all = node.size(0, 2);
        long size = part && heads > 0 ? all / heads : part ? -1 : 2 * pairs;
        boolean fits = all > 0 && size > 0 && all % size == 0 && (heads == 0 || heads * size == all);
        return fits ? size : -1;
    }

    /** The rows of a table for the places in the sequence, one for all heads. */
    private String angles(int table, String x, int rank) {
        int length = rank == 3 ? 1 : 2;
        String places = node.input(1);
        if (node.rank(1) == 1) {
            // One place: that of the first, which the others follow.
            String ones = node.filled(node.sizeOf(x, length), 1, DataType.INT64);
            String zero = node.scalar(0, DataType.INT64);
            places = node.add(places, node.write(Op.CUM_SUM, Attributes.of("exclusive", 1), ones, zero));
        }
        String rows = node.write(Op.GATHER, node.input(table), places);
        return node.rank(1) == 1 ? node.unsqueeze(rows, 0, 3L - length) : node.unsqueeze(rows, 3L - length);
    }

    private String turned(String x, String cosines, String sines) {
        boolean interleaved = node.flag("interleaved");
        String first = interleaved ? everySecond(x, 0) : node.slice(x, 3, 0, pairs);
        String second = interleaved ? everySecond(x, 1) : node.slice(x, 3, pairs, 2 * pairs);
        String left = node.write(Op.SUB, node.mul(first, cosines), node.mul(second, sines));
        String right = node.add(node.mul(second, cosines), node.mul(first, sines));
        if (!interleaved) {
            return node.concat(3, left, right);
        }
        String paired = node.concat(4, node.unsqueeze(left, 4), node.unsqueeze(right, 4));
        return node.reshape(paired, 0, 0, 0, 2 * pairs);
    }

    private String everySecond(String x, long from) {
        return node.write(Op.SLICE, x, node.longs(from), node.longs(2 * pairs), node.longs(3), node.longs(2));
    }
}
