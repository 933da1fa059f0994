package io.maas.graph;

import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Decompositions of pools over all of space. */
final class ConvolutionDecompositions {
    private ConvolutionDecompositions() {}

    /** One value an output, or null where the operator is not written in others. */
    static @Nullable List<Value> of(GraphBuilder b, Node node) {
        Value x = node.input(0);
        long[] axes = LongStream.range(2, x.rank()).toArray();
        return switch (node.op()) {
            case GLOBAL_AVERAGE_POOL -> List.of(b.reduceMean(x, true, axes));
            case GLOBAL_LP_POOL -> List.of(length(b, x, node.attributes().longValue("p", 2), axes));
            case GLOBAL_MAX_POOL -> List.of(b.reduceMax(x, true, axes));
            default -> null;
        };
    }

    private static Value length(GraphBuilder b, Value x, long p, long... axes) {
        Value size = b.node(Op.ABS, Attributes.none(), x);
        if (p == 1) {
            return b.reduceSum(size, true, axes);
        }
        if (p == 2) {
            return b.reduce(Op.REDUCE_L2, x, true, axes);
        }
        Value sum = b.reduceSum(b.node(Op.POW, Attributes.none(), size, b.scalar((double) p, x)), true, axes);
        return b.node(Op.POW, Attributes.none(), sum, b.scalar(1.0 / p, x));
    }
}
