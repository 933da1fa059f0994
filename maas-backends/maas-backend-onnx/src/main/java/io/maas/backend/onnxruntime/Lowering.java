package io.maas.backend.onnxruntime;

import io.maas.graph.Decompositions;
import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.pass.Passes;
import io.maas.tensor.DataType;
import java.util.Set;

/**
 * Writes in simpler operators what the runtime (1.29) would refuse, or compute wrongly: its Softplus overflows in types other
 * than float32, its ReduceLogSumExp in float16, and it computes Gelu, HardSwish, Shrink
 * and GroupNormalization of float64 with constants of float32.
 */
final class Lowering {
    /** The domains of operators that every runtime has. */
    private static final Set<String> STANDARD = Set.of("", "ai.onnx", "ai.onnx.ml");

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
     * one thread, and their gradient shares what they compute.
     */
    static Graph applyForSpeed(Graph graph) {
        return Decompositions.apply(graph, node -> isLacking(node) || isSlow(node));
    }

    /**
     * For models that come as files. Exporters write layer normalizations in many nodes, of which the runtime makes the slow one; they are
     * found first, so that they can be written in nodes of which it does not. Models in which an optimizer has merged operators for this
     * runtime stay as they are: they would be written without them.
     *
     * @return the graph itself where there is nothing to write anew
     */
    static Graph applyToFile(Graph graph) {
        if (STANDARD.containsAll(graph.opsets().keySet())) {
            Graph recognized = Passes.recognition().apply(graph);
            if (recognized.nodes().stream().anyMatch(Lowering::isSlow)) {
                return applyForSpeed(recognized);
            }
        }
        return apply(graph);
    }

    private static boolean isSlow(Node node) {
        return node.op() == Op.LAYER_NORMALIZATION && computes(node, DataType.FLOAT32);
    }

    private static boolean computes(Node node, DataType type) {
        return node.input(0).hasDataType() && node.input(0).dataType() == type;
    }
}
