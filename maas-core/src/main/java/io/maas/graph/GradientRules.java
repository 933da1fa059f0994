package io.maas.graph;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How the gradients of an operator's outputs become gradients of its inputs: one rule an operator. Rules write only what is
 * needed for inputs that the wanted values flow through.
 */
final class GradientRules extends GradientContext {
    private final List<@Nullable Value> outputGradients;
    private final Set<String> active;

    GradientRules(GraphBuilder builder, Node node, List<@Nullable Value> outputGradients, Set<String> active) {
        super(builder, node, outputGradients, active);
        this.outputGradients = outputGradients;
        this.active = active;
    }

    /**
     * One gradient an input, null where none flows; possibly fewer than there are inputs.
     *
     * @return null where the operator is differentiated through its decomposition
     */
    @Nullable
    List<@Nullable Value> apply() {
        return switch (node.op()) {
            case ADD -> each(i -> reduceTo(dy, node.input(i)));
            case SUB -> each(i -> i == 0 ? reduceTo(dy, x) : b.neg(reduceTo(dy, node.input(1))));
            case MUL -> each(i -> reduceTo(b.mul(dy, node.input(1 - i)), node.input(i)));
            case DIV ->
                each(i -> i == 0
                        ? reduceTo(b.div(dy, node.input(1)), x)
                        : b.neg(reduceTo(b.div(b.mul(dy, y), node.input(1)), node.input(1))));
            case POW -> elementwise().pow();
            case MIN, MAX -> elementwise().extremum();
            case NEG -> first(() -> b.neg(dy));
            case ABS -> first(() -> b.mul(dy, sign(x)));
            case EXP -> first(() -> b.mul(dy, y));
            case LOG -> first(() -> b.div(dy, x));
            case SQRT -> first(() -> b.div(b.mul(dy, 0.5), y));
            case RECIPROCAL -> first(() -> b.neg(b.mul(dy, b.mul(y, y))));
            // The factor 2/sqrt(pi) as a term of the exponent: one pass less.
            case ERF ->
                first(() -> b.mul(dy, b.exp(b.sub(b.scalar(Math.log(2 / Math.sqrt(Math.PI)), dy), b.mul(x, x)))));
            // A mask from the output, so that the engine can fuse what comes before. Sign would do too, but ONNX
            // Runtime
            // computes it on one thread and without vector instructions.
            case RELU -> first(() -> b.mul(dy, b.cast(positive(y), dy.dataType())));
            case LEAKY_RELU -> first(() -> b.mul(dy, b.where(positive(x), one(), number("alpha", 0.01f))));
            case ELU -> first(() -> b.where(positive(x), dy, b.mul(dy, b.add(y, number("alpha", 1)))));
            case SIGMOID -> first(() -> b.mul(dy, b.mul(y, b.sub(one(), y))));
            case TANH -> first(() -> b.mul(dy, b.sub(one(), b.mul(y, y))));
            case SOFTPLUS -> first(() -> b.mul(dy, b.sigmoid(x)));
            case SOFTMAX -> first(() -> b.mul(y, b.sub(dy, b.reduceSum(b.mul(dy, y), true, softmaxAxis()))));
            case LOG_SOFTMAX -> first(() -> b.sub(dy, b.mul(b.exp(y), b.reduceSum(dy, true, softmaxAxis()))));
            case WHERE ->
                each(i -> i == 0
                        ? null
                        : reduceTo(i == 1 ? b.where(x, dy, zero()) : b.where(x, zero(), dy), node.input(i)));
            case CLIP -> elementwise().clip();
            case MATMUL -> products().matmul();
            case GEMM -> products().gemm();
            case IDENTITY -> first(() -> dy);
            case CAST -> x.dataType().isFloating() ? first(() -> b.cast(dy, x.dataType())) : List.of();
            case RESHAPE, FLATTEN, SQUEEZE, UNSQUEEZE -> first(() -> reshapeLike(dy, x));
            case TRANSPOSE -> first(movement()::transposeBack);
            case EXPAND -> first(() -> reduceTo(dy, x));
            case CONCAT -> movement().concat();
            case SLICE -> first(movement()::slice);
            case GATHER -> first(movement()::gather);
            case PAD -> movement().pad();
            case REDUCE_SUM -> first(() -> expandLike(reductions().keepAxes(dy), x));
            case REDUCE_MEAN ->
                first(() ->
                        expandLike(b.div(reductions().keepAxes(dy), reductions().count()), x));
            case REDUCE_MAX -> first(reductions()::extreme);
            // Piecewise constant, or not a function of floating-point values.
            case AND,
                    ARG_MAX,
                    ARG_MIN,
                    BITWISE_AND,
                    BITWISE_NOT,
                    BITWISE_OR,
                    BITWISE_XOR,
                    BIT_SHIFT,
                    CEIL,
                    CONSTANT_OF_SHAPE,
                    DYNAMIC_QUANTIZE_LINEAR,
                    EQUAL,
                    EYE_LIKE,
                    FLOOR,
                    GREATER,
                    GREATER_OR_EQUAL,
                    HARDMAX,
                    IS_INF,
                    IS_NAN,
                    LESS,
                    LESS_OR_EQUAL,
                    MATMUL_INTEGER,
                    NON_ZERO,
                    NOT,
                    ONE_HOT,
                    OR,
                    QUANTIZE_LINEAR,
                    ROUND,
                    SHAPE,
                    SIGN,
                    SIZE,
                    XOR -> List.of();
            case ACOS, ACOSH, ASIN, ASINH, ATAN, ATANH, COS, COSH, MOD, PRELU, SIN, SINH, TAN ->
                elementwise().of();
            case CAST_LIKE,
                    CELU,
                    GELU,
                    HARD_SIGMOID,
                    HARD_SWISH,
                    MEAN,
                    MISH,
                    SELU,
                    SHRINK,
                    SOFTSIGN,
                    SUM,
                    SWISH,
                    THRESHOLDED_RELU -> elementwise().of();
            case BATCH_NORMALIZATION,
                    GROUP_NORMALIZATION,
                    INSTANCE_NORMALIZATION,
                    LAYER_NORMALIZATION,
                    LP_NORMALIZATION,
                    LRN,
                    MEAN_VARIANCE_NORMALIZATION,
                    RMS_NORMALIZATION -> normalizations().of();
            case REDUCE_L1, REDUCE_L2, REDUCE_LOG_SUM, REDUCE_LOG_SUM_EXP, REDUCE_MIN, REDUCE_PROD, REDUCE_SUM_SQUARE ->
                reductions().of();
            case AVERAGE_POOL,
                    CONV,
                    CONV_TRANSPOSE,
                    GLOBAL_AVERAGE_POOL,
                    GLOBAL_LP_POOL,
                    GLOBAL_MAX_POOL,
                    LP_POOL,
                    MAX_POOL -> convolutions().of();
            // Through the decomposition.
            case DEQUANTIZE_LINEAR -> null;
            case CUM_SUM,
                    DEPTH_TO_SPACE,
                    EINSUM,
                    GATHER_ELEMENTS,
                    GATHER_ND,
                    RANGE,
                    RESIZE,
                    REVERSE_SEQUENCE,
                    SPACE_TO_DEPTH,
                    SPLIT,
                    TILE,
                    TOP_K,
                    TRILU -> movement().of();
            case SCATTER_ELEMENTS, SCATTER_ND -> new ScatterGradients(b, node, outputGradients, active).of();
            case ATTENTION, DROPOUT, GRU, LSTM, RNN, ROTARY_EMBEDDING ->
                sequences().of();
            case OTHER -> throw unsupported("this operator");
        };
    }

    private long softmaxAxis() {
        return node.attributes().longValue("axis", -1);
    }

    private ElementwiseGradients elementwise() {
        return new ElementwiseGradients(b, node, outputGradients, active);
    }

    private ProductGradients products() {
        return new ProductGradients(b, node, outputGradients, active);
    }

    private MovementGradients movement() {
        return new MovementGradients(b, node, outputGradients, active);
    }

    private ReductionGradients reductions() {
        return new ReductionGradients(b, node, outputGradients, active);
    }

    private NormalizationGradients normalizations() {
        return new NormalizationGradients(b, node, outputGradients, active);
    }

    private ConvolutionGradients convolutions() {
        return new ConvolutionGradients(b, node, outputGradients, active);
    }

    private SequenceGradients sequences() {
        return new SequenceGradients(b, node, outputGradients, active);
    }
}
