package io.maas.training.finetune;

import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.training.layer.Initializer;
import io.maas.training.layer.Parameter;
import io.maas.training.loop.Objective;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The low-rank adapters of some weights: where they go into a graph, and how they are added into the weights. */
final class Adapters {
    private final Lora lora;
    private final Map<String, Tensor> weights = new LinkedHashMap<>();
    private final Map<String, Boolean> transposed = new LinkedHashMap<>();

    /** @param names of weights that {@link #takes} */
    Adapters(Lora lora, Graph graph, Set<String> names) {
        this.lora = lora;
        for (Node node : graph.nodes()) {
            String name = node.input(1).name();
            Tensor weight = graph.constants().get(name);
            if (weight != null && names.contains(name)) {
                weights.put(name, weight);
                transposed.put(name, isTransposed(node));
            }
        }
    }

    /** Whether a weight is read as the right side of matrix products only, and always the same way round. */
    static boolean takes(Graph graph, String name) {
        Boolean way = null;
        for (Node node : graph.nodes()) {
            if (Parts.read(node).noneMatch(name::equals)) {
                continue;
            }
            boolean product = (node.op() == Op.MATMUL || node.op() == Op.GEMM)
                    && node.input(1).name().equals(name)
                    && !node.input(0).name().equals(name)
                    && !node.input(2).name().equals(name)
                    && node.attributes().longValue("transA", 0) == 0
                    && node.attributes().floatValue("alpha", 1) == 1;
            if (!product || (way != null && way != isTransposed(node))) {
                return false;
            }
            way = isTransposed(node);
        }
        Tensor weight = graph.constants().get(name);
        return way != null && weight != null && weight.shape().rank() == 2;
    }

    private static boolean isTransposed(Node node) {
        return node.attributes().longValue("transB", 0) == 1;
    }

    private static String down(String weight) {
        return "lora/" + weight + "/A";
    }

    private static String up(String weight) {
        return "lora/" + weight + "/B";
    }

    private Shape downShape(String weight) {
        return Shape.of(side(weight, 0), lora.rank());
    }

    private Shape upShape(String weight) {
        return Shape.of(lora.rank(), side(weight, 1));
    }

    /** The number of inputs (0) or outputs (1) of a weight. */
    private long side(String name, int which) {
        boolean turned = transposed.getOrDefault(name, false);
        return tensor(name).shape().size(turned ? 1 - which : which);
    }

    private Tensor tensor(String name) {
        Tensor tensor = weights.get(name);
        if (tensor == null) {
            throw new IllegalStateException("adapter: " + name + " (expected: one of " + weights.keySet() + ")");
        }
        return tensor;
    }

    /** What the adapters learn, with the values that they start from. */
    Map<String, Tensor> initial(long seed) {
        Map<String, Tensor> initial = new LinkedHashMap<>();
        weights.forEach((name, tensor) -> {
            Parameter first = new Parameter(down(name), tensor.dataType(), downShape(name), Adapters::oneByInputs);
            initial.put(down(name), Objective.initial(first, seed));
            initial.put(up(name), Tensor.zeros(tensor.dataType(), upShape(name)));
        });
        return initial;
    }

    /** Normal with mean 0 and variance 1 / inputs: half that of {@link Initializer#heNormal}. */
    private static double[] oneByInputs(Shape shape, RandomGenerator random) {
        return Arrays.stream(Initializer.heNormal().values(shape, random))
                .map(value -> value * Math.sqrt(0.5))
                .toArray();
    }

    /** The graph with the adapters' matrices as constants, each beside its product. */
    Graph into(Graph graph, Map<String, Tensor> matrices) {
        Map<String, Tensor> constants = new LinkedHashMap<>(graph.constants());
        List<Node> nodes = new ArrayList<>();
        for (Node node : graph.nodes()) {
            String name = node.input(1).name();
            if (weights.containsKey(name) && (node.op() == Op.MATMUL || node.op() == Op.GEMM)) {
                constants.put(scaleName(name), scale(name));
                constants.put(down(name), matrix(matrices, down(name)));
                constants.put(up(name), matrix(matrices, up(name)));
                adapt(node, name, nodes);
            } else {
                nodes.add(node);
            }
        }
        return new Graph(graph.name(), graph.inputs(), graph.outputs(), nodes, constants, graph.opsets());
    }

    private static String scaleName(String weight) {
        return "lora/" + weight + "/scale";
    }

    private Tensor scale(String name) {
        return Tensor.of(tensor(name).dataType(), new double[] {lora.scale()}, Shape.scalar());
    }

    private static Tensor matrix(Map<String, Tensor> matrices, String name) {
        Tensor matrix = matrices.get(name);
        if (matrix == null) {
            throw new IllegalStateException("matrix: " + name + " (expected: one of " + matrices.keySet() + ")");
        }
        return matrix;
    }

    /** {@code y = x·W + ((x·A)·scale)·B}; the scale meets the narrowest of them. */
    private void adapt(Node node, String name, List<Node> nodes) {
        DataType type = tensor(name).dataType();
        Value x = node.input(0);
        String stem = "lora/" + node.output().name();
        Value base = like(stem + "/base", node.output());
        Value low = narrow(stem + "/low", x, type);
        Value scaled = narrow(stem + "/scaled", x, type);
        Value delta = like(stem + "/delta", node.output());
        nodes.add(new Node(
                node.op(), node.domain(), node.opType(), node.name(), node.inputs(), List.of(base), node.attributes()));
        nodes.add(made(Op.MATMUL, low, x, new Value(down(name), type, downShape(name))));
        nodes.add(made(Op.MUL, scaled, low, new Value(scaleName(name), type, Shape.scalar())));
        nodes.add(made(Op.MATMUL, delta, scaled, new Value(up(name), type, upShape(name))));
        nodes.add(made(Op.ADD, node.output(), base, delta));
    }

    private static Value like(String name, Value value) {
        return new Value(name, value.dataType(), value.hasShape() ? value.shape() : null);
    }

    private Value narrow(String name, Value x, DataType type) {
        @Nullable Shape shape = x.hasShape() ? x.shape().with(-1, (long) lora.rank()) : null;
        return new Value(name, type, shape);
    }

    private static Node made(Op op, Value output, Value... inputs) {
        return new Node(
                op, "", op.onnxName(), output.name() + "/node", List.of(inputs), List.of(output), Attributes.none());
    }

    /** The weights with their adapters added: {@code W + (alpha / rank)·A·B}. */
    Map<String, Tensor> merged(Tensors matrices) {
        Map<String, Tensor> merged = new LinkedHashMap<>();
        weights.forEach((name, weight) -> merged.put(
                name,
                merged(
                        name,
                        weight.toDoubleArray(),
                        matrices.get(down(name)).toDoubleArray(),
                        matrices.get(up(name)).toDoubleArray())));
        return merged;
    }

    private Tensor merged(String name, double[] weight, double[] down, double[] up) {
        int in = (int) side(name, 0);
        int out = (int) side(name, 1);
        boolean turned = transposed.getOrDefault(name, false);
        for (int i = 0; i < in; i++) {
            for (int r = 0; r < lora.rank(); r++) {
                double part = down[i * lora.rank() + r] * lora.scale();
                for (int j = 0; j < out; j++) {
                    weight[turned ? j * in + i : i * out + j] += part * up[r * out + j];
                }
            }
        }
        Tensor tensor = tensor(name);
        return Tensor.of(tensor.dataType(), weight, tensor.shape());
    }
}
