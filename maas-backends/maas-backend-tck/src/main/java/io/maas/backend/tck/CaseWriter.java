package io.maas.backend.tck;

import io.maas.backend.tck.OperatorCase.Operand;
import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.Op;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Collects the cases of one operator; each operator has random inputs of its own seed. */
final class CaseWriter {
    static final List<DataType> HALVES = List.of(DataType.FLOAT16, DataType.BFLOAT16);
    static final List<DataType> FLOATING = with(HALVES, DataType.FLOAT32, DataType.FLOAT64);
    static final List<DataType> NUMERIC = with(FLOATING, DataType.INT32, DataType.INT64);
    static final List<DataType> FIXED = with(NUMERIC, DataType.BOOL);

    final Samples samples;
    private final Op op;
    private final List<OperatorCase> cases = new ArrayList<>();

    CaseWriter(Op op) {
        this.op = op;
        // By name, so that a new operator does not change the inputs of the others.
        this.samples = new Samples(op.name().hashCode());
    }

    private static List<DataType> with(List<DataType> types, DataType... more) {
        List<DataType> all = new ArrayList<>(List.of(more));
        all.addAll(types);
        return List.copyOf(all);
    }

    Op op() {
        return op;
    }

    List<OperatorCase> cases() {
        return cases;
    }

    /** A case about one type, all of whose operands are inputs. */
    void add(DataType type, Tensor... inputs) {
        add(type, Attributes.none(), inputs);
    }

    /** A case about one type, all of whose operands are inputs. */
    void add(DataType type, Attributes attributes, Tensor... inputs) {
        add("", type, attributes, Arrays.stream(inputs).map(Operand::input).toArray(Operand[]::new));
    }

    void add(String what, DataType type, Attributes attributes, Operand... operands) {
        add(what, EnumSet.of(type), Graph.OPSET, attributes, operands);
    }

    void add(String what, Set<DataType> types, int opset, Attributes attributes, Operand... operands) {
        add(what, types, opset, attributes, 1, operands);
    }

    /** A case with several outputs, all of which are compared. */
    void add(String what, DataType type, Attributes attributes, int outputs, Operand... operands) {
        add(what, EnumSet.of(type), Graph.OPSET, attributes, outputs, operands);
    }

    void add(String what, Set<DataType> types, int opset, Attributes attributes, int outputs, Operand... operands) {
        Tolerance tolerance = widest(types).times(slack(op));
        cases.add(new OperatorCase(op, what, types, opset, attributes, List.of(operands), outputs, tolerance));
    }

    /**
     * Two cases: one with the later operands as constants of the graph, one with them as inputs, where only their values at run
     * time say what the result's shape is.
     */
    void addShaped(DataType type, Attributes attributes, Tensor first, Tensor... later) {
        Operand[] constants = new Operand[later.length + 1];
        Operand[] inputs = new Operand[later.length + 1];
        constants[0] = Operand.input(first);
        inputs[0] = Operand.input(first);
        for (int i = 0; i < later.length; i++) {
            constants[i + 1] = Operand.constant(later[i]);
            inputs[i + 1] = Operand.input(later[i]);
        }
        String values = Arrays.stream(later)
                .filter(each -> each.dataType() == DataType.INT64)
                .map(each -> Arrays.toString(each.toLongArray()))
                .toList()
                .toString();
        add(values, type, attributes, constants);
        add(values + " computed", type, attributes, inputs);
    }

    private static Tolerance widest(Set<DataType> types) {
        return types.stream()
                .map(Tolerance::of)
                .max(Comparator.comparingDouble(Tolerance::relative))
                .orElse(Tolerance.EXACT);
    }

    /** What an operator may lose, in units of {@link Tolerance#of}: nothing if it only moves, compares or chooses values. */
    private static double slack(Op op) {
        return switch (op) {
            case ABS,
                    ARG_MIN,
                    BITWISE_AND,
                    BITWISE_NOT,
                    BITWISE_OR,
                    BITWISE_XOR,
                    BIT_SHIFT,
                    CAST_LIKE,
                    CEIL,
                    DEPTH_TO_SPACE,
                    EYE_LIKE,
                    FLOOR,
                    GATHER_ELEMENTS,
                    GATHER_ND,
                    GLOBAL_MAX_POOL,
                    HARDMAX,
                    IS_INF,
                    IS_NAN,
                    MAX_POOL,
                    REDUCE_MIN,
                    REVERSE_SEQUENCE,
                    ROUND,
                    SIZE,
                    SPACE_TO_DEPTH,
                    SPLIT,
                    TILE,
                    TOP_K,
                    TRILU,
                    XOR,
                    AND,
                    ARG_MAX,
                    CAST,
                    CLIP,
                    CONCAT,
                    CONSTANT_OF_SHAPE,
                    EQUAL,
                    EXPAND,
                    FLATTEN,
                    GATHER,
                    GREATER,
                    GREATER_OR_EQUAL,
                    IDENTITY,
                    LESS,
                    LESS_OR_EQUAL,
                    MATMUL_INTEGER,
                    MAX,
                    MIN,
                    NEG,
                    NON_ZERO,
                    NOT,
                    ONE_HOT,
                    OR,
                    PAD,
                    QUANTIZE_LINEAR,
                    REDUCE_MAX,
                    RELU,
                    RESHAPE,
                    SHAPE,
                    SIGN,
                    SLICE,
                    SQUEEZE,
                    TRANSPOSE,
                    UNSQUEEZE,
                    WHERE -> 0;
            case ADD,
                    ACOS,
                    ACOSH,
                    ASIN,
                    ASINH,
                    ATAN,
                    ATANH,
                    CELU,
                    COS,
                    COSH,
                    DEQUANTIZE_LINEAR,
                    DYNAMIC_QUANTIZE_LINEAR,
                    DROPOUT,
                    GELU,
                    HARD_SIGMOID,
                    HARD_SWISH,
                    MISH,
                    MOD,
                    PRELU,
                    RANGE,
                    RESIZE,
                    ROTARY_EMBEDDING,
                    SCATTER_ELEMENTS,
                    SELU,
                    SHRINK,
                    SIN,
                    SINH,
                    SOFTSIGN,
                    SWISH,
                    TAN,
                    THRESHOLDED_RELU,
                    DIV,
                    ELU,
                    ERF,
                    EXP,
                    LEAKY_RELU,
                    LOG,
                    LOG_SOFTMAX,
                    MUL,
                    POW,
                    RECIPROCAL,
                    SCATTER_ND,
                    SIGMOID,
                    SOFTMAX,
                    SOFTPLUS,
                    SQRT,
                    SUB,
                    TANH,
                    OTHER -> 1;
            // Large terms may cancel in these sums, and their rounding errors stay.
            case GEMM,
                    MATMUL,
                    REDUCE_MEAN,
                    REDUCE_SUM,
                    ATTENTION,
                    AVERAGE_POOL,
                    BATCH_NORMALIZATION,
                    CONV,
                    CONV_TRANSPOSE,
                    CUM_SUM,
                    EINSUM,
                    GLOBAL_AVERAGE_POOL,
                    GLOBAL_LP_POOL,
                    GROUP_NORMALIZATION,
                    GRU,
                    INSTANCE_NORMALIZATION,
                    LAYER_NORMALIZATION,
                    LP_NORMALIZATION,
                    LP_POOL,
                    LRN,
                    LSTM,
                    MEAN,
                    MEAN_VARIANCE_NORMALIZATION,
                    REDUCE_L1,
                    REDUCE_L2,
                    REDUCE_LOG_SUM,
                    REDUCE_LOG_SUM_EXP,
                    REDUCE_PROD,
                    REDUCE_SUM_SQUARE,
                    RMS_NORMALIZATION,
                    RNN,
                    SUM -> 10;
        };
    }
}
