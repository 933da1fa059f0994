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
    ADD("Add", 7, 2, 2),
    AND("And", 7, 2, 2),
    ARG_MAX("ArgMax", 1, 1, 1),
    /** The attribute {@code to} holds the name of a {@link io.maas.tensor.DataType}. */
    CAST("Cast", 9, 1, 1),
    CLIP("Clip", 11, 1, 3),
    CONCAT("Concat", 4, 1, Integer.MAX_VALUE),
    CONSTANT_OF_SHAPE("ConstantOfShape", 9, 1, 1),
    DIV("Div", 7, 2, 2),
    ELU("Elu", 6, 1, 1),
    EQUAL("Equal", 7, 2, 2),
    ERF("Erf", 9, 1, 1),
    EXP("Exp", 6, 1, 1),
    EXPAND("Expand", 8, 2, 2),
    FLATTEN("Flatten", 1, 1, 1),
    GATHER("Gather", 1, 2, 2),
    GEMM("Gemm", 11, 2, 3),
    GREATER("Greater", 7, 2, 2),
    GREATER_OR_EQUAL("GreaterOrEqual", 12, 2, 2),
    IDENTITY("Identity", 1, 1, 1),
    LEAKY_RELU("LeakyRelu", 6, 1, 1),
    LESS("Less", 7, 2, 2),
    LESS_OR_EQUAL("LessOrEqual", 12, 2, 2),
    LOG("Log", 6, 1, 1),
    /** Over one axis; the form before opset 13 flattened to two axes first. */
    LOG_SOFTMAX("LogSoftmax", 13, 1, 1),
    MATMUL("MatMul", 1, 2, 2),
    MAX("Max", 8, 1, Integer.MAX_VALUE),
    MIN("Min", 8, 1, Integer.MAX_VALUE),
    MUL("Mul", 7, 2, 2),
    NEG("Neg", 6, 1, 1),
    NON_ZERO("NonZero", 9, 1, 1),
    NOT("Not", 1, 1, 1),
    ONE_HOT("OneHot", 9, 3, 3),
    OR("Or", 7, 2, 2),
    /** Pads are an input from opset 11 on. */
    PAD("Pad", 11, 2, 4),
    POW("Pow", 7, 2, 2),
    RECIPROCAL("Reciprocal", 6, 1, 1),
    /** Axes are an attribute up to opset 17 and an input from 18 on. */
    REDUCE_MAX("ReduceMax", 1, 1, 2),
    /** Axes are an attribute up to opset 17 and an input from 18 on. */
    REDUCE_MEAN("ReduceMean", 1, 1, 2),
    /** Axes are an input from opset 13 on. */
    REDUCE_SUM("ReduceSum", 13, 1, 2),
    RELU("Relu", 6, 1, 1),
    RESHAPE("Reshape", 5, 2, 2),
    /** The attribute {@code reduction} came with opset 16. */
    SCATTER_ND("ScatterND", 11, 3, 3),
    SHAPE("Shape", 1, 1, 1),
    SIGMOID("Sigmoid", 6, 1, 1),
    SIGN("Sign", 9, 1, 1),
    SLICE("Slice", 10, 3, 5),
    /** Over one axis; the form before opset 13 flattened to two axes first. */
    SOFTMAX("Softmax", 13, 1, 1),
    SOFTPLUS("Softplus", 1, 1, 1),
    SQRT("Sqrt", 6, 1, 1),
    SQUEEZE("Squeeze", 13, 1, 2),
    SUB("Sub", 7, 2, 2),
    TANH("Tanh", 6, 1, 1),
    TRANSPOSE("Transpose", 1, 1, 1),
    UNSQUEEZE("Unsqueeze", 13, 2, 2),
    WHERE("Where", 9, 3, 3),
    /** An operator that is not in this table, or older than its form here: carried through import and serving untouched. */
    OTHER("", 1, 0, Integer.MAX_VALUE);

    private static final Map<String, Op> BY_ONNX_NAME = Arrays.stream(values())
            .filter(op -> op != OTHER)
            .collect(Collectors.toUnmodifiableMap(op -> op.onnxName, Function.identity()));

    private final String onnxName;
    private final int sinceOpset;
    private final int minInputs;
    private final int maxInputs;

    Op(String onnxName, int sinceOpset, int minInputs, int maxInputs) {
        this.onnxName = onnxName;
        this.sinceOpset = sinceOpset;
        this.minInputs = minInputs;
        this.maxInputs = maxInputs;
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

    /** The operator of the default ONNX domain with that name, if its form of that opset is known here. */
    public static Optional<Op> of(String onnxName, int opset) {
        return Optional.ofNullable(BY_ONNX_NAME.get(onnxName)).filter(op -> op.sinceOpset <= opset);
    }
}
