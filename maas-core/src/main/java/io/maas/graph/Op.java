package io.maas.graph;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The operators whose meaning this library knows: their shapes ({@link ShapeInference}), their gradients ({@link
 * Gradients}) and, in every backend, their values. Meanings are those of the ONNX specification.
 *
 * <p>To add one, name it here; the compiler then names each table that lacks its rule, as the tables are switch
 * expressions without a default.
 */
public enum Op {
    ABS("Abs", 6, 1, 1),
    ACOS("Acos", 7, 1, 1),
    ACOSH("Acosh", 9, 1, 1),
    ADD("Add", 7, 2, 2),
    AND("And", 7, 2, 2),
    ARG_MAX("ArgMax", 1, 1, 1),
    ARG_MIN("ArgMin", 1, 1, 1),
    ASIN("Asin", 7, 1, 1),
    ASINH("Asinh", 9, 1, 1),
    ATAN("Atan", 7, 1, 1),
    ATANH("Atanh", 9, 1, 1),
    ATTENTION("Attention", 23, 3, 6, 4),
    AVERAGE_POOL("AveragePool", 7, 1, 1),
    BATCH_NORMALIZATION("BatchNormalization", 15, 5, 5, 3),
    BITWISE_AND("BitwiseAnd", 18, 2, 2),
    BITWISE_NOT("BitwiseNot", 18, 1, 1),
    BITWISE_OR("BitwiseOr", 18, 2, 2),
    BITWISE_XOR("BitwiseXor", 18, 2, 2),
    BIT_SHIFT("BitShift", 11, 2, 2),
    /** The attribute {@code to} holds the name of a {@link io.maas.tensor.DataType}. */
    CAST("Cast", 9, 1, 1),
    CAST_LIKE("CastLike", 15, 2, 2),
    CEIL("Ceil", 6, 1, 1),
    CELU("Celu", 12, 1, 1),
    CLIP("Clip", 11, 1, 3),
    CONCAT("Concat", 4, 1, Integer.MAX_VALUE),
    CONSTANT_OF_SHAPE("ConstantOfShape", 9, 1, 1),
    CONV("Conv", 1, 2, 3),
    CONV_TRANSPOSE("ConvTranspose", 1, 2, 3),
    COS("Cos", 7, 1, 1),
    COSH("Cosh", 9, 1, 1),
    CUM_SUM("CumSum", 11, 2, 2),
    DEPTH_TO_SPACE("DepthToSpace", 11, 1, 1),
    /** Scales are one for all, one for each place of an axis, or from opset 21 on one for each block along it. */
    DEQUANTIZE_LINEAR("DequantizeLinear", 13, 2, 3),
    DIV("Div", 7, 2, 2),
    DROPOUT("Dropout", 12, 1, 3, 2),
    /** To uint8, with one scale and one zero point that are taken from all of the values. */
    DYNAMIC_QUANTIZE_LINEAR("DynamicQuantizeLinear", 11, 1, 1, 3),
    EINSUM("Einsum", 12, 1, Integer.MAX_VALUE),
    ELU("Elu", 6, 1, 1),
    EQUAL("Equal", 7, 2, 2),
    ERF("Erf", 9, 1, 1),
    EXP("Exp", 6, 1, 1),
    EXPAND("Expand", 8, 2, 2),
    /** The attribute {@code dtype}, if there is one, holds the name of a {@link io.maas.tensor.DataType}. */
    EYE_LIKE("EyeLike", 9, 1, 1),
    FLATTEN("Flatten", 1, 1, 1),
    FLOOR("Floor", 6, 1, 1),
    GATHER("Gather", 1, 2, 2),
    GATHER_ELEMENTS("GatherElements", 11, 2, 2),
    GATHER_ND("GatherND", 12, 2, 2),
    GELU("Gelu", 20, 1, 1),
    GEMM("Gemm", 11, 2, 3),
    GLOBAL_AVERAGE_POOL("GlobalAveragePool", 1, 1, 1),
    GLOBAL_LP_POOL("GlobalLpPool", 2, 1, 1),
    GLOBAL_MAX_POOL("GlobalMaxPool", 1, 1, 1),
    GREATER("Greater", 7, 2, 2),
    GREATER_OR_EQUAL("GreaterOrEqual", 12, 2, 2),
    /** Scale and bias are one a channel; the form of opset 18 had one a group. */
    GROUP_NORMALIZATION("GroupNormalization", 21, 3, 3),
    GRU("GRU", 7, 3, 6, 2),
    /** Over one axis; the form before opset 13 flattened to two axes first. */
    HARDMAX("Hardmax", 13, 1, 1),
    HARD_SIGMOID("HardSigmoid", 6, 1, 1),
    HARD_SWISH("HardSwish", 14, 1, 1),
    IDENTITY("Identity", 1, 1, 1),
    INSTANCE_NORMALIZATION("InstanceNormalization", 6, 3, 3),
    IS_INF("IsInf", 10, 1, 1),
    IS_NAN("IsNaN", 9, 1, 1),
    LAYER_NORMALIZATION("LayerNormalization", 17, 2, 3, 3),
    LEAKY_RELU("LeakyRelu", 6, 1, 1),
    LESS("Less", 7, 2, 2),
    LESS_OR_EQUAL("LessOrEqual", 12, 2, 2),
    LOG("Log", 6, 1, 1),
    /** Over one axis; the form before opset 13 flattened to two axes first. */
    LOG_SOFTMAX("LogSoftmax", 13, 1, 1),
    LP_NORMALIZATION("LpNormalization", 1, 1, 1),
    LP_POOL("LpPool", 2, 1, 1),
    LRN("LRN", 1, 1, 1),
    LSTM("LSTM", 7, 3, 8, 3),
    MATMUL("MatMul", 1, 2, 2),
    /** Of 8-bit integers, in 32 bits. */
    MATMUL_INTEGER("MatMulInteger", 10, 2, 4),
    MAX("Max", 8, 1, Integer.MAX_VALUE),
    MAX_POOL("MaxPool", 8, 1, 1, 2),
    MEAN("Mean", 8, 1, Integer.MAX_VALUE),
    MEAN_VARIANCE_NORMALIZATION("MeanVarianceNormalization", 9, 1, 1),
    MIN("Min", 8, 1, Integer.MAX_VALUE),
    MISH("Mish", 18, 1, 1),
    MOD("Mod", 10, 2, 2),
    MUL("Mul", 7, 2, 2),
    NEG("Neg", 6, 1, 1),
    NON_ZERO("NonZero", 9, 1, 1),
    NOT("Not", 1, 1, 1),
    ONE_HOT("OneHot", 9, 3, 3),
    OR("Or", 7, 2, 2),
    /** Pads are an input from opset 11 on. */
    PAD("Pad", 11, 2, 4),
    POW("Pow", 7, 2, 2),
    PRELU("PRelu", 9, 2, 2),
    /** Scales are those of {@link #DEQUANTIZE_LINEAR}. */
    QUANTIZE_LINEAR("QuantizeLinear", 13, 2, 3),
    RANGE("Range", 11, 3, 3),
    RECIPROCAL("Reciprocal", 6, 1, 1),
    /** Axes are an attribute up to opset 17 and an input from 18 on. */
    REDUCE_L1("ReduceL1", 1, 1, 2),
    /** Axes are an attribute up to opset 17 and an input from 18 on. */
    REDUCE_L2("ReduceL2", 1, 1, 2),
    /** Axes are an attribute up to opset 17 and an input from 18 on. */
    REDUCE_LOG_SUM("ReduceLogSum", 1, 1, 2),
    /** Axes are an attribute up to opset 17 and an input from 18 on. */
    REDUCE_LOG_SUM_EXP("ReduceLogSumExp", 1, 1, 2),
    /** Axes are an attribute up to opset 17 and an input from 18 on. */
    REDUCE_MAX("ReduceMax", 1, 1, 2),
    /** Axes are an attribute up to opset 17 and an input from 18 on. */
    REDUCE_MEAN("ReduceMean", 1, 1, 2),
    /** Axes are an attribute up to opset 17 and an input from 18 on. */
    REDUCE_MIN("ReduceMin", 1, 1, 2),
    /** Axes are an attribute up to opset 17 and an input from 18 on. */
    REDUCE_PROD("ReduceProd", 1, 1, 2),
    /** Axes are an input from opset 13 on. */
    REDUCE_SUM("ReduceSum", 13, 1, 2),
    /** Axes are an attribute up to opset 17 and an input from 18 on. */
    REDUCE_SUM_SQUARE("ReduceSumSquare", 1, 1, 2),
    RELU("Relu", 6, 1, 1),
    RESHAPE("Reshape", 5, 2, 2),
    RESIZE("Resize", 11, 1, 4),
    REVERSE_SEQUENCE("ReverseSequence", 10, 2, 2),
    RMS_NORMALIZATION("RMSNormalization", 23, 2, 2),
    RNN("RNN", 7, 3, 6, 2),
    ROTARY_EMBEDDING("RotaryEmbedding", 23, 3, 4),
    ROUND("Round", 11, 1, 1),
    /** The attribute {@code reduction} came with opset 16. */
    SCATTER_ELEMENTS("ScatterElements", 11, 3, 3),
    /** The attribute {@code reduction} came with opset 16. */
    SCATTER_ND("ScatterND", 11, 3, 3),
    SELU("Selu", 6, 1, 1),
    SHAPE("Shape", 1, 1, 1),
    SHRINK("Shrink", 9, 1, 1),
    SIGMOID("Sigmoid", 6, 1, 1),
    SIGN("Sign", 9, 1, 1),
    SIN("Sin", 7, 1, 1),
    SINH("Sinh", 9, 1, 1),
    SIZE("Size", 1, 1, 1),
    SLICE("Slice", 10, 3, 5),
    /** Over one axis; the form before opset 13 flattened to two axes first. */
    SOFTMAX("Softmax", 13, 1, 1),
    SOFTPLUS("Softplus", 1, 1, 1),
    SOFTSIGN("Softsign", 1, 1, 1),
    SPACE_TO_DEPTH("SpaceToDepth", 1, 1, 1),
    /** Sizes are an input from opset 13 on; without them opset 18 wants {@code num_outputs}. */
    SPLIT("Split", 13, 1, 2, Integer.MAX_VALUE),
    SQRT("Sqrt", 6, 1, 1),
    SQUEEZE("Squeeze", 13, 1, 2),
    SUB("Sub", 7, 2, 2),
    SUM("Sum", 8, 1, Integer.MAX_VALUE),
    SWISH("Swish", 24, 1, 1),
    TAN("Tan", 7, 1, 1),
    TANH("Tanh", 6, 1, 1),
    THRESHOLDED_RELU("ThresholdedRelu", 10, 1, 1),
    TILE("Tile", 6, 2, 2),
    TOP_K("TopK", 11, 2, 2, 2),
    TRANSPOSE("Transpose", 1, 1, 1),
    TRILU("Trilu", 14, 1, 2),
    UNSQUEEZE("Unsqueeze", 13, 2, 2),
    WHERE("Where", 9, 3, 3),
    XOR("Xor", 7, 2, 2),
    /** An operator that is not in this table, or older than its form here: carried through import and serving untouched. */
    OTHER("", 1, 0, Integer.MAX_VALUE, Integer.MAX_VALUE);

    private static final Map<String, Op> BY_ONNX_NAME = Arrays.stream(values())
            .filter(op -> op != OTHER)
            .collect(Collectors.toUnmodifiableMap(op -> op.onnxName, Function.identity()));

    private final String onnxName;
    private final int sinceOpset;
    private final int minInputs;
    private final int maxInputs;
    private final int maxOutputs;

    Op(String onnxName, int sinceOpset, int minInputs, int maxInputs) {
        this(onnxName, sinceOpset, minInputs, maxInputs, 1);
    }

    Op(String onnxName, int sinceOpset, int minInputs, int maxInputs, int maxOutputs) {
        this.onnxName = onnxName;
        this.sinceOpset = sinceOpset;
        this.minInputs = minInputs;
        this.maxInputs = maxInputs;
        this.maxOutputs = maxOutputs;
    }

    /** The name in the ONNX specification, such as {@code MatMul}. */
    public String onnxName() {
        return onnxName;
    }

    /** The first opset whose form of this operator is the one known here. */
    public int sinceOpset() {
        return sinceOpset;
    }

    /** The least number of inputs. */
    public int minInputs() {
        return minInputs;
    }

    /** The greatest number of inputs, optional ones included. */
    public int maxInputs() {
        return maxInputs;
    }

    /** The least number of outputs. */
    public int minOutputs() {
        return this == DYNAMIC_QUANTIZE_LINEAR ? 3 : this == TOP_K ? 2 : 1;
    }

    /** The greatest number of outputs; the later ones are optional in most. */
    public int maxOutputs() {
        return maxOutputs;
    }

    /** The operator of the default ONNX domain with that name, if its form of that opset is known here. */
    public static Optional<Op> of(String onnxName, int opset) {
        return Optional.ofNullable(BY_ONNX_NAME.get(onnxName)).filter(op -> op.sinceOpset <= opset);
    }
}
