package io.maas.backend.tck;

import io.maas.graph.Op;
import java.util.List;
import java.util.function.Consumer;

/** The table of what is tried of each operator. A new operator must be named here before anything compiles. */
final class OperatorCases {
    private OperatorCases() {}

    /** The cases of an operator, the same at each call; none for {@link Op#OTHER}. */
    static List<OperatorCase> of(Op op) {
        CaseWriter to = new CaseWriter(op);
        rule(op).accept(to);
        return to.cases();
    }

    private static Consumer<CaseWriter> rule(Op op) {
        return switch (op) {
            case ABS, NEG, SIGN, RELU -> UnaryCases::numeric;
            case ERF, EXP, SIGMOID, SOFTPLUS, TANH -> UnaryCases::floating;
            case ELU, LEAKY_RELU -> UnaryCases::sloped;
            case LOG, SQRT -> UnaryCases::positive;
            case RECIPROCAL -> UnaryCases::notZero;
            case NOT -> UnaryCases::not;
            case IDENTITY -> UnaryCases::identity;
            case CAST -> CastCases::cast;
            case CLIP -> UnaryCases::clip;
            case ADD, SUB, MUL -> BinaryCases::arithmetic;
            case DIV -> BinaryCases::div;
            case POW -> BinaryCases::pow;
            case MAX, MIN -> BinaryCases::extremes;
            case EQUAL -> BinaryCases::equal;
            case GREATER, GREATER_OR_EQUAL, LESS, LESS_OR_EQUAL -> BinaryCases::comparison;
            case AND, OR -> BinaryCases::logic;
            case WHERE -> BinaryCases::where;
            case CONCAT -> ShapingCases::concat;
            case CONSTANT_OF_SHAPE -> ShapingCases::constantOfShape;
            case EXPAND -> ShapingCases::expand;
            case FLATTEN -> ShapingCases::flatten;
            case RESHAPE -> ShapingCases::reshape;
            case SHAPE -> ShapingCases::shape;
            case SQUEEZE -> ShapingCases::squeeze;
            case TRANSPOSE -> ShapingCases::transpose;
            case UNSQUEEZE -> ShapingCases::unsqueeze;
            case GATHER -> IndexingCases::gather;
            case NON_ZERO -> IndexingCases::nonZero;
            case ONE_HOT -> IndexingCases::oneHot;
            case PAD -> IndexingCases::pad;
            case SCATTER_ND -> IndexingCases::scatter;
            case SLICE -> IndexingCases::slice;
            case ARG_MAX, ARG_MIN -> ReductionCases::argMax;
            case REDUCE_MAX, REDUCE_MEAN, REDUCE_MIN, REDUCE_SUM -> ReductionCases::reduce;
            case LOG_SOFTMAX, SOFTMAX -> ReductionCases::softmax;
            case GEMM -> ProductCases::gemm;
            case MATMUL -> ProductCases::matmul;
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
                    XOR -> ActivationCases::of;
            case REDUCE_L1, REDUCE_L2, REDUCE_LOG_SUM, REDUCE_LOG_SUM_EXP, REDUCE_PROD, REDUCE_SUM_SQUARE ->
                ReductionCases::formula;
            case DEQUANTIZE_LINEAR, DYNAMIC_QUANTIZE_LINEAR, MATMUL_INTEGER, QUANTIZE_LINEAR -> QuantizationCases::of;
            case BATCH_NORMALIZATION,
                    GROUP_NORMALIZATION,
                    INSTANCE_NORMALIZATION,
                    LAYER_NORMALIZATION,
                    LP_NORMALIZATION,
                    LRN,
                    MEAN_VARIANCE_NORMALIZATION,
                    RMS_NORMALIZATION -> NormalizationCases::of;
            case AVERAGE_POOL,
                    CONV,
                    CONV_TRANSPOSE,
                    GLOBAL_AVERAGE_POOL,
                    GLOBAL_LP_POOL,
                    GLOBAL_MAX_POOL,
                    LP_POOL,
                    MAX_POOL -> ConvolutionCases::of;
            case ATTENTION, DROPOUT, GRU, LSTM, RNN, ROTARY_EMBEDDING -> SequenceCases::of;
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
                    TRILU -> MovementCases::of;
            case OTHER -> none -> {};
        };
    }
}
