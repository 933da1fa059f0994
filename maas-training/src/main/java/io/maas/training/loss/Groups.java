package io.maas.training.loss;

import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.List;
import java.util.stream.LongStream;

/**
 * Rows that are compared with each other, taken apart: the first of each group, the second of each, and so on. They lie one kind
 * after the other, {@code [groups·n, …]}, or side by side, {@code [n, groups, …]}.
 */
final class Groups {
    private Groups() {}

    /** Of rows of one kind after the other. */
    static List<Value> stacked(GraphBuilder b, Value rows, int groups) {
        return parts(b, apart(b, rows, groups), 0, groups);
    }

    /** Of rows side by side. */
    static List<Value> beside(GraphBuilder b, Value rows, int groups) {
        return parts(b, rows, 1, groups);
    }

    private static List<Value> parts(GraphBuilder b, Value rows, int axis, int groups) {
        return LongStream.range(0, groups)
                .mapToObj(i -> b.node(Op.GATHER, Attributes.of("axis", axis), rows, b.constant(Tensor.scalar(i))))
                .toList();
    }

    private static Value apart(GraphBuilder b, Value rows, int groups) {
        if (rows.rank() == 1) {
            return b.reshape(rows, groups, -1);
        }
        long size = rows.shape().size(-1);
        if (size != Shape.VARIABLE) {
            return b.reshape(rows, groups, -1, size);
        }
        // With a size that only the run shows, the number of groups is the one that is left over.
        Value known = b.node(Op.GATHER, Attributes.none(), b.shapeOf(rows), b.longs(1));
        return b.reshape(rows, b.node(Op.CONCAT, Attributes.of("axis", 0), b.longs(groups, -1), known));
    }
}
