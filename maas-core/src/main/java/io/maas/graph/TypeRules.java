package io.maas.graph;

import io.maas.error.GraphException;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What type each output of an operator has, and what types it takes: one rule an operator. */
final class TypeRules {
    private final Node node;
    private final Value first;

    TypeRules(Node node) {
        this.node = node;
        this.first = node.input(0);
    }

    /** The type of an output, or null where it is not known. */
    @Nullable
    DataType type(int output) {
        return switch (node.op()) {
            case ADD, SUB, MUL, DIV, MIN, MAX, PRELU, RANGE, EINSUM -> numeric(same(node.inputs()));
            case MOD -> mod();
            case MATMUL, GEMM -> numeric(same(node.inputs()));
            case SUM, MEAN -> floating(same(node.inputs()));
            case POW, CUM_SUM -> numeric(type(first));
            case ABS, NEG, SIGN, SHRINK, ERF, RELU -> numeric(type(first));
            case CLIP -> numeric(same(node.inputs()));
            case REDUCE_L1,
                    REDUCE_L2,
                    REDUCE_LOG_SUM,
                    REDUCE_LOG_SUM_EXP,
                    REDUCE_MAX,
                    REDUCE_MEAN,
                    REDUCE_MIN,
                    REDUCE_PROD,
                    REDUCE_SUM,
                    REDUCE_SUM_SQUARE -> numeric(type(first));
            case ACOS,
                    ACOSH,
                    ASIN,
                    ASINH,
                    ATAN,
                    ATANH,
                    CEIL,
                    CELU,
                    COS,
                    COSH,
                    ELU,
                    EXP,
                    FLOOR,
                    GELU,
                    HARDMAX,
                    HARD_SIGMOID,
                    HARD_SWISH,
                    LEAKY_RELU,
                    LOG,
                    LOG_SOFTMAX,
                    LP_NORMALIZATION,
                    LRN,
                    MEAN_VARIANCE_NORMALIZATION,
                    MISH,
                    RECIPROCAL,
                    ROUND,
                    SELU,
                    SIGMOID,
                    SIN,
                    SINH,
                    SOFTMAX,
                    SOFTPLUS,
                    SOFTSIGN,
                    SQRT,
                    SWISH,
                    TAN,
                    TANH,
                    THRESHOLDED_RELU -> floating(type(first));
            case AVERAGE_POOL, GLOBAL_AVERAGE_POOL, GLOBAL_LP_POOL, GLOBAL_MAX_POOL, LP_POOL -> floating(type(first));
            case CONV, CONV_TRANSPOSE, INSTANCE_NORMALIZATION, GROUP_NORMALIZATION -> floating(same(node.inputs()));
            case MAX_POOL -> output == 0 ? pooled(type(first)) : DataType.INT64;
            case BATCH_NORMALIZATION -> output == 0 ? floating(type(first)) : type(node.input(3));
            case LAYER_NORMALIZATION -> output == 0 ? floating(type(first)) : DataType.FLOAT32;
            case RMS_NORMALIZATION -> floating(type(node.input(1)));
            case ATTENTION, GRU, LSTM, RNN, ROTARY_EMBEDDING -> floating(type(first));
            case DROPOUT -> output == 0 ? floating(type(first)) : DataType.BOOL;
            case IS_INF, IS_NAN -> comparison(floating(type(first)));
            case EQUAL -> comparison(same(node.inputs()));
            case LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL -> comparison(numeric(same(node.inputs())));
            case AND, OR, XOR, NOT -> bool(same(node.inputs()));
            case BITWISE_AND, BITWISE_NOT, BITWISE_OR, BITWISE_XOR -> integer(same(node.inputs()));
            case BIT_SHIFT -> unsigned(same(node.inputs()));
            case WHERE -> where();
            case IDENTITY,
                    RESHAPE,
                    FLATTEN,
                    TRANSPOSE,
                    SQUEEZE,
                    UNSQUEEZE,
                    EXPAND,
                    SLICE,
                    SPLIT,
                    TILE,
                    TRILU,
                    GATHER,
                    GATHER_ELEMENTS,
                    GATHER_ND,
                    PAD,
                    DEPTH_TO_SPACE,
                    SPACE_TO_DEPTH,
                    RESIZE,
                    REVERSE_SEQUENCE -> type(first);
            case TOP_K -> output == 0 ? numeric(type(first)) : DataType.INT64;
            case CONCAT -> same(node.inputs());
            case SCATTER_ELEMENTS, SCATTER_ND -> same(List.of(first, node.input(2)));
            case SHAPE, SIZE, NON_ZERO, ARG_MAX, ARG_MIN -> DataType.INT64;
            case CAST -> named("to", null);
            case DYNAMIC_QUANTIZE_LINEAR -> {
                accept(type(first), type(first) == null || type(first) == DataType.FLOAT32, "FLOAT32; insert a Cast");
                yield output == 1 ? DataType.FLOAT32 : DataType.UINT8;
            }
            case QUANTIZE_LINEAR -> quantized();
            case DEQUANTIZE_LINEAR -> dequantized();
            case MATMUL_INTEGER -> product8();
            case CAST_LIKE -> type(node.input(1));
            case EYE_LIKE -> named("dtype", type(first));
            case CONSTANT_OF_SHAPE -> fillValue().dataType();
            case ONE_HOT -> type(node.input(2));
            case OTHER -> null;
        };
    }

    private static @Nullable DataType type(Value value) {
        return value.hasDataType() ? value.dataType() : null;
    }

    private @Nullable DataType same(List<Value> values) {
        @Nullable DataType found = null;
        for (Value value : values) {
            if (!value.isOmitted() && value.hasDataType()) {
                if (found != null && found != value.dataType()) {
                    throw new GraphException(node.title() + ": inputs of types " + found + " and " + value.dataType()
                            + " (expected: one type; insert a Cast)");
                }
                found = value.dataType();
            }
        }
        return found;
    }

    private @Nullable DataType numeric(@Nullable DataType type) {
        return accept(type, type == null || type.isFloating() || type.isInteger(), "a numeric type");
    }

    private @Nullable DataType floating(@Nullable DataType type) {
        return accept(type, type == null || type.isFloating(), "a floating-point type; insert a Cast");
    }

    private @Nullable DataType pooled(@Nullable DataType type) {
        boolean fits = type == null || type.isFloating() || type == DataType.INT8 || type == DataType.UINT8;
        return accept(type, fits, "a floating-point type, int8 or uint8; insert a Cast");
    }

    private @Nullable DataType integer(@Nullable DataType type) {
        return accept(type, type == null || type.isInteger(), "an integer type");
    }

    private @Nullable DataType unsigned(@Nullable DataType type) {
        return accept(type, type == null || type.isUnsigned(), "an unsigned integer type");
    }

    private @Nullable DataType bool(@Nullable DataType type) {
        return accept(type, type == null || type == DataType.BOOL, "BOOL");
    }

    private @Nullable DataType accept(@Nullable DataType type, boolean accepted, String expected) {
        if (!accepted) {
            throw new GraphException(node.title() + ": input of type " + type + " (expected: " + expected + ")");
        }
        return type;
    }

    private static DataType comparison(@Nullable DataType unused) {
        return DataType.BOOL;
    }

    private @Nullable DataType mod() {
        @Nullable DataType type = numeric(same(node.inputs()));
        if (type != null && type.isFloating() && node.attributes().longValue("fmod", 0) == 0) {
            throw new GraphException(node.title() + ": fmod 0 on " + type + " (expected: fmod 1, as the operator has no"
                    + " other form for floating-point types)");
        }
        return type;
    }

    private @Nullable DataType quantized() {
        floating(same(List.of(first, node.input(1))));
        DataType zero = node.input(2).isOmitted() ? null : type(node.input(2));
        DataType type = node.input(2).isOmitted() ? named("output_dtype", DataType.UINT8) : zero;
        return accept(type, type == null || isQuantized(type), "integers of 8 or 16 bits");
    }

    private @Nullable DataType dequantized() {
        DataType type = same(List.of(first, node.input(2)));
        accept(type, type == null || isQuantized(type) || type == DataType.INT32, "integers of 8 or 16 bits, or int32");
        return floating(type(node.input(1)));
    }

    private static boolean isQuantized(DataType type) {
        return type.isInteger() && type.byteSize() <= 2;
    }

    private DataType product8() {
        for (int i = 0; i < 2; i++) {
            DataType type = same(List.of(node.input(i), node.input(i + 2)));
            accept(type, type == null || (type.isInteger() && type.byteSize() == 1), "int8 or uint8");
        }
        return DataType.INT32;
    }

    private @Nullable DataType where() {
        bool(type(node.input(0)));
        return same(List.of(node.input(1), node.input(2)));
    }

    /** The type that an attribute names. */
    private @Nullable DataType named(String attribute, @Nullable DataType otherwise) {
        String name = node.attributes().string(attribute, "");
        if (name.isEmpty() && otherwise != null) {
            return otherwise;
        }
        try {
            return DataType.valueOf(name);
        } catch (IllegalArgumentException e) {
            throw new GraphException(
                    node.title() + ": " + attribute + " \"" + name + "\" (expected: one of "
                            + Arrays.toString(DataType.values()) + ")",
                    e);
        }
    }

    private Tensor fillValue() {
        Tensor value = node.attributes().tensor("value");
        return value == null ? Tensor.of(new float[1]) : value;
    }
}
