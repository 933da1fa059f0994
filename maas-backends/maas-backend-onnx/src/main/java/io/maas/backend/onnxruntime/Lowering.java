package io.maas.backend.onnxruntime;

import io.maas.graph.Decompositions;
import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.tensor.DataType;

/**
 * Writes in simpler operators what the runtime (1.29) lacks a kernel for, where it would refuse the model, or give a wrong
 * answer: its own form of Softplus overflows, and those of HardSwish and Shrink compute float64 in float32.
 */
final class Lowering {
    private Lowering() {}

    /** The graph itself where there is nothing to write anew. */
    static Graph apply(Graph graph) {
        return Decompositions.apply(graph, Lowering::isLacking);
    }

    private static boolean isLacking(Node node) {
        return switch (node.op()) {
            case CELU, SOFTPLUS -> computes(node, DataType.FLOAT64) || computes(node, DataType.FLOAT16);
            case ELU, HARD_SWISH, MEAN, SHRINK -> computes(node, DataType.FLOAT64);
            case IS_INF -> computes(node, DataType.FLOAT16);
            default -> false;
        };
    }

    private static boolean computes(Node node, DataType type) {
        return node.input(0).hasDataType() && node.input(0).dataType() == type;
    }
}
