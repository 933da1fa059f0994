package io.maas.graph.quantize;

import io.maas.error.GraphException;
import io.maas.graph.Attributes;
import io.maas.graph.Decompositions;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.graph.pass.Passes;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import io.maas.train.NamePattern;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Writes a graph anew with weights of fewer bits. Products of two activations, as in attention, stay as they are. */
final class GraphQuantizer {
    private final Graph graph;
    private final Quantization how;
    private final GraphBuilder b;
    private final Weights weights;
    private final IntegerProducts products;

    private GraphQuantizer(Graph graph, Quantization how, GraphBuilder b) {
        this.graph = graph;
        this.how = how;
        this.b = b;
        this.weights = new Weights(graph, how.minimumElements(), b);
        this.products = new IntegerProducts(b, weights);
    }

    /**
     * The graph written anew.
     *
     * @throws GraphException if there is nothing to write anew
     */
    static QuantizedGraph rewrite(Graph original, Quantization how) {
        Graph graph = prepared(original, how);
        GraphBuilder b = GraphBuilder.rewriting(graph);
        List<Node> rewritten = new GraphQuantizer(graph, how, b).rewrite();
        graph.outputs().forEach(b::output);
        return new QuantizedGraph(
                graph, Passes.simplification().then(Passes.deadCode()).apply(b.build()), rewritten);
    }

    /**
     * With layer normalizations in simpler operators, where products are fast enough for those to count: ONNX Runtime (1.29) takes
     * 2.7 times as long for its own operator. It also finds one where an exporter has written it in many, but not where it is
     * written as here; and what it could merge with attention it does not find among products of integers.
     */
    private static Graph prepared(Graph graph, Quantization how) {
        return how.form() == Quantization.Form.DYNAMIC_INT8
                ? Decompositions.apply(
                        Passes.recognition().apply(graph),
                        node -> node.op() == Op.LAYER_NORMALIZATION && isFloat(node.input(0)))
                : graph;
    }

    private List<Node> rewrite() {
        List<Node> rewritten = new ArrayList<>();
        for (Node node : graph.nodes()) {
            List<Value> made = write(node);
            if (made.isEmpty()) {
                b.add(node);
                continue;
            }
            rewritten.add(node);
            for (int i = 0; i < made.size(); i++) {
                if (!node.outputs().get(i).isOmitted()) {
                    b.rename(node.outputs().get(i).name(), made.get(i));
                }
            }
        }
        if (rewritten.isEmpty()) {
            throw nothing();
        }
        return rewritten;
    }

    private GraphException nothing() {
        long left = graph.nodes().stream().filter(this::isLeftOut).count();
        return new GraphException("graph " + graph.name() + ": nothing to quantize among "
                + graph.nodes().size()
                + " nodes, of which " + left + " are left out by name (expected: a "
                + how.form().operators()
                + " with finite constant float32 weights of at least " + how.minimumElements()
                + " elements); leave out less, or serve the model as it is");
    }

    /**
     * The graph with a second form of each node that is written anew, which reads what the first one does, and how far they are
     * apart.
     *
     * @return a graph whose outputs are, for each of the nodes in order, the sum of squared differences and the sum of squares of
     *     the first output
     */
    static Graph beside(QuantizedGraph quantized, Quantization how) {
        GraphBuilder b = GraphBuilder.from(quantized.before());
        GraphQuantizer quantizer = new GraphQuantizer(quantized.before(), how, b);
        for (Node node : quantized.rewritten()) {
            List<Value> made = quantizer.write(node);
            for (int output = 0; output < made.size(); output++) {
                Value before = node.outputs().get(output);
                if (!before.isOmitted()) {
                    Value difference = b.sub(made.get(output), before);
                    b.output(b.reduceSum(b.mul(difference, difference), false));
                    b.output(b.reduceSum(b.mul(before, before), false));
                    break;
                }
            }
        }
        return b.build();
    }

    /** What stands in a node's place, one value an output; none if it stays. */
    private List<Value> write(Node node) {
        if (isLeftOut(node)) {
            return List.of();
        }
        if (node.op() == Op.GATHER) {
            return table(node);
        }
        return switch (how.form()) {
            case DYNAMIC_INT8 -> product(node, products::dynamic);
            case INT8_WEIGHTS -> stored(node);
            case INT4_WEIGHTS -> {
                List<Value> made =
                        product(node, (x, weight, factor) -> products.packed(x, weight, factor, how.blockSize()));
                yield made.isEmpty() ? stored(node) : made;
            }
        };
    }

    private boolean isLeftOut(Node node) {
        return NamePattern.anyMatches(how.leftOut(), node.name())
                || NamePattern.anyMatches(how.leftOut(), node.output().name());
    }

    /** Only the rows that are asked for become floating-point numbers. */
    private List<Value> table(Node node) {
        Weights.Weight table = node.attributes().longValue("axis", 0) == 0 ? weights.find(node.input(0)) : null;
        if (table == null) {
            return List.of();
        }
        Weights.Stored stored = weights.stored(table, Weights.LIMIT, 0);
        Value rows = b.node(Op.GATHER, node.attributes(), stored.integers(), node.input(1));
        Value scales = b.node(Op.GATHER, node.attributes(), stored.scales(), node.input(1));
        return List.of(b.mul(b.cast(rows, DataType.FLOAT32), scales));
    }

    /** How a matrix of rows is multiplied with a weight {@code [k, n]}. */
    private interface Product {
        /** @param factor of the weight */
        Value write(Value rows, Weights.Weight weight, double factor);
    }

    private List<Value> product(Node node, Product form) {
        Attributes attributes = node.attributes();
        boolean gemm = node.op() == Op.GEMM;
        boolean turned = gemm && attributes.longValue("transA", 0) != 0;
        if ((node.op() != Op.MATMUL && !gemm)
                || turned
                || !isFloat(node.input(0))
                || !node.input(0).hasShape()) {
            return List.of();
        }
        Weights.Weight weight = weights.find(node.input(1));
        if (weight == null || weight.tensor().shape().rank() != 2) {
            return List.of();
        }
        if (!gemm) {
            return List.of(form.write(node.input(0), weight, 1));
        }
        boolean transposed = attributes.longValue("transB", 0) != 0;
        Value made =
                form.write(node.input(0), transposed ? weight.turned() : weight, attributes.floatValue("alpha", 1));
        if (node.input(2).isOmitted()) {
            return List.of(made);
        }
        double beta = attributes.floatValue("beta", 1);
        return List.of(b.add(made, beta == 1 ? node.input(2) : b.mul(node.input(2), beta)));
    }

    private static boolean isFloat(Value value) {
        return value.hasDataType() && value.dataType() == DataType.FLOAT32;
    }

    /** The same node, whose weights become floating-point numbers before it. Engines do that once, when they load. */
    private List<Value> stored(Node node) {
        List<Value> inputs = new ArrayList<>(node.inputs());
        for (int i = 0; i < inputs.size(); i++) {
            Weights.Weight weight = weights.find(inputs.get(i));
            int[] channels = weight == null ? null : channels(node, i, weight.tensor());
            if (weight != null && channels != null) {
                Weights.Stored stored = weights.stored(weight, Weights.LIMIT, channels);
                inputs.set(i, b.mul(b.cast(stored.integers(), DataType.FLOAT32), stored.scales()));
            }
        }
        return inputs.equals(node.inputs())
                ? List.of()
                : b.nodes(node.op(), node.attributes(), node.outputs().size(), inputs.toArray(new Value[0]));
    }

    /** The axes of an input that count channels, each of which has a scale; null if the input is no weight. */
    private static int @Nullable [] channels(Node node, int input, Tensor weight) {
        int last = weight.shape().rank() - 1;
        return switch (node.op()) {
            case MATMUL -> allBut(weight, input == 0 ? last : last - 1);
            case GEMM -> input != 1 ? null : new int[] {node.attributes().longValue("transB", 0) == 0 ? 1 : 0};
            case CONV -> input == 1 ? new int[] {0} : null;
            case CONV_TRANSPOSE -> input == 1 ? new int[] {1} : null;
            case GRU, LSTM, RNN -> input == 1 || input == 2 ? new int[] {0, 1} : null;
            default -> null;
        };
    }

    private static int[] allBut(Tensor weight, int axis) {
        return IntStream.range(0, weight.shape().rank())
                .filter(each -> each != axis)
                .toArray();
    }
}
