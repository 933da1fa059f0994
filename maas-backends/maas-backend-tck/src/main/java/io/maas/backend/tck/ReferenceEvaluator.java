package io.maas.backend.tck;

import io.maas.backend.Cancellation;
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
 * @see "ONNX operator specification, https://onnx.ai/onnx/operators/"
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
        return evaluate(graph, inputs, Cancellation.none());
    }

    /** As {@link #evaluate(Graph, Tensors)}, unless it is cancelled between two nodes. */
    Tensors evaluate(Graph graph, Tensors inputs, Cancellation cancellation) {
        Map<String, NdArray> values = values(graph, inputs, cancellation);
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
    Map<String, NdArray> values(Graph graph, Tensors inputs, Cancellation cancellation) {
        Map<String, NdArray> values = new HashMap<>();
        graph.inputs().forEach(input -> values.put(input.name(), NdArray.of(inputs.get(input.name()))));
        for (Map.Entry<String, Tensor> constant : graph.constants().entrySet()) {
            values.put(constant.getKey(), NdArray.of(constant.getValue()));
        }
        for (Node node : graph.nodes()) {
            cancellation.check();
            List<NdArray> results = run(new Arguments(node, values));
            for (int i = 0; i < node.outputs().size(); i++) {
                values.put(node.outputs().get(i).name(), results.get(i));
            }
        }
        return values;
    }

    private static List<NdArray> run(Arguments in) {
        try {
            return apply(in);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new BackendException(NAME, in.node().title() + ": " + e.getMessage(), e);
        }
    }

    private static List<NdArray> apply(Arguments in) {
        return switch (in.node().op()) {
            case ABS -> one(Elementwise.abs(in.get(0)));
            case ADD -> one(Elementwise.zip(in, Double::sum, Long::sum));
            case AND -> one(Elementwise.zip(in, Double::min, (a, b) -> a & b));
            case ARG_MAX -> one(Reductions.argMax(in));
            case ARG_MIN -> one(Reductions.argMin(in));
            case CAST ->
                one(Casting.cast(in.get(0), DataType.valueOf(in.attributes().string("to", ""))));
            case CLIP -> one(Elementwise.clip(in));
            case CONCAT -> one(Shaping.concat(in));
            case CONSTANT_OF_SHAPE -> one(Shaping.constantOfShape(in));
            case CUM_SUM -> one(Selecting.cumSum(in));
            case DEQUANTIZE_LINEAR -> one(Quantizing.dequantize(in));
            case DEPTH_TO_SPACE -> one(Rearranging.depthToSpace(in));
            case DIV -> one(Elementwise.div(in));
            case DYNAMIC_QUANTIZE_LINEAR -> Quantizing.quantizeDynamically(in);
            case EINSUM -> one(Einsum.of(in));
            case ELU -> {
                double alpha = in.attributes().floatValue("alpha", 1);
                yield one(Elementwise.map(in, x -> x < 0 ? alpha * Math.expm1(x) : x));
            }
            case EQUAL -> one(Elementwise.compare(in, (a, b) -> a == b, order -> order == 0));
            case ERF -> one(Elementwise.map(in, ErrorFunction::erf));
            case EXP -> one(Elementwise.map(in, Math::exp));
            case EXPAND -> one(Shaping.expand(in.get(0), in.get(1)));
            case EYE_LIKE -> one(Rearranging.eyeLike(in));
            case FLATTEN -> one(Shaping.flatten(in));
            case GATHER -> one(Indexing.gather(in));
            case GATHER_ELEMENTS -> one(Selecting.gatherElements(in));
            case GATHER_ND -> one(Selecting.gatherNd(in));
            case GEMM -> one(LinearAlgebra.gemm(in));
            case GREATER -> one(Elementwise.compare(in, (a, b) -> a > b, order -> order > 0));
            case GREATER_OR_EQUAL -> one(Elementwise.compare(in, (a, b) -> a >= b, order -> order >= 0));
            case IDENTITY -> one(in.get(0));
            case LEAKY_RELU -> {
                double alpha = in.attributes().floatValue("alpha", 0.01f);
                yield one(Elementwise.map(in, x -> x < 0 ? alpha * x : x));
            }
            case LESS -> one(Elementwise.compare(in, (a, b) -> a < b, order -> order < 0));
            case LESS_OR_EQUAL -> one(Elementwise.compare(in, (a, b) -> a <= b, order -> order <= 0));
            case LOG -> one(Elementwise.map(in, Math::log));
            case LOG_SOFTMAX -> one(Reductions.softmax(in, true));
            case MATMUL -> one(LinearAlgebra.matmul(in.get(0), in.get(1)));
            case MATMUL_INTEGER -> one(Quantizing.matmul(in));
            case MAX -> one(Elementwise.extreme(in.all(), true));
            case MIN -> one(Elementwise.extreme(in.all(), false));
            case MUL -> one(Elementwise.zip(in, (a, b) -> a * b, (a, b) -> a * b));
            case NEG -> one(Elementwise.map(in.get(0), x -> -x, x -> -x));
            case NON_ZERO -> one(Indexing.nonZero(in.get(0)));
            case NOT -> one(Elementwise.map(in.get(0), x -> 1 - x, x -> 1 - x));
            case ONE_HOT -> one(Indexing.oneHot(in));
            case OR -> one(Elementwise.zip(in, Double::max, (a, b) -> a | b));
            case PAD -> one(Indexing.pad(in));
            case POW -> one(Elementwise.pow(in.get(0), in.get(1)));
            case QUANTIZE_LINEAR -> one(Quantizing.quantize(in));
            case RANGE -> one(Selecting.range(in));
            case RECIPROCAL -> one(Elementwise.map(in, x -> 1 / x));
            case REDUCE_MAX -> one(Reductions.max(in));
            case REDUCE_MEAN -> one(Reductions.sum(in, true));
            case REDUCE_MIN -> one(Reductions.min(in));
            case REDUCE_SUM -> one(Reductions.sum(in, false));
            case RELU -> one(Elementwise.relu(in.get(0)));
            case RESHAPE -> one(Shaping.reshape(in));
            case RESIZE -> one(Resizing.of(in));
            case REVERSE_SEQUENCE -> one(Rearranging.reverseSequence(in));
            case SCATTER_ELEMENTS -> one(Selecting.scatterElements(in));
            case SCATTER_ND -> one(Indexing.scatter(in));
            case SHAPE -> one(Shaping.shape(in));
            case SIGMOID -> one(Elementwise.map(in, Elementwise::sigmoid));
            case SIGN -> one(Elementwise.sign(in.get(0)));
            case SIZE -> one(Selecting.size(in.get(0)));
            case SLICE -> one(Indexing.slice(in));
            case SOFTMAX -> one(Reductions.softmax(in, false));
            case SOFTPLUS -> one(Elementwise.map(in, Elementwise::softplus));
            case SPACE_TO_DEPTH -> one(Rearranging.spaceToDepth(in));
            case SPLIT -> Selecting.split(in);
            case SQRT -> one(Elementwise.map(in, Math::sqrt));
            case SQUEEZE -> one(Shaping.squeeze(in));
            case SUB -> one(Elementwise.zip(in, (a, b) -> a - b, (a, b) -> a - b));
            case TANH -> one(Elementwise.map(in, Math::tanh));
            case TILE -> one(Selecting.tile(in));
            case TOP_K -> Selecting.topK(in);
            case TRANSPOSE -> one(Shaping.transpose(in));
            case TRILU -> one(Selecting.trilu(in));
            case UNSQUEEZE -> one(Shaping.unsqueeze(in));
            case WHERE -> one(Elementwise.where(in.get(0), in.get(1), in.get(2)));
            case ACOS,
                    ACOSH,
                    ASIN,
                    ASINH,
                    ATAN,
                    ATANH,
                    BITWISE_AND,
                    BITWISE_NOT,
                    BITWISE_OR,
                    BITWISE_XOR,
                    BIT_SHIFT,
                    CAST_LIKE,
                    CEIL,
                    CELU,
                    COS,
                    COSH,
                    FLOOR,
                    GELU,
                    HARDMAX,
                    HARD_SIGMOID,
                    HARD_SWISH,
                    IS_INF,
                    IS_NAN,
                    MEAN,
                    MISH,
                    MOD,
                    PRELU,
                    ROUND,
                    SELU,
                    SHRINK,
                    SIN,
                    SINH,
                    SOFTSIGN,
                    SUM,
                    SWISH,
                    TAN,
                    THRESHOLDED_RELU,
                    XOR -> Activations.of(in);
            case REDUCE_L1, REDUCE_L2, REDUCE_LOG_SUM, REDUCE_LOG_SUM_EXP, REDUCE_PROD, REDUCE_SUM_SQUARE ->
                one(FormulaReductions.of(in));
            case BATCH_NORMALIZATION,
                    GROUP_NORMALIZATION,
                    INSTANCE_NORMALIZATION,
                    LAYER_NORMALIZATION,
                    LP_NORMALIZATION,
                    LRN,
                    MEAN_VARIANCE_NORMALIZATION,
                    RMS_NORMALIZATION -> Normalizations.of(in);
            case AVERAGE_POOL,
                    CONV,
                    CONV_TRANSPOSE,
                    GLOBAL_AVERAGE_POOL,
                    GLOBAL_LP_POOL,
                    GLOBAL_MAX_POOL,
                    LP_POOL,
                    MAX_POOL -> Convolutions.of(in);
            case ATTENTION, DROPOUT, GRU, LSTM, RNN, ROTARY_EMBEDDING -> Sequences.of(in);
            case OTHER -> throw unknown(in.node());
        };
    }

    private static List<NdArray> one(NdArray result) {
        return List.of(result);
    }

    static BackendException unknown(Node node) {
        return new BackendException(
                NAME, "no operator " + node.title() + "; use a backend with OTHER_OPERATORS, such as onnxruntime");
    }
}
