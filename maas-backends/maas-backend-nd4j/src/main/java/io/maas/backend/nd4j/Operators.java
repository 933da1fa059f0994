package io.maas.backend.nd4j;

import io.maas.tensor.DataType;
import java.util.List;
import org.nd4j.linalg.api.ops.impl.transforms.floating.Sqrt;
import org.nd4j.linalg.api.ops.impl.transforms.same.Abs;
import org.nd4j.linalg.api.ops.impl.transforms.same.Negative;
import org.nd4j.linalg.api.ops.impl.transforms.same.Reciprocal;
import org.nd4j.linalg.api.ops.impl.transforms.same.Sign;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Erf;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Exp;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Log;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Sigmoid;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Tanh;

/** The table of all operators: how each is run. */
final class Operators {
    private Operators() {}

    /** The outputs of a node, in order. */
    static List<Array> apply(Arguments in) {
        return switch (in.node().op()) {
            case ABS -> one(Elementwise.map(in, Abs::new, Math::abs));
            case ADD -> one(Elementwise.zip(in, "add", Long::sum));
            case AND -> one(Integers.zip(in, (a, b) -> a & b));
            case ARG_MAX -> one(Reductions.argMax(in));
            case ARG_MIN -> one(Reductions.argMin(in));
            case CAST ->
                one(in.bench().cast(in.get(0), DataType.valueOf(in.attributes().string("to", ""))));
            case CLIP -> one(Elementwise.clip(in));
            case CONCAT -> one(Shaping.concat(in));
            case CONSTANT_OF_SHAPE -> one(Shaping.constantOfShape(in));
            case CUM_SUM -> one(Selecting.cumSum(in));
            case DIV -> one(Elementwise.zip(in, "divide", (a, b) -> a / b));
            case ELU -> one(Elementwise.sloped(in, "elu", 1));
            case EQUAL -> one(Elementwise.compare(in, "equals", order -> order == 0));
            case ERF -> one(Elementwise.map(in, Erf::new));
            case EXP -> one(Elementwise.map(in, Exp::new));
            case EXPAND -> one(Shaping.expand(in));
            case FLATTEN -> one(Shaping.flatten(in));
            case GATHER -> one(Indexing.gather(in));
            case GATHER_ELEMENTS -> one(Selecting.gatherElements(in));
            case GATHER_ND -> one(Selecting.gatherNd(in));
            case GEMM -> one(Products.gemm(in));
            case GREATER -> one(Elementwise.compare(in, "greater", order -> order > 0));
            case GREATER_OR_EQUAL -> one(Elementwise.compare(in, "greater_equal", order -> order >= 0));
            case IDENTITY -> one(in.get(0));
            case LEAKY_RELU -> one(Elementwise.sloped(in, "lrelu", 0.01f));
            case LESS -> one(Elementwise.compare(in, "less", order -> order < 0));
            case LESS_OR_EQUAL -> one(Elementwise.compare(in, "less_equal", order -> order <= 0));
            case LOG -> one(Elementwise.map(in, Log::new));
            case LOG_SOFTMAX -> one(Reductions.logSoftmax(in));
            case MATMUL -> one(Products.matmul(in));
            case MAX -> one(Elementwise.extremes(in, Extreme.GREATEST));
            case MIN -> one(Elementwise.extremes(in, Extreme.LEAST));
            case MUL -> one(Elementwise.zip(in, "multiply", (a, b) -> a * b));
            case NEG -> one(Elementwise.map(in, Negative::new, a -> -a));
            case NON_ZERO -> one(Indexing.nonZero(in));
            case NOT -> one(Integers.map(in.bench(), in.get(0), a -> 1 - a));
            case ONE_HOT -> one(Indexing.oneHot(in));
            case OR -> one(Integers.zip(in, (a, b) -> a | b));
            case PAD -> one(Indexing.pad(in));
            case POW -> one(Elementwise.pow(in));
            case RANGE -> one(Selecting.range(in));
            case RECIPROCAL -> one(Elementwise.map(in, Reciprocal::new));
            case REDUCE_MAX -> one(Reductions.max(in));
            case REDUCE_MEAN -> one(Reductions.mean(in));
            case REDUCE_MIN -> one(Reductions.min(in));
            case REDUCE_PROD -> one(Reductions.product(in));
            case REDUCE_SUM -> one(Reductions.sum(in));
            case RELU -> one(Elementwise.relu(in));
            case RESHAPE -> one(Shaping.reshape(in));
            // Weights are made from sizes, which may be known only now.
            case RESIZE -> Lowered.run(in, 1);
            case SCATTER_ELEMENTS -> one(Selecting.scatterElements(in));
            case SCATTER_ND -> one(Indexing.scatter(in));
            case SHAPE -> one(Shaping.shape(in));
            case SIGMOID -> one(Elementwise.map(in, Sigmoid::new));
            case SIGN -> one(Elementwise.map(in, Sign::new, Long::signum));
            case SIZE ->
                one(in.bench().longs(DataType.INT64, new long[] {in.get(0).elements()}));
            case SLICE -> one(Indexing.slice(in));
            case SOFTMAX -> one(Reductions.softmax(in));
            case SOFTPLUS -> one(Elementwise.softplus(in));
            case SPLIT -> Selecting.split(in);
            case SQRT -> one(Elementwise.map(in, Sqrt::new));
            case SQUEEZE -> one(Shaping.squeeze(in));
            case SUB -> one(Elementwise.zip(in, "subtract", (a, b) -> a - b));
            case TANH -> one(Elementwise.map(in, Tanh::new));
            case TILE -> one(Selecting.tile(in));
            case TOP_K -> Selecting.topK(in);
            case TRANSPOSE -> one(Shaping.transpose(in));
            case TRILU -> one(Selecting.trilu(in));
            case UNSQUEEZE -> one(Shaping.unsqueeze(in));
            case WHERE -> one(Elementwise.where(in));
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
            case AVERAGE_POOL,
                    CONV,
                    CONV_TRANSPOSE,
                    GLOBAL_AVERAGE_POOL,
                    GLOBAL_LP_POOL,
                    GLOBAL_MAX_POOL,
                    LP_POOL,
                    MAX_POOL -> Convolutions.of(in);
            case ATTENTION, DROPOUT, GRU, LSTM, RNN, ROTARY_EMBEDDING -> Sequences.of(in);
            // Decomposed, or refused.
            case BATCH_NORMALIZATION,
                    DEPTH_TO_SPACE,
                    DEQUANTIZE_LINEAR,
                    DYNAMIC_QUANTIZE_LINEAR,
                    EINSUM,
                    EYE_LIKE,
                    GROUP_NORMALIZATION,
                    INSTANCE_NORMALIZATION,
                    LAYER_NORMALIZATION,
                    LP_NORMALIZATION,
                    LRN,
                    MATMUL_INTEGER,
                    MEAN_VARIANCE_NORMALIZATION,
                    QUANTIZE_LINEAR,
                    REDUCE_L1,
                    REDUCE_L2,
                    REDUCE_LOG_SUM,
                    REDUCE_LOG_SUM_EXP,
                    REDUCE_SUM_SQUARE,
                    REVERSE_SEQUENCE,
                    RMS_NORMALIZATION,
                    SPACE_TO_DEPTH,
                    OTHER ->
                throw new IllegalArgumentException(
                        "operator: " + in.node().op() + " (expected: one that was not refused)");
        };
    }

    private static List<Array> one(Array result) {
        return List.of(result);
    }
}
