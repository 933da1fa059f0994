package io.maas.graph;

import io.maas.error.GraphException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Operators written in simpler ones: where an engine lacks them, and where {@link Gradients} has no shorter rule.
 *
 * <p>Thread-safe: holds no state.
 *
 * @see "ONNX operator specification, function bodies, https://onnx.ai/onnx/operators/"
 */
public final class Decompositions {
    private Decompositions() {}

    /**
     * Writes a node's operator in simpler ones that read the same inputs.
     *
     * @return one value for each of the node's outputs, in order
     * @throws GraphException if there is no decomposition of this operator with these attributes
     */
    public static List<Value> write(GraphBuilder builder, Node node) {
        List<Value> made = rule(builder, node);
        if (made == null) {
            throw new GraphException(node.title() + ": there is no decomposition of it into simpler operators");
        }
        return made;
    }

    /**
     * A graph without some operators: each of their nodes is written in simpler ones, until none is left that has a
     * decomposition. Names of inputs and outputs stay.
     *
     * @param which the nodes that are not wanted
     */
    public static Graph apply(Graph graph, Predicate<Node> which) {
        return graph.nodes().stream().anyMatch(node -> which.test(node)) ? new Rewriting(graph, which).run() : graph;
    }

    private static final class Rewriting {
        private final Graph graph;
        private final Predicate<Node> which;
        private final GraphBuilder builder;
        private final Map<String, Value> replaced = new HashMap<>();
        private final Set<String> fixedNames = new HashSet<>();

        Rewriting(Graph graph, Predicate<Node> which) {
            this.graph = graph;
            this.which = which;
            this.builder = GraphBuilder.rewriting(graph);
            graph.outputs().forEach(output -> fixedNames.add(output.name()));
            graph.nodes().forEach(node -> fixedNames.addAll(node.captured()));
        }

        Graph run() {
            Deque<Node> left = new ArrayDeque<>(graph.nodes());
            while (!left.isEmpty()) {
                Node node = left.pop().withInputs(this::now);
                int before = builder.nodes().size();
                List<Value> made = which.test(node) ? rule(builder, node) : null;
                if (made == null) {
                    builder.add(node);
                    continue;
                }
                // What was written may hold unwanted operators again.
                List<Node> written = builder.takeFrom(before);
                for (int i = written.size() - 1; i >= 0; i--) {
                    left.push(written.get(i));
                }
                replace(node.outputs(), made, left, written.size());
            }
            graph.outputs().forEach(builder::output);
            return builder.build();
        }

        private void replace(List<Value> outputs, List<Value> made, Deque<Node> left, int written) {
            Deque<Node> ahead = new ArrayDeque<>();
            for (int i = 0; i < written; i++) {
                ahead.add(left.pop());
            }
            for (int i = 0; i < outputs.size(); i++) {
                Value output = outputs.get(i);
                if (fixedNames.contains(output.name())) {
                    int before = builder.nodes().size();
                    builder.rename(output.name(), made.get(i));
                    ahead.addAll(builder.takeFrom(before));
                } else if (!output.isOmitted()) {
                    replaced.put(output.name(), made.get(i));
                }
            }
            while (!ahead.isEmpty()) {
                left.push(ahead.removeLast());
            }
        }

        private Value now(Value value) {
            Value current = value;
            for (Value next = replaced.get(current.name()); next != null; next = replaced.get(current.name())) {
                current = next;
            }
            return current;
        }
    }

    /** One value an output, or null where the operator is not written in others. */
    private static @Nullable List<Value> rule(GraphBuilder b, Node node) {
        return switch (node.op()) {
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
                    ELU,
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
                    SOFTPLUS,
                    SOFTSIGN,
                    SUM,
                    SWISH,
                    TAN,
                    THRESHOLDED_RELU,
                    XOR -> ElementwiseDecompositions.of(b, node);
            case ARG_MIN,
                    REDUCE_L1,
                    REDUCE_L2,
                    REDUCE_LOG_SUM,
                    REDUCE_LOG_SUM_EXP,
                    REDUCE_MIN,
                    REDUCE_PROD,
                    REDUCE_SUM_SQUARE -> ReductionDecompositions.of(b, node);
            case DEQUANTIZE_LINEAR, DYNAMIC_QUANTIZE_LINEAR, MATMUL_INTEGER, QUANTIZE_LINEAR ->
                QuantizationDecompositions.of(b, node);
            case BATCH_NORMALIZATION,
                    GROUP_NORMALIZATION,
                    INSTANCE_NORMALIZATION,
                    LAYER_NORMALIZATION,
                    LP_NORMALIZATION,
                    LRN,
                    MEAN_VARIANCE_NORMALIZATION,
                    RMS_NORMALIZATION -> NormalizationDecompositions.of(b, node);
            case AVERAGE_POOL,
                    CONV,
                    CONV_TRANSPOSE,
                    GLOBAL_AVERAGE_POOL,
                    GLOBAL_LP_POOL,
                    GLOBAL_MAX_POOL,
                    LP_POOL,
                    MAX_POOL -> ConvolutionDecompositions.of(b, node);
            case ATTENTION, DROPOUT, GRU, LSTM, RNN, ROTARY_EMBEDDING -> SequenceDecompositions.of(b, node);
            case CUM_SUM,
                    DEPTH_TO_SPACE,
                    EINSUM,
                    EYE_LIKE,
                    GATHER_ELEMENTS,
                    GATHER_ND,
                    RANGE,
                    RESIZE,
                    REVERSE_SEQUENCE,
                    SCATTER_ELEMENTS,
                    SIZE,
                    SPACE_TO_DEPTH,
                    SPLIT,
                    TILE,
                    TOP_K,
                    TRILU -> MovementDecompositions.of(b, node);
            case ABS,
                    ADD,
                    AND,
                    ARG_MAX,
                    CAST,
                    CLIP,
                    CONCAT,
                    CONSTANT_OF_SHAPE,
                    DIV,
                    EQUAL,
                    ERF,
                    EXP,
                    EXPAND,
                    FLATTEN,
                    GATHER,
                    GEMM,
                    GREATER,
                    GREATER_OR_EQUAL,
                    IDENTITY,
                    LEAKY_RELU,
                    LESS,
                    LESS_OR_EQUAL,
                    LOG,
                    LOG_SOFTMAX,
                    MATMUL,
                    MAX,
                    MIN,
                    MUL,
                    NEG,
                    NON_ZERO,
                    NOT,
                    ONE_HOT,
                    OR,
                    PAD,
                    POW,
                    RECIPROCAL,
                    REDUCE_MAX,
                    REDUCE_MEAN,
                    REDUCE_SUM,
                    RELU,
                    RESHAPE,
                    SCATTER_ND,
                    SHAPE,
                    SIGMOID,
                    SIGN,
                    SLICE,
                    SOFTMAX,
                    SQRT,
                    SQUEEZE,
                    SUB,
                    TANH,
                    TRANSPOSE,
                    UNSQUEEZE,
                    WHERE,
                    OTHER -> null;
        };
    }
}
