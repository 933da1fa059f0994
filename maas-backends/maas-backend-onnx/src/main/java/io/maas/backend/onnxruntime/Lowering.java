package io.maas.backend.onnxruntime;

import io.maas.graph.Decompositions;
import io.maas.graph.Graph;
import io.maas.graph.Node;
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
                        && node.outputs().stream().filter(output -> !output.isOmitted()).count() < 3;
            case LRN -> computes(node, DataType.FLOAT64) || node.attributes().longValue("size", 1) % 2 == 0;
            default -> false;
        };
    }

    private static boolean computes(Node node, DataType type) {
        return node.input(0).hasDataType() && node.input(0).dataType() == type;
    }
}
