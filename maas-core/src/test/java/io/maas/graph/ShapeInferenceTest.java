package io.maas.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.maas.error.GraphException;
import io.maas.error.ShapeMismatchException;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShapeInferenceTest {
    private static final Attributes NONE = Attributes.none();

    private final GraphBuilder builder = new GraphBuilder("g");
    private int inputs;

    private Value input(Object... sizes) {
        return typed(DataType.FLOAT32, sizes);
    }

    private Value typed(DataType type, Object... sizes) {
        return builder.input("in" + inputs++, type, Shape.symbolic(sizes));
    }

    private Value constant(long... values) {
        return builder.constant(Tensor.of(values, values.length));
    }

    private static void assertShape(Value value, String expected) {
        assertThat(value.shape()).hasToString(expected);
    }

    private static String refusal(Runnable rule) {
        return message(GraphException.class, rule);
    }

    private static String mismatch(Runnable rule) {
        return message(ShapeMismatchException.class, rule);
    }

    private static String message(Class<? extends Throwable> type, Runnable rule) {
        Throwable thrown = catchThrowable(rule::run);
        assertThat(thrown).isInstanceOf(type);
        return String.valueOf(thrown.getMessage());
    }

    @Test
    void broadcastingKeepsWhatIsKnown() {
        assertShape(builder.add(input("batch", 1), input(4)), "[batch, 4]");
        assertShape(builder.add(input("batch", 3), input("batch", 3)), "[batch, 3]");
        assertShape(builder.add(input("n", 3), input(5, 1)), "[5, 3]");
        assertShape(builder.add(input("a"), input("b")), "[?]");
        assertShape(builder.add(input("?"), input("?")), "[?]");
        assertShape(builder.add(input(0), input(1)), "[0]");
        assertShape(builder.add(input(), input("batch", 2)), "[batch, 2]");
        assertShape(builder.where(typed(DataType.BOOL, 3, 1), input(4), input("n", 1, 1)), "[n, 3, 4]");
    }

    @Test
    void broadcastingRefusesSizesThatDiffer() {
        Value a = input("batch", 3);
        Value b = input(4);
        assertThat(mismatch(() -> builder.add(a, b)))
                .isEqualTo("Add \"Add_1\": shapes [batch, 3] and [4] do not fit (expected: sizes that are equal or 1,"
                        + " aligned at the last axis)");
    }

    @Test
    void arithmeticRefusesMixedTypes() {
        Value a = input(3);
        Value b = typed(DataType.INT64, 3);
        assertThat(refusal(() -> builder.add(a, b)))
                .isEqualTo("Add \"Add_1\": inputs of types FLOAT32 and INT64 (expected: one type; insert a Cast)");
    }

    @Test
    void operatorsRefuseTypesThatTheyDoNotTake() {
        Value whole = typed(DataType.INT64, 3);
        Value flags = typed(DataType.BOOL, 3);
        assertThat(refusal(() -> builder.exp(whole)))
                .isEqualTo("Exp \"Exp_1\": input of type INT64 (expected: a floating-point type; insert a Cast)");
        assertThat(refusal(() -> builder.add(flags, flags))).contains("input of type BOOL (expected: a numeric type)");
        assertThat(refusal(() -> builder.node(Op.NOT, NONE, whole))).contains("(expected: BOOL)");
        assertThat(refusal(() -> builder.where(whole, whole, whole))).contains("(expected: BOOL)");
        assertThat(refusal(() -> builder.softmax(whole, 0))).contains("floating-point");
        assertThat(builder.relu(whole).dataType()).isEqualTo(DataType.INT64);
        assertThat(builder.node(Op.ERF, NONE, whole).dataType()).isEqualTo(DataType.INT64);
    }

    @Test
    void comparisonsAndIndicesHaveTypesOfTheirOwn() {
        Value x = input("batch", 3);
        assertThat(builder.equal(x, x).dataType()).isEqualTo(DataType.BOOL);
        assertThat(builder.node(Op.LESS, NONE, x, x).dataType()).isEqualTo(DataType.BOOL);
        assertThat(builder.argMax(x, 1).dataType()).isEqualTo(DataType.INT64);
        assertThat(builder.shapeOf(x).dataType()).isEqualTo(DataType.INT64);
        assertThat(builder.node(Op.NON_ZERO, NONE, x).dataType()).isEqualTo(DataType.INT64);
        assertThat(builder.cast(x, DataType.FLOAT16).dataType()).isEqualTo(DataType.FLOAT16);
        assertThat(builder.node(Op.POW, NONE, x, typed(DataType.INT32)).dataType())
                .isEqualTo(DataType.FLOAT32);
        assertThat(builder.oneHot(typed(DataType.INT64, "batch"), 4, DataType.FLOAT64)
                        .dataType())
                .isEqualTo(DataType.FLOAT64);
    }

    @Test
    void castNamesTheTypesThatThereAre() {
        Value x = input(3);
        assertThat(refusal(() -> builder.node(Op.CAST, Attributes.of("to", "FLOAT8"), x)))
                .startsWith("Cast \"Cast_1\": to \"FLOAT8\" (expected: one of [BOOL, ")
                .endsWith("STRING])");
    }

    @Test
    void theNumberOfInputsIsChecked() {
        Value x = input(3);
        assertThat(refusal(() -> builder.node(Op.ADD, NONE, x))).isEqualTo("Add \"Add_1\": 1 inputs (expected: 2)");
        assertThat(refusal(() -> builder.node(Op.CLIP, NONE, x, x, x, x)))
                .isEqualTo("Clip \"Clip_1\": 4 inputs (expected: 1 to 3)");
    }

    @Test
    void productsJoinRowsAndColumns() {
        assertShape(builder.matmul(input("batch", 3), input(3, 4)), "[batch, 4]");
        assertShape(builder.matmul(input("batch", "time", 3), input(3, 4)), "[batch, time, 4]");
        assertShape(builder.matmul(input("batch", 1, 2, 3), input(5, 3, 4)), "[batch, 5, 2, 4]");
        assertShape(builder.matmul(input(3), input("n", 3, 4)), "[n, 4]");
        assertShape(builder.matmul(input(3), input(3)), "[]");
        assertShape(builder.gemm(input(3, "n"), true, input(4, 3), true, input(4)), "[n, 4]");
    }

    @Test
    void productsRefuseInnerSizesThatDiffer() {
        assertThat(mismatch(() -> builder.matmul(input("batch", 3), input(4, 5))))
                .isEqualTo("MatMul \"MatMul_1\": shapes [batch, 3] and [4, 5] do not fit (expected: the columns of the"
                        + " first as the rows of the second)");
        assertThat(mismatch(() -> builder.gemm(input(2, 3), false, input(4, 3), false, Value.OMITTED)))
                .contains("inner sizes that are equal under transA=0, transB=0");
        assertThat(mismatch(() -> builder.gemm(input(2, 3), false, input(3, 4), false, input(3, 4))))
                .contains("a third input that broadcasts to [2, 4]");
        assertThat(mismatch(() -> builder.gemm(input(1, 3), false, input(3, 4), false, input(2, 4))))
                .contains("a third input that broadcasts to [1, 4]");
        assertThat(mismatch(() -> builder.gemm(input(2, 3, 1), false, input(3, 4), false, Value.OMITTED)))
                .contains("two axes each");
        assertThat(mismatch(() -> builder.matmul(input(), input(3)))).contains("at least one axis each");
    }

    @Test
    void reshapeCarriesSymbolsThrough() {
        assertShape(builder.reshape(input("batch", 2, 3), -1, 6), "[batch, 6]");
        assertShape(builder.reshape(input("batch", 2, 3), 0, -1), "[batch, 6]");
        assertShape(builder.reshape(input("batch", "time", 6), 0, 0, 2, 3), "[batch, time, 2, 3]");
        assertShape(builder.reshape(input("batch", "time", 6), 0, -1), "[batch, ?]");
        assertShape(builder.reshape(input("batch", 4), -1, 2), "[?, 2]");
        assertShape(builder.reshape(input(4, 6), -1), "[24]");
        assertShape(builder.reshape(input("batch", 4), typed(DataType.INT64, 2)), "[?, ?]");
        assertThat(builder.reshape(input("batch", 4), typed(DataType.INT64, "n"))
                        .hasShape())
                .isFalse();
        Value zeros = builder.node(Op.RESHAPE, Attributes.of("allowzero", 1), input(0, 3), constant(3, 0));
        assertShape(zeros, "[3, 0]");
    }

    @Test
    void reshapeRefusesWhatCannotBe() {
        Value x = input(4, 6);
        assertThat(mismatch(() -> builder.reshape(x, 5, 5)))
                .isEqualTo("Reshape \"Reshape_1\": shape [4, 6] (expected: as many elements as [5, 5])");
        assertThat(mismatch(() -> builder.reshape(x, -1, 5))).contains("a number of elements that 5 divides");
        assertThat(mismatch(() -> builder.reshape(x, 4, 6, 0))).contains("an axis 2 to copy the size of");
        assertThat(refusal(() -> builder.reshape(x, -1, -1))).contains("shape [-1, -1] (expected: -1 at most once)");
        assertThat(refusal(() -> builder.reshape(x, -2, 12))).contains("Reshape", "size: -2");
        assertThat(refusal(() -> builder.reshape(input("n"), Long.MAX_VALUE, Long.MAX_VALUE)))
                .contains("fits a long");
    }

    @Test
    void axesMoveWithTheirSymbols() {
        Value x = input("batch", "time", 8);
        assertShape(builder.transpose(x, 1, 2, 0), "[time, 8, batch]");
        assertShape(builder.node(Op.TRANSPOSE, NONE, x), "[8, time, batch]");
        assertShape(builder.unsqueeze(x, 0, -1), "[1, batch, time, 8, 1]");
        assertShape(builder.squeeze(input("batch", 1, 3, 1), 1, -1), "[batch, 3]");
        assertShape(builder.node(Op.SQUEEZE, NONE, input(1, 3, 1)), "[3]");
        assertThat(builder.node(Op.SQUEEZE, NONE, x).hasShape()).isFalse();
        assertShape(builder.node(Op.FLATTEN, NONE, x), "[batch, ?]");
        assertShape(builder.node(Op.FLATTEN, Attributes.of("axis", -1), input(2, "n", 8)), "[?, 8]");
        assertShape(builder.node(Op.FLATTEN, Attributes.of("axis", 0), input(2, 3)), "[1, 6]");
    }

    @Test
    void axesThatAreNotThereAreRefused() {
        Value x = input("batch", 3);
        assertThat(refusal(() -> builder.softmax(x, 2)))
                .isEqualTo("Softmax \"Softmax_1\": axis 2 (expected: -2 <= axis < 2)");
        assertThat(refusal(() -> builder.unsqueeze(x, 3, 9))).contains("axis 9");
        assertThat(refusal(() -> builder.unsqueeze(x, 0, 0))).contains("axes [0, 0] (expected: each axis once)");
        assertThat(mismatch(() -> builder.squeeze(x, 1))).contains("shape [batch, 3] (expected: size 1 at axis 1)");
        assertThat(mismatch(() -> builder.transpose(x, 0, 0))).contains("perm [0, 0]");
    }

    @Test
    void expandStretches() {
        assertShape(builder.node(Op.EXPAND, NONE, input("batch", 1), constant(1, 4)), "[batch, 4]");
        assertShape(builder.node(Op.EXPAND, NONE, input(3), constant(2, 1)), "[2, 3]");
        assertShape(builder.node(Op.EXPAND, NONE, input(3), typed(DataType.INT64, 2)), "[?, 3]");
        assertThat(builder.node(Op.EXPAND, NONE, input(3), typed(DataType.INT64, "n"))
                        .hasShape())
                .as("the number of axes is known only when the graph runs")
                .isFalse();
        assertThat(refusal(() -> builder.node(Op.EXPAND, NONE, input(3), constant(-1))))
                .contains("Expand", "size: -1");
    }

    @Test
    void concatAddsSizesAtItsAxis() {
        Attributes last = Attributes.of("axis", -1);
        assertShape(builder.node(Op.CONCAT, last, input("batch", 2), input("batch", 3)), "[batch, 5]");
        assertShape(builder.node(Op.CONCAT, last, input("batch", 2), input(7, "n")), "[7, ?]");
        assertShape(builder.node(Op.CONCAT, last, input("batch", "n")), "[batch, n]");
        assertThat(mismatch(() -> builder.node(Op.CONCAT, last, input(2, 3), input(4, 3))))
                .contains("equal sizes but at axis 1");
        assertThat(mismatch(() -> builder.node(Op.CONCAT, last, input(2, 3), input(2))))
                .contains("the same number of axes");
    }

    @Test
    void sliceCountsAsTheSpecificationDoes() {
        assertShape(slice(input(10), 2, 8, 3), "[2]");
        assertShape(slice(input(10), 2, 9, 3), "[3]");
        assertShape(slice(input(10), -3, Long.MAX_VALUE, 1), "[3]");
        assertShape(slice(input(10), -1, Long.MIN_VALUE, -1), "[10]");
        assertShape(slice(input(10), 8, 2, -3), "[2]");
        assertShape(slice(input(10), 8, 2, 1), "[0]");
        assertShape(slice(input(0), 0, 5, -1), "[0]");
        assertShape(slice(input(5), -100, -200, -1), "[1]");
        assertShape(slice(input("batch"), 0, 5, 1), "[?]");
        Value two = builder.node(Op.SLICE, NONE, input("batch", 9), constant(0), constant(4), constant(1));
        assertShape(two, "[batch, 4]");
        Value computed = builder.node(Op.SLICE, NONE, input(8, 9), typed(DataType.INT64, 1), constant(4), constant(1));
        assertShape(computed, "[8, ?]");
    }

    private Value slice(Value x, long start, long end, long step) {
        return builder.node(Op.SLICE, NONE, x, constant(start), constant(end), constant(0), constant(step));
    }

    @Test
    void sliceRefusesAStepOfZeroAndListsOfDifferentLengths() {
        assertThat(refusal(() -> slice(input(5), 0, 1, 0))).contains("step 0 (expected: another number)");
        assertThat(refusal(() -> builder.node(Op.SLICE, NONE, input(5, 5), constant(0), constant(1), constant(0, 1))))
                .contains("of different lengths (expected: 2 of each)");
    }

    @Test
    void gatherPutsTheIndicesInPlaceOfTheAxis() {
        Value indices = typed(DataType.INT64, "batch", "time");
        assertShape(builder.node(Op.GATHER, NONE, input(100, 16), indices), "[batch, time, 16]");
        assertShape(
                builder.node(Op.GATHER, Attributes.of("axis", 1), input("n", 9, 2), typed(DataType.INT64)), "[n, 2]");
    }

    @Test
    void padGrowsAndCrops() {
        assertShape(builder.node(Op.PAD, NONE, input("batch", 4), constant(0, 1, 0, 2)), "[batch, 7]");
        assertShape(builder.node(Op.PAD, NONE, input("batch", 4), constant(1, -1, 0, -2)), "[?, 1]");
        assertShape(builder.node(Op.PAD, NONE, input("batch", 4), typed(DataType.INT64, 4)), "[?, ?]");
        assertThat(mismatch(() -> builder.node(Op.PAD, NONE, input("batch", 4), constant(0, 1))))
                .contains("1 axes, as there are pads for");
        assertThat(refusal(() -> builder.node(Op.PAD, NONE, input(2), constant(-2, -1))))
                .contains("Pad", "size: -1");
    }

    @Test
    void reductionsDropOrKeepTheirAxes() {
        Value x = input("batch", "time", 8);
        assertShape(builder.reduceSum(x, false, -1), "[batch, time]");
        assertShape(builder.reduceSum(x, true, 0, 2), "[1, time, 1]");
        assertShape(builder.reduceMean(x, false), "[]");
        assertShape(builder.reduceMax(x, true, 1), "[batch, 1, 8]");
        assertShape(builder.argMax(x, 1), "[batch, 8]");
        assertShape(builder.node(Op.REDUCE_SUM, Attributes.of("noop_with_empty_axes", 1), x), "[batch, time, 8]");
        assertShape(builder.node(Op.REDUCE_SUM, NONE, x, typed(DataType.INT64, 1)), "[?, ?, ?]");
        Value dropped = builder.node(Op.REDUCE_SUM, Attributes.of("keepdims", 0), x, typed(DataType.INT64, 1));
        assertThat(dropped.hasShape()).isFalse();
    }

    @Test
    void shapesThatAreComputedFromShapes() {
        Value x = input("batch", "time", 8);
        assertShape(builder.shapeOf(x), "[3]");
        assertShape(builder.node(Op.SHAPE, Attributes.of("start", 1, "end", -1), x), "[1]");
        assertShape(builder.node(Op.CONSTANT_OF_SHAPE, NONE, builder.shapeOf(x)), "[batch, time, 8]");
        assertShape(builder.node(Op.CONSTANT_OF_SHAPE, NONE, constant(2, 3)), "[2, 3]");
        assertShape(builder.node(Op.NON_ZERO, NONE, x), "[3, ?]");
    }

    @Test
    void oneHotAddsItsAxis() {
        Value indices = typed(DataType.INT64, "batch", 3);
        assertShape(builder.oneHot(indices, 10, DataType.FLOAT32), "[batch, 3, 10]");
        Value values = builder.constant(Tensor.of(new float[] {0, 1}, 2));
        Value computed = typed(DataType.INT64);
        assertShape(builder.node(Op.ONE_HOT, Attributes.of("axis", 1), indices, computed, values), "[batch, ?, 3]");
        assertThat(refusal(() -> builder.node(Op.ONE_HOT, NONE, indices, constant(-4), values)))
                .contains("OneHot", "size: -4");
    }

    @Test
    void nothingIsClaimedBehindAnUnknownShape() {
        Value unknown = builder.reshape(input("n"), typed(DataType.INT64, "rank"));
        Value behind = builder.relu(builder.add(unknown, unknown));
        assertThat(behind.hasShape()).isFalse();
        assertThat(behind.dataType()).isEqualTo(DataType.FLOAT32);
        assertThat(refusal(behind::shape)).contains("is not known");
    }

    @Test
    void aDeclarationThatTheInputsDoNotGiveIsRefused() {
        Value x = new Value("x", DataType.FLOAT32, Shape.symbolic("batch", 3));
        Value y = new Value("y", DataType.FLOAT32, Shape.symbolic("batch", 4));
        Node node = new Node(Op.RELU, "", "Relu", "r", List.of(x), List.of(y), NONE);
        assertThat(refusal(() -> new Graph(
                        "g",
                        List.of(x),
                        List.of(y),
                        List.of(node),
                        java.util.Map.of(),
                        java.util.Map.of("", Graph.OPSET))))
                .isEqualTo("Relu \"r\": declared as y: float32[batch, 4], but its inputs give : float32[batch, 3]");
    }
}
