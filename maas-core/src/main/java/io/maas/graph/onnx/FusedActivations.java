package io.maas.graph.onnx;

import com.google.common.collect.ImmutableMap;
import io.maas.graph.Attributes;
import io.maas.graph.Op;
import io.maas.tensor.DataType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Activations, and products and convolutions fused with what comes before or after them. */
final class FusedActivations {
    /** The activations that products are fused with, and the attributes they need there. */
    private static final ImmutableMap<Op, List<String>> ACTIVATIONS = ImmutableMap.<Op, List<String>>builder()
            .put(Op.RELU, List.of())
            .put(Op.SIGMOID, List.of())
            .put(Op.SOFTPLUS, List.of())
            .put(Op.SOFTSIGN, List.of())
            .put(Op.TANH, List.of())
            .put(Op.ELU, List.of("alpha"))
            .put(Op.LEAKY_RELU, List.of("alpha"))
            .put(Op.THRESHOLDED_RELU, List.of("alpha"))
            .put(Op.HARD_SIGMOID, List.of("alpha", "beta"))
            .put(Op.SELU, List.of("alpha", "gamma"))
            .buildOrThrow();

    private FusedActivations() {}

    /** {@code x/2 (1 + erf(x/sqrt 2))}, of {@code x + bias} if there is a second input. */
    static boolean gelu(FusedNode node) {
        DataType type = node.type(0);
        if (type == null || !type.isFloating()) {
            return false;
        }
        String x = biased(node);
        String erf = node.write(Op.ERF, node.write(Op.DIV, x, node.scalar(Math.sqrt(2), type)));
        String twice = node.mul(x, node.add(erf, node.scalar(1, type)));
        node.output(0, node.mul(twice, node.scalar(0.5, type)));
        return true;
    }

    /** {@code x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))}. */
    static boolean fastGelu(FusedNode node) {
        DataType type = node.type(0);
        if (type == null || !type.isFloating()) {
            return false;
        }
        String x = biased(node);
        String one = node.scalar(1, type);
        String bent = node.add(node.mul(node.mul(x, node.scalar(0.044715, type)), x), one);
        String tanh = node.write(Op.TANH, node.mul(bent, node.mul(x, node.scalar(Math.sqrt(2 / Math.PI), type))));
        node.output(0, node.mul(node.add(tanh, one), node.mul(x, node.scalar(0.5, type))));
        return true;
    }

    private static String biased(FusedNode node) {
        return node.given(1) ? node.add(node.input(0), node.input(1)) : node.input(0);
    }

    /** {@code x sigmoid(alpha x)}. */
    static boolean quickGelu(FusedNode node) {
        DataType type = node.type(0);
        if (type == null || !type.isFloating()) {
            return false;
        }
        String x = node.input(0);
        float alpha = node.attributes().floatValue("alpha", 1.702f);
        node.output(0, node.mul(x, node.write(Op.SIGMOID, node.mul(x, node.scalar(alpha, type)))));
        return true;
    }

    /** {@code alpha a b}, where the axes of each may be turned first. */
    static boolean matmul(FusedNode node) {
        DataType type = node.type(0);
        String a = turned(node, 0, node.flag("transA"), node.flag("transBatchA"));
        String b = turned(node, 1, node.flag("transB"), node.flag("transBatchB"));
        float alpha = node.attributes().floatValue("alpha", 1);
        if (a == null || b == null || (alpha != 1 && type == null)) {
            return false;
        }
        String product = node.write(Op.MATMUL, a, b);
        node.output(0, alpha == 1 || type == null ? product : node.mul(product, node.scalar(alpha, type)));
        return true;
    }

    /**
     * An input with its last two axes exchanged, and its first axis moved behind those of the batch before that; null if the
     * number of its axes is not known.
     */
    private static @Nullable String turned(FusedNode node, int input, boolean matrix, boolean batch) {
        int rank = node.rank(input);
        if ((!matrix && !batch) || rank == 1) {
            return node.input(input);
        }
        if (rank < 2) {
            return null;
        }
        List<Long> order = new ArrayList<>();
        for (long i = 0; i < rank; i++) {
            order.add(i);
        }
        if (batch) {
            order.add(rank - 2, order.remove(0));
        }
        if (matrix) {
            Collections.swap(order, rank - 2, rank - 1);
        }
        return node.write(Op.TRANSPOSE, Attributes.of("perm", order), node.input(input));
    }

    static boolean gemm(FusedNode node) {
        Attributes attributes = node.attributes("alpha", "beta", "transA", "transB");
        String product = node.write(Op.GEMM, attributes, node.input(0), node.input(1), node.input(2));
        Map<String, Object> parameters = new LinkedHashMap<>();
        for (String each : List.of("alpha", "beta", "gamma")) {
            if (node.attributes().has("activation_" + each)) {
                parameters.put(each, node.attributes().floatValue("activation_" + each, 0));
            }
        }
        return activated(node, product, parameters);
    }

    static boolean conv(FusedNode node) {
        Attributes attributes = node.attributes("auto_pad", "dilations", "group", "kernel_shape", "pads", "strides");
        String made = node.write(Op.CONV, attributes, node.input(0), node.input(1), node.input(2));
        if (node.given(3)) {
            made = node.add(made, node.input(3));
        }
        List<?> given = node.attributes().asMap().get("activation_params") instanceof List<?> list ? list : List.of();
        DataType type = node.type(0);
        if (node.attributes().string("activation", "").equals("Clip")) {
            if (given.size() != 2 || type == null) {
                return false;
            }
            String least = node.scalar(((Number) given.get(0)).doubleValue(), type);
            String most = node.scalar(((Number) given.get(1)).doubleValue(), type);
            node.output(0, node.write(Op.CLIP, made, least, most));
            return true;
        }
        Map<String, Object> parameters = new LinkedHashMap<>();
        for (int i = 0; i < Math.min(given.size(), 2); i++) {
            parameters.put(i == 0 ? "alpha" : "beta", given.get(i));
        }
        return activated(node, made, parameters);
    }

    /** Ends with the activation that the node names, if it names one and gives all that belongs to it. */
    private static boolean activated(FusedNode node, String x, Map<String, Object> parameters) {
        String name = node.attributes().string("activation", "");
        if (name.isEmpty()) {
            node.output(0, x);
            return true;
        }
        Op op = Op.of(name, OnnxUpgrade.TARGET).orElse(Op.OTHER);
        List<String> needed = ACTIVATIONS.get(op);
        if (needed == null || !parameters.keySet().containsAll(needed)) {
            return false;
        }
        parameters.keySet().retainAll(needed);
        node.output(0, node.write(op, Attributes.copyOf(parameters), x));
        return true;
    }
}
