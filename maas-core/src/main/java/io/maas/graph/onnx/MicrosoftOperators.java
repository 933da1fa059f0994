package io.maas.graph.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import com.google.common.collect.ImmutableMap;
import io.maas.graph.Value;
import io.maas.tensor.Tensor;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Writes the fused operators that exporters and optimizers leave in models, those of ONNX Runtime's own domain, in standard
 * ones of opset {@value OnnxUpgrade#TARGET}, so that shapes, gradients and passes see through them. What is computed stays the
 * same but for rounding. A node whose form has no exact counterpart, or of which too little is known to choose it, stays what
 * it is.
 *
 * <p>Nodes are offered in the model's order, so that types and shapes of what they read are known. Those in bodies of control
 * flow are not looked into here and stay as they are.
 *
 * @see "ONNX Runtime, docs/ContribOperators.md"
 */
final class MicrosoftOperators {
    static final String DOMAIN = "com.microsoft";

    /** Writes a node out and names its outputs; false if it stays as it is, and nothing of what was written counts. */
    interface Rule {
        boolean write(FusedNode node);
    }

    private static final ImmutableMap<String, Rule> RULES = ImmutableMap.<String, Rule>builder()
            .put("Attention", FusedAttention::packed)
            .put("BiasGelu", FusedActivations::gelu)
            .put("EmbedLayerNormalization", FusedNormalizations::embedding)
            .put("FastGelu", FusedActivations::fastGelu)
            .put("FusedConv", FusedActivations::conv)
            .put("FusedGemm", FusedActivations::gemm)
            .put("FusedMatMul", FusedActivations::matmul)
            .put("Gelu", FusedActivations::gelu)
            .put("MatMulNBits", PackedWeights::matmul)
            .put("MultiHeadAttention", FusedAttention::multiHead)
            .put("QuickGelu", FusedActivations::quickGelu)
            .put("RotaryEmbedding", RotaryPositions::write)
            .put("SimplifiedLayerNormalization", FusedNormalizations::simplified)
            .put("SkipLayerNormalization", FusedNormalizations::skip)
            .put("SkipSimplifiedLayerNormalization", FusedNormalizations::skipSimplified)
            .put("TransposeMatMul", FusedActivations::matmul)
            .buildOrThrow();

    private final GraphProto graph;
    private final Function<String, Value> values;
    private final Function<String, @Nullable Tensor> constants;
    private final Map<Tensor, String> added = new HashMap<>();
    private final PackedWeights.Unpacked unpacked = new PackedWeights.Unpacked();
    private @Nullable FreshNames names;

    /**
     * @param values what is certain of a value, by name
     * @param constants the tensor of a constant value by name, else null
     */
    MicrosoftOperators(GraphProto graph, Function<String, Value> values, Function<String, @Nullable Tensor> constants) {
        this.graph = graph;
        this.values = values;
        this.constants = constants;
    }

    /** What to read in a node's place, or null if it stays. */
    FusedNode.@Nullable Written write(NodeProto node) {
        Rule rule = isFused(node) ? RULES.get(node.getOpType()) : null;
        if (rule == null) {
            return null;
        }
        FusedNode fused = new FusedNode(node, this);
        return fused.wants(0) && rule.write(fused) ? fused.written() : null;
    }

    /** ONNX Runtime knows some of its operators under no domain, too. */
    private static boolean isFused(NodeProto node) {
        return node.getDomain().equals(DOMAIN)
                || (node.getDomain().isEmpty() && node.getOpType().equals("SimplifiedLayerNormalization"));
    }

    // ---- for nodes that are written

    String fresh(String stem) {
        FreshNames all = names;
        if (all == null) {
            all = new FreshNames(graph);
            names = all;
        }
        return all.fresh(stem);
    }

    Value value(String name) {
        return values.apply(name);
    }

    @Nullable
    Tensor constant(String name) {
        return constants.apply(name);
    }

    /** The name that a constant was given for an earlier node, or null. */
    @Nullable
    String constantName(Tensor tensor) {
        return added.get(tensor);
    }

    void share(Map<Tensor, String> constantNames) {
        added.putAll(constantNames);
    }

    PackedWeights.Unpacked unpacked() {
        return unpacked;
    }
}
