package io.maas.graph;

import io.maas.error.GraphException;
import io.maas.error.ShapeMismatchException;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What type and shape each operator gives: one rule an operator, under symbolic sizes. Two equal symbols are one size; of two
 * different ones nothing is known, and the result is {@link Shape#UNKNOWN}.
 *
 * <p>Thread-safe: an instance lives as long as one call.
 *
 * @see "ONNX operator specification, https://onnx.ai/onnx/operators/"
 */
public final class ShapeInference extends ShapeRules {
    private final Function<Value, @Nullable Tensor> constants;

    private ShapeInference(Node node, Function<Value, @Nullable Tensor> constants) {
        super(node, constants);
        this.constants = constants;
    }

    /**
     * The type and shape of each of a node's outputs, each possibly unknown; without names.
     *
     * @param node a node with as many outputs as are wanted
     * @param constants gives the tensor of a constant value, or null
     * @throws GraphException if the inputs are of types that the operator does not take
     * @throws ShapeMismatchException if their shapes do not fit each other
     */
    public static List<Value> infer(Node node, Function<Value, @Nullable Tensor> constants) {
        checkCounts(node);
        TypeRules types = new TypeRules(node);
        ShapeInference shapes = new ShapeInference(node, constants);
        boolean known = node.inputs().stream().allMatch(value -> value.isOmitted() || value.hasShape());
        List<Value> outputs = new ArrayList<>();
        try {
            for (int i = 0; i < node.outputs().size(); i++) {
                @Nullable DataType type = types.type(i);
                outputs.add(new Value("", type, known ? shapes.shapeOf(i) : null));
            }
        } catch (IllegalArgumentException e) {
            // A constant asks for a shape that cannot be, such as one with a negative size.
            throw new GraphException(node.title() + ": " + e.getMessage(), e);
        }
        return outputs;
    }

    private static void checkCounts(Node node) {
        Op op = node.op();
        check(node, node.inputs().size(), op.minInputs(), op.maxInputs(), "inputs");
        check(node, node.outputs().size(), op.minOutputs(), op.maxOutputs(), "outputs");
    }

    private static void check(Node node, int given, int least, int most, String what) {
        if (given < least || given > most) {
            throw new GraphException(node.title() + ": " + given + " " + what + " (expected: " + least
                    + (most == least ? "" : " to " + most) + ")");
        }
    }

    private @Nullable Shape shapeOf(int output) {
        Value first = node.input(0);
        Attributes attributes = node.attributes();
        return switch (node.op()) {
            case ADD,
                    AND,
                    BITWISE_AND,
                    BITWISE_OR,
                    BITWISE_XOR,
                    BIT_SHIFT,
                    DIV,
                    EQUAL,
                    GREATER,
                    GREATER_OR_EQUAL,
                    LESS,
                    LESS_OR_EQUAL,
                    MAX,
                    MEAN,
                    MIN,
                    MOD,
                    MUL,
                    OR,
                    POW,
                    SUB,
                    SUM,
                    WHERE,
                    XOR -> broadcastAll();
            case ABS,
                    ACOS,
                    ACOSH,
                    ASIN,
                    ASINH,
                    ATAN,
                    ATANH,
                    BITWISE_NOT,
                    CAST,
                    CAST_LIKE,
                    CEIL,
                    CELU,
                    CLIP,
                    COS,
                    COSH,
                    DROPOUT,
                    ELU,
                    ERF,
                    EXP,
                    FLOOR,
                    GELU,
                    HARD_SIGMOID,
                    HARD_SWISH,
                    IDENTITY,
                    IS_INF,
                    IS_NAN,
                    LEAKY_RELU,
                    LOG,
                    MISH,
                    NEG,
                    NOT,
                    RECIPROCAL,
                    RELU,
                    ROTARY_EMBEDDING,
                    ROUND,
                    SELU,
                    SHRINK,
                    SIGMOID,
                    SIGN,
                    SIN,
                    SINH,
                    SOFTPLUS,
                    SOFTSIGN,
                    SQRT,
                    SWISH,
                    TAN,
                    TANH,
                    THRESHOLDED_RELU -> first.shape();
            case PRELU -> {
                if (!stretchesTo(shape(1), first.shape())) {
                    throw mismatch("a slope that stretches to the first input", first.shape(), shape(1));
                }
                yield first.shape();
            }
            case HARDMAX, LOG_SOFTMAX, LP_NORMALIZATION, SOFTMAX -> {
                axis(attributes.longValue("axis", -1), first.rank());
                yield first.shape();
            }
            case EYE_LIKE -> new RearrangingShapes(node, constants).eyeLike();
            case REVERSE_SEQUENCE -> new RearrangingShapes(node, constants).reverseSequence();
            case EINSUM, GEMM, MATMUL, MATMUL_INTEGER -> product();
            case DYNAMIC_QUANTIZE_LINEAR -> output == 0 ? first.shape() : Shape.scalar();
            case DEQUANTIZE_LINEAR, QUANTIZE_LINEAR -> new QuantizationShapes(node, constants).scaled();
            case CONCAT,
                    DEPTH_TO_SPACE,
                    EXPAND,
                    FLATTEN,
                    PAD,
                    RESHAPE,
                    RESIZE,
                    SLICE,
                    SPACE_TO_DEPTH,
                    SPLIT,
                    SQUEEZE,
                    TILE,
                    TRANSPOSE,
                    UNSQUEEZE -> moved(output);
            case CUM_SUM,
                    GATHER,
                    GATHER_ELEMENTS,
                    GATHER_ND,
                    ONE_HOT,
                    RANGE,
                    SCATTER_ELEMENTS,
                    SCATTER_ND,
                    TOP_K,
                    TRILU -> indexed();
            case SHAPE -> Shape.of(shapeSlice(first.rank()));
            case SIZE -> Shape.scalar();
            case NON_ZERO -> Shape.symbolic(first.rank(), Shape.UNKNOWN);
            case CONSTANT_OF_SHAPE -> fromShapeInput(first);
            case REDUCE_L1,
                    REDUCE_L2,
                    REDUCE_LOG_SUM,
                    REDUCE_LOG_SUM_EXP,
                    REDUCE_MAX,
                    REDUCE_MEAN,
                    REDUCE_MIN,
                    REDUCE_PROD,
                    REDUCE_SUM,
                    REDUCE_SUM_SQUARE -> new ReductionShapes(node, constants).reduce();
            case ARG_MAX, ARG_MIN ->
                new ReductionShapes(node, constants)
                        .reduced(
                                first.shape(),
                                new long[] {attributes.longValue("axis", 0)},
                                attributes.longValue("keepdims", 1) == 1);
            case AVERAGE_POOL,
                    CONV,
                    CONV_TRANSPOSE,
                    GLOBAL_AVERAGE_POOL,
                    GLOBAL_LP_POOL,
                    GLOBAL_MAX_POOL,
                    LP_POOL,
                    MAX_POOL -> convolved();
            case BATCH_NORMALIZATION,
                    GROUP_NORMALIZATION,
                    INSTANCE_NORMALIZATION,
                    LAYER_NORMALIZATION,
                    LRN,
                    MEAN_VARIANCE_NORMALIZATION,
                    RMS_NORMALIZATION -> new NormalizationShapes(node, constants).normalized(output);
            case GRU -> new SequenceShapes(node, constants).recurrent(output, 3);
            case RNN -> new SequenceShapes(node, constants).recurrent(output, 1);
            case LSTM -> new SequenceShapes(node, constants).recurrent(output, 4);
            case ATTENTION -> new SequenceShapes(node, constants).attention(output);
            case OTHER -> null;
        };
    }

    private @Nullable Shape product() {
        ProductShapes rules = new ProductShapes(node, constants);
        return switch (node.op()) {
            case EINSUM -> new RearrangingShapes(node, constants).einsum();
            case GEMM -> rules.gemm();
            default -> rules.matmul(shape(0), shape(1));
        };
    }

    private @Nullable Shape moved(int output) {
        MovementShapes rules = new MovementShapes(node, constants);
        return switch (node.op()) {
            case CONCAT -> rules.concat();
            case DEPTH_TO_SPACE -> new RearrangingShapes(node, constants).depthToSpace();
            case EXPAND -> rules.expand();
            case FLATTEN -> rules.flatten();
            case PAD -> rules.pad();
            case RESHAPE -> rules.reshape();
            case RESIZE -> new RearrangingShapes(node, constants).resize();
            case SLICE -> rules.slice();
            case SPACE_TO_DEPTH -> new RearrangingShapes(node, constants).spaceToDepth();
            case SPLIT -> rules.split(output);
            case SQUEEZE -> rules.squeeze();
            case TILE -> rules.tile();
            case TRANSPOSE -> rules.transpose();
            default -> rules.unsqueeze();
        };
    }

    private @Nullable Shape indexed() {
        IndexingShapes rules = new IndexingShapes(node, constants);
        return switch (node.op()) {
            case CUM_SUM -> rules.cumSum();
            case GATHER -> rules.gather();
            case GATHER_ELEMENTS -> rules.gatherElements();
            case GATHER_ND -> rules.gatherNd();
            case ONE_HOT -> rules.oneHot();
            case RANGE -> rules.range();
            case SCATTER_ELEMENTS -> rules.scatterElements();
            case SCATTER_ND -> rules.scatterNd();
            case TOP_K -> rules.topK();
            default -> rules.trilu();
        };
    }

    private @Nullable Shape convolved() {
        ConvolutionShapes rules = new ConvolutionShapes(node, constants);
        return switch (node.op()) {
            case CONV -> rules.conv();
            case CONV_TRANSPOSE -> rules.convTranspose();
            case AVERAGE_POOL, LP_POOL, MAX_POOL -> rules.pool();
            default -> rules.globalPool();
        };
    }

    private long shapeSlice(int rank) {
        long start = clampAxis(node.attributes().longValue("start", 0), rank);
        long end = clampAxis(node.attributes().longValue("end", rank), rank);
        return Math.max(0, end - start);
    }

    private Shape broadcastAll() {
        Shape result = Shape.scalar();
        for (Value value : node.inputs()) {
            result = broadcast(result, value.shape());
        }
        return result;
    }
}
