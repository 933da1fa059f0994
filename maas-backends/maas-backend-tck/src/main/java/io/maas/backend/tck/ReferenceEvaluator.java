package io.maas.backend.tck;

import io.maas.error.BackendException;
import io.maas.error.Require;
import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Says what a graph's outputs are: a slow evaluator in plain Java, written to be read against the ONNX specification. Floating
 * types are computed in double precision and rounded to nearest at the end of each node; integers are exact and wrap.
 *
 * <p>Immutable and thread-safe.
 *
 * @see "ONNX operator specification, opset 17, https://onnx.ai/onnx/operators/"
 */
public final class ReferenceEvaluator {
    /** The name that errors carry. */
    static final String NAME = "reference";

    /**
     * Runs a graph once.
     *
     * @param inputs one tensor for each input of the graph
     * @return the graph's outputs, in order
     * @throws BackendException naming the node, if an operator is not one of {@link io.maas.graph.Op} or its inputs have
     *     values that the specification does not allow, such as an index past the end
     * @throws IllegalArgumentException if an input is missing
     */
    public Tensors evaluate(Graph graph, Tensors inputs) {
        Map<String, NdArray> values = values(graph, inputs);
        List<Tensors.Entry> outputs = new ArrayList<>();
        graph.outputs()
                .forEach(output -> outputs.add(new Tensors.Entry(
                        output.name(), of(values, output.name()).toTensor())));
        return Tensors.copyOf(outputs);
    }

    private static NdArray of(Map<String, NdArray> values, String name) {
        NdArray value = values.get(name);
        if (value == null) {
            throw new BackendException(NAME, "value " + Require.quote(name) + " was not computed");
        }
        return value;
    }

    /** All values of a graph, by name. */
    Map<String, NdArray> values(Graph graph, Tensors inputs) {
        Map<String, NdArray> values = new HashMap<>();
        graph.inputs().forEach(input -> values.put(input.name(), NdArray.of(inputs.get(input.name()))));
        for (Map.Entry<String, Tensor> constant : graph.constants().entrySet()) {
            values.put(constant.getKey(), NdArray.of(constant.getValue()));
        }
        for (Node node : graph.nodes()) {
            values.put(node.output().name(), run(new Arguments(node, values)));
        }
        return values;
    }

    private static NdArray run(Arguments in) {
        try {
            return apply(in);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new BackendException(NAME, in.node().title() + ": " + e.getMessage(), e);
        }
    }

    private static NdArray apply(Arguments in) {
        return switch (in.node().op()) {
            case ABS -> Elementwise.abs(in.get(0));
            case ADD -> Elementwise.zip(in, Double::sum, Long::sum);
            case AND -> Elementwise.zip(in, Double::min, (a, b) -> a & b);
            case ARG_MAX -> Reductions.argMax(in);
            case CAST ->
                Casting.cast(in.get(0), DataType.valueOf(in.attributes().string("to", "")));
            case CLIP -> Elementwise.clip(in);
            case CONCAT -> Shaping.concat(in);
            case CONSTANT_OF_SHAPE -> Shaping.constantOfShape(in);
            case DIV -> Elementwise.div(in);
            case ELU -> {
                double alpha = in.attributes().floatValue("alpha", 1);
                yield Elementwise.map(in, x -> x < 0 ? alpha * Math.expm1(x) : x);
            }
            case EQUAL -> Elementwise.compare(in, (a, b) -> a == b, order -> order == 0);
            case ERF -> Elementwise.map(in, ErrorFunction::erf);
            case EXP -> Elementwise.map(in, Math::exp);
            case EXPAND -> Shaping.expand(in.get(0), in.get(1));
            case FLATTEN -> Shaping.flatten(in);
            case GATHER -> Indexing.gather(in);
            case GEMM -> LinearAlgebra.gemm(in);
            case GREATER -> Elementwise.compare(in, (a, b) -> a > b, order -> order > 0);
            case GREATER_OR_EQUAL -> Elementwise.compare(in, (a, b) -> a >= b, order -> order >= 0);
            case IDENTITY -> in.get(0);
            case LEAKY_RELU -> {
                double alpha = in.attributes().floatValue("alpha", 0.01f);
                yield Elementwise.map(in, x -> x < 0 ? alpha * x : x);
            }
            case LESS -> Elementwise.compare(in, (a, b) -> a < b, order -> order < 0);
            case LESS_OR_EQUAL -> Elementwise.compare(in, (a, b) -> a <= b, order -> order <= 0);
            case LOG -> Elementwise.map(in, Math::log);
            case LOG_SOFTMAX -> Reductions.softmax(in, true);
            case MATMUL -> LinearAlgebra.matmul(in.get(0), in.get(1));
            case MAX -> Elementwise.extreme(in.all(), true);
            case MIN -> Elementwise.extreme(in.all(), false);
            case MUL -> Elementwise.zip(in, (a, b) -> a * b, (a, b) -> a * b);
            case NEG -> Elementwise.map(in.get(0), x -> -x, x -> -x);
            case NON_ZERO -> Indexing.nonZero(in.get(0));
            case NOT -> Elementwise.map(in.get(0), x -> 1 - x, x -> 1 - x);
            case ONE_HOT -> Indexing.oneHot(in);
            case OR -> Elementwise.zip(in, Double::max, (a, b) -> a | b);
            case PAD -> Indexing.pad(in);
            case POW -> Elementwise.pow(in.get(0), in.get(1));
            case RECIPROCAL -> Elementwise.map(in, x -> 1 / x);
            case REDUCE_MAX -> Reductions.max(in);
            case REDUCE_MEAN -> Reductions.sum(in, true);
            case REDUCE_SUM -> Reductions.sum(in, false);
            case RELU -> Elementwise.relu(in.get(0));
            case RESHAPE -> Shaping.reshape(in);
            case SCATTER_ND -> Indexing.scatter(in);
            case SHAPE -> Shaping.shape(in);
            case SIGMOID -> Elementwise.map(in, Elementwise::sigmoid);
            case SIGN -> Elementwise.sign(in.get(0));
            case SLICE -> Indexing.slice(in);
            case SOFTMAX -> Reductions.softmax(in, false);
            case SOFTPLUS -> Elementwise.map(in, Elementwise::softplus);
            case SQRT -> Elementwise.map(in, Math::sqrt);
            case SQUEEZE -> Shaping.squeeze(in);
            case SUB -> Elementwise.zip(in, (a, b) -> a - b, (a, b) -> a - b);
            case TANH -> Elementwise.map(in, Math::tanh);
            case TRANSPOSE -> Shaping.transpose(in);
            case UNSQUEEZE -> Shaping.unsqueeze(in);
            case WHERE -> Elementwise.where(in.get(0), in.get(1), in.get(2));
            case OTHER -> throw unknown(in.node());
        };
    }

    static BackendException unknown(Node node) {
        return new BackendException(
                NAME, "no operator " + node.title() + "; use a backend with OTHER_OPERATORS, such as onnxruntime");
    }
}
