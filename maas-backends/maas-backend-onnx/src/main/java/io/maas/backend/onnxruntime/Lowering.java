package io.maas.backend.onnxruntime;

import io.maas.graph.Decompositions;
import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.tensor.DataType;

/**
 * Writes in simpler operators what the runtime (1.29) would refuse, or compute wrongly: its Softplus overflows in types other
 * than float32, its ReduceLogSumExp in float16, and it computes Gelu, HardSwish, Shrink
 * and GroupNormalization of float64 with constants of float32.
 */
final class Lowering {
    private Lowering() {}

    /** The graph itself where there is nothing to write anew. */
    static Graph apply(Graph graph) {
        return Decompositions.apply(graph, Lowering::isLacking);
    }

    private static boolean isLacking(Node node) {
        return switch (node.op()) {
            case CELU, SOFTPLUS, MEAN_VARIANCE_NORMALIZATION ->
                computes(node, DataType.FLOAT64) || computes(node, DataType.FLOAT16);
            case ELU, GELU, GROUP_NORMALIZATION, HARD_SWISH, INSTANCE_NORMALIZATION, MEAN, SHRINK ->
                computes(node, DataType.FLOAT64);
            case IS_INF -> computes(node, DataType.FLOAT16);
            case REDUCE_LOG_SUM_EXP -> !computes(node, DataType.FLOAT32) && !computes(node, DataType.FLOAT64);
            // In training the kernel wants all outputs.
            case BATCH_NORMALIZATION ->
                node.attributes().longValue("training_mode", 0) == 1
                        && node.outputs().stream()
                                        .filter(output -> !output.isOmitted())
                                        .count()
                                < 3;
            case LRN -> computes(node, DataType.FLOAT64) || node.attributes().longValue("size", 1) % 2 == 0;
            default -> false;
        };
    }

    /**
     * Also without the layer normalizations of float32: in simpler operators they take 0.4 ms instead of 1.1 ms on [512, 384] and
     * one thread, and their gradient shares what they compute. Not for models that come as files, in which the runtime looks
     * for these nodes in order to merge them with attention.
     */
    static Graph applyForSpeed(Graph graph) {
        return Decompositions.apply(
                graph,
                node -> isLacking(node) || (node.op() == Op.LAYER_NORMALIZATION && computes(node, DataType.FLOAT32)));
    }

    private static boolean computes(Node node, DataType type) {
        return node.input(0).hasDataType() && node.input(0).dataType() == type;
    }
}
