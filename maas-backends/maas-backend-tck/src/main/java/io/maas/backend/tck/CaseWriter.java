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
        Tolerance tolerance = widest(types).times(slack(op));
        cases.add(new OperatorCase(op, what, types, opset, attributes, List.of(operands), tolerance));
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
                    MAX,
                    MIN,
                    NEG,
                    NON_ZERO,
                    NOT,
                    ONE_HOT,
                    OR,
                    PAD,
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
            case GEMM, MATMUL, REDUCE_MEAN, REDUCE_SUM -> 10;
        };
    }
}
