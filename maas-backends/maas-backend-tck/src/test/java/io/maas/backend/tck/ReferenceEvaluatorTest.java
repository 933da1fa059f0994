package io.maas.backend.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.maas.error.BackendException;
import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Values worked out by hand or taken from the examples of the ONNX specification, none by the evaluator. */
class ReferenceEvaluatorTest {
    private static final Attributes NONE = Attributes.none();

    private static Tensor run(Op op, Attributes attributes, Tensor... inputs) {
        GraphBuilder builder = new GraphBuilder("one");
        List<Value> values = new ArrayList<>();
        List<Tensors.Entry> entries = new ArrayList<>();
        for (Tensor input : inputs) {
            String name = "x" + values.size();
            values.add(builder.input(name, input.dataType(), input.shape()));
            entries.add(new Tensors.Entry(name, input));
        }
        builder.output("y", builder.node(op, attributes, values.toArray(new Value[0])));
        return new ReferenceEvaluator()
                .evaluate(builder.build(), Tensors.copyOf(entries))
                .only();
    }

    private static Tensor floats(float... values) {
        return Tensor.of(values, values.length);
    }

    private static Tensor longs(long... values) {
        return Tensor.of(values, values.length);
    }

    private static Tensor bytes(double... values) {
        return Tensor.of(DataType.UINT8, values, Shape.of(values.length));
    }

    @Test
    void sliceTakesTheExamplesOfTheSpecification() {
        Tensor x = Tensor.of(new float[] {1, 2, 3, 4, 5, 6, 7, 8}, 2, 4);
        assertThat(run(Op.SLICE, NONE, x, longs(1, 0), longs(2, 3), longs(0, 1), longs(1, 2)))
                .isEqualTo(Tensor.of(new float[] {5, 7}, 1, 2));
        assertThat(run(Op.SLICE, NONE, x, longs(0, 1), longs(-1, 1000)))
                .isEqualTo(Tensor.of(new float[] {2, 3, 4}, 1, 3));
    }

    @Test
    void sliceGoesBackwards() {
        Tensor x = floats(10, 20, 30, 40, 50);
        assertThat(slice(x, -1, -100, -2)).isEqualTo(floats(50, 30, 10));
        assertThat(slice(x, 3, 0, -1)).isEqualTo(floats(40, 30, 20));
        assertThat(slice(x, 0, 3, -1)).isEqualTo(floats());
        assertThat(slice(x, Long.MAX_VALUE, Long.MIN_VALUE, -4)).isEqualTo(floats(50, 10));
        assertThat(slice(x, 4, Long.MIN_VALUE, Long.MIN_VALUE)).isEqualTo(floats(50));
        assertThat(slice(x, -100, -200, -1))
                .as("a start before the axis is clamped to its first element")
                .isEqualTo(floats(10));
    }

    private static Tensor slice(Tensor x, long start, long end, long step) {
        return run(Op.SLICE, NONE, x, longs(start), longs(end), longs(0), longs(step));
    }

    @Test
    void gatherTakesTheExamplesOfTheSpecification() {
        Tensor x = Tensor.of(new float[] {1.0f, 1.2f, 2.3f, 3.4f, 4.5f, 5.7f}, 3, 2);
        assertThat(run(Op.GATHER, NONE, x, Tensor.of(new long[] {0, 1, 1, 2}, 2, 2)))
                .isEqualTo(Tensor.of(new float[] {1.0f, 1.2f, 2.3f, 3.4f, 2.3f, 3.4f, 4.5f, 5.7f}, 2, 2, 2));
        Tensor wide = Tensor.of(new float[] {1.0f, 1.2f, 1.9f, 2.3f, 3.4f, 3.9f, 4.5f, 5.7f, 5.9f}, 3, 3);
        assertThat(run(Op.GATHER, Attributes.of("axis", 1), wide, Tensor.of(new long[] {0, 2}, 1, 2)))
                .isEqualTo(Tensor.of(new float[] {1.0f, 1.9f, 2.3f, 3.9f, 4.5f, 5.9f}, 3, 1, 2));
        assertThat(run(Op.GATHER, NONE, floats(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), longs(0, -9, -10)))
                .isEqualTo(floats(0, 1, 0));
    }

    @Test
    void gatherPastTheEndNamesTheNodeAndTheRange() {
        assertThatThrownBy(() -> run(Op.GATHER, NONE, floats(1, 2), longs(2)))
                .isInstanceOf(BackendException.class)
                .hasMessage("backend \"reference\": Gather \"Gather_1\": index: 2 (expected: -2 <= index < 2)");
        assertThatThrownBy(() -> run(Op.GATHER, NONE, floats(1, 2), longs(-3))).isInstanceOf(BackendException.class);
    }

    @Test
    void scatterTakesTheExampleOfTheSpecification() {
        Tensor x = floats(1, 2, 3, 4, 5, 6, 7, 8);
        Tensor indices = Tensor.of(new long[] {4, 3, 1, 7}, 4, 1);
        assertThat(run(Op.SCATTER_ND, NONE, x, indices, floats(9, 10, 11, 12)))
                .isEqualTo(floats(1, 11, 3, 10, 9, 6, 7, 12));
    }

    @Test
    void scatterMeetsRepeatedIndicesOneAfterTheOther() {
        Tensor x = floats(1, 2, 3);
        Tensor twice = Tensor.of(new long[] {1, -2}, 2, 1);
        Tensor updates = floats(10, -20);
        assertThat(scatter("add", x, twice, updates)).isEqualTo(floats(1, -8, 3));
        assertThat(scatter("mul", x, twice, updates)).isEqualTo(floats(1, -400, 3));
        assertThat(scatter("max", x, twice, updates)).isEqualTo(floats(1, 10, 3));
        assertThat(scatter("min", x, twice, updates)).isEqualTo(floats(1, -20, 3));
        Tensor rows = Tensor.of(new float[] {1, 2, 3, 4}, 2, 2);
        assertThat(scatter("add", rows, Tensor.of(new long[] {1}, 1, 1), Tensor.of(new float[] {10, 20}, 1, 2)))
                .isEqualTo(Tensor.of(new float[] {1, 2, 13, 24}, 2, 2));
    }

    private static Tensor scatter(String reduction, Tensor x, Tensor indices, Tensor updates) {
        return run(Op.SCATTER_ND, Attributes.of("reduction", reduction), x, indices, updates);
    }

    @Test
    void padTakesTheExamplesOfTheSpecification() {
        Tensor x = Tensor.of(new float[] {1.0f, 1.2f, 2.3f, 3.4f, 4.5f, 5.7f}, 3, 2);
        Tensor pads = longs(0, 2, 0, 0);
        assertThat(run(Op.PAD, NONE, x, pads, Tensor.scalar(0f)))
                .isEqualTo(Tensor.of(new float[] {0, 0, 1.0f, 1.2f, 0, 0, 2.3f, 3.4f, 0, 0, 4.5f, 5.7f}, 3, 4));
        // The example of the mode "reflect" there has rows of two: 1.0, 1.2 is preceded by 1.0, 1.2.
        assertThat(run(Op.PAD, Attributes.of("mode", "reflect"), x, pads))
                .isEqualTo(Tensor.of(
                        new float[] {1.0f, 1.2f, 1.0f, 1.2f, 2.3f, 3.4f, 2.3f, 3.4f, 4.5f, 5.7f, 4.5f, 5.7f}, 3, 4));
        assertThat(run(Op.PAD, Attributes.of("mode", "edge"), x, pads))
                .isEqualTo(Tensor.of(
                        new float[] {1.0f, 1.0f, 1.0f, 1.2f, 2.3f, 2.3f, 2.3f, 3.4f, 4.5f, 4.5f, 4.5f, 5.7f}, 3, 4));
    }

    @Test
    void padReflectsWithoutRepeatingTheEdgeAndCropsBelowZero() {
        Tensor x = floats(1, 2, 3, 4);
        assertThat(run(Op.PAD, Attributes.of("mode", "reflect"), x, longs(3, 2)))
                .isEqualTo(floats(4, 3, 2, 1, 2, 3, 4, 3, 2));
        assertThat(run(Op.PAD, NONE, x, longs(-1, 1), Tensor.scalar(9f))).isEqualTo(floats(2, 3, 4, 9));
        assertThat(run(Op.PAD, Attributes.of("mode", "wrap"), x, longs(1, 2))).isEqualTo(floats(4, 1, 2, 3, 4, 1, 2));
    }

    @Test
    void gemmScalesAndTransposes() {
        // A' B' = [[1·5+3·6, 1·7+3·8], [2·5+4·6, 2·7+4·8]] = [[23, 31], [34, 46]]
        Tensor a = Tensor.of(new float[] {1, 2, 3, 4}, 2, 2);
        Tensor b = Tensor.of(new float[] {5, 6, 7, 8}, 2, 2);
        Attributes all = Attributes.copyOf(Map.of("transA", 1, "transB", 1, "alpha", 0.5f, "beta", 2f));
        assertThat(run(Op.GEMM, all, a, b, floats(10, 20)))
                .isEqualTo(Tensor.of(new float[] {31.5f, 55.5f, 37, 63}, 2, 2));
        assertThat(run(Op.GEMM, Attributes.of("transB", 1), a, b))
                .isEqualTo(Tensor.of(new float[] {17, 23, 39, 53}, 2, 2));
        assertThat(run(Op.GEMM, Attributes.of("transA", 1), a, b))
                .isEqualTo(Tensor.of(new float[] {26, 30, 38, 44}, 2, 2));
    }

    @Test
    void matmulTreatsOneAxisAsARowOrAColumn() {
        Tensor m = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
        assertThat(run(Op.MATMUL, NONE, m, floats(1, 0, -1))).isEqualTo(floats(-2, -2));
        assertThat(run(Op.MATMUL, NONE, floats(1, -1), m)).isEqualTo(floats(-3, -3, -3));
        assertThat(run(Op.MATMUL, NONE, floats(1, 2), floats(3, 4))).isEqualTo(Tensor.scalar(11f));
    }

    @Test
    void powKeepsTheTypeOfTheBase() {
        assertThat(run(Op.POW, NONE, floats(1, 2, 3), floats(4, 5, 6))).isEqualTo(floats(1, 32, 729));
        assertThat(run(Op.POW, NONE, floats(2, 9, 4), longs(-1, 0, 3))).isEqualTo(floats(0.5f, 1, 64));
        assertThat(run(Op.POW, NONE, longs(2, 3, -2), floats(2, 0.5f, 3))).isEqualTo(longs(4, 1, -8));
        assertThat(run(Op.POW, NONE, longs(2, -1, 1, 3), longs(-1, -3, -5, 39)))
                .isEqualTo(longs(0, -1, 1, 4052555153018976267L));
    }

    @Test
    void oneHotPutsItsAxisWhereItIsAsked() {
        Tensor depth = Tensor.scalar(3L);
        Tensor values = floats(0, 1);
        assertThat(run(Op.ONE_HOT, Attributes.of("axis", 0), longs(0, 2), depth, values))
                .isEqualTo(Tensor.of(new float[] {1, 0, 0, 0, 0, 1}, 3, 2));
        assertThat(run(Op.ONE_HOT, NONE, longs(-1, 5, -3), depth, floats(-1, 7)))
                .isEqualTo(Tensor.of(new float[] {-1, -1, 7, -1, -1, -1, 7, -1, -1}, 3, 3));
        assertThat(run(
                        Op.ONE_HOT,
                        Attributes.of("axis", 1),
                        Tensor.of(new long[] {0, 1}, 1, 2),
                        Tensor.scalar(2L),
                        values))
                .isEqualTo(Tensor.of(new float[] {1, 0, 0, 1}, 1, 2, 2));
    }

    @Test
    void erfIsExactToFourteenDigits() {
        // Values to the last digit of a double, as in the tables of Abramowitz and Stegun (table 7.1) and beyond.
        double[][] known = {
            {0, 0},
            {1e-10, 1.1283791670955126e-10},
            {0.1, 0.1124629160182849},
            {0.5, 0.5204998778130465},
            {1, 0.8427007929497149},
            {2, 0.9953222650189527},
            {3, 0.9999779095030014},
            {4, 0.9999999845827421},
            {5, 0.9999999999984626},
            {7, 1}
        };
        for (double[] pair : known) {
            assertThat(erf(pair[0])).isCloseTo(pair[1], within(2e-15 * Math.max(pair[1], 1e-10) + 1e-24));
            assertThat(erf(-pair[0])).isEqualTo(-erf(pair[0]));
        }
        assertThat(erf(Double.NaN)).isNaN();
        assertThat(erf(Double.NEGATIVE_INFINITY)).isEqualTo(-1);
    }

    private static double erf(double x) {
        return run(Op.ERF, NONE, Tensor.of(new double[] {x}, 1)).item();
    }

    @Test
    void softmaxOfLargeScoresStaysFinite() {
        assertThat(run(Op.SOFTMAX, NONE, floats(1000, 1000))).isEqualTo(floats(0.5f, 0.5f));
        assertThat(run(Op.SOFTMAX, NONE, floats(1000, 0))).isEqualTo(floats(1, 0));
        assertThat(run(Op.LOG_SOFTMAX, NONE, floats(1000, 0))).isEqualTo(floats(0, -1000));
        Tensor columns = Tensor.of(new float[] {0, 0, 0, 0}, 4, 1);
        assertThat(run(Op.SOFTMAX, Attributes.of("axis", 0), columns).toFloatArray())
                .containsOnly(0.25f);
        assertThat(run(Op.SOFTMAX, NONE, columns).toFloatArray()).containsOnly(1);
    }

    @Test
    void halfPrecisionRoundsToNearestEven() {
        double[] sums = {1 + 0x1p-11, 1 + 3 * 0x1p-11, 65519, 65520, 0x1p-25, 0x1.001p-25, -65520};
        assertThat(half(DataType.FLOAT16, sums))
                .containsExactly(1, 1 + 0x1p-9, 65504, Double.POSITIVE_INFINITY, 0, 0x1p-24, Double.NEGATIVE_INFINITY);
        // The middle one lies above a tie by less than a float can tell.
        double[] near = {1 + 0x1p-8, 1 + 0x1p-8 + 0x1p-40, 1 + 3 * 0x1p-8};
        assertThat(half(DataType.BFLOAT16, near)).containsExactly(1, 1 + 0x1p-7, 1 + 0x1p-6);
    }

    private static double[] half(DataType to, double... values) {
        return run(Op.CAST, Attributes.of("to", to.name()), Tensor.of(values, values.length))
                .toDoubleArray();
    }

    @Test
    void integersAreExactAndWrap() {
        long odd = (1L << 53) + 1;
        assertThat(run(Op.ADD, NONE, longs(odd, Long.MAX_VALUE), longs(1, 1)))
                .isEqualTo(longs(odd + 1, Long.MIN_VALUE));
        assertThat(run(Op.MUL, NONE, Tensor.of(new int[] {1 << 30}, 1), Tensor.of(new int[] {4}, 1)))
                .isEqualTo(Tensor.of(new int[] {0}, 1));
        assertThat(run(Op.ADD, NONE, bytes(200), bytes(100))).isEqualTo(bytes(44));
        assertThat(run(Op.SUB, NONE, bytes(1), bytes(2))).isEqualTo(bytes(255));
        assertThat(run(Op.REDUCE_SUM, NONE, longs(odd, odd, 1))).isEqualTo(longs(2 * odd + 1));
        assertThat(run(Op.MATMUL, NONE, longs(odd, 1), longs(1, 1))).isEqualTo(Tensor.scalar(odd + 1));
        assertThat(run(Op.EQUAL, NONE, longs(odd), longs(odd - 1))).isEqualTo(Tensor.of(new boolean[] {false}, 1));
    }

    @Test
    void unsignedIntegersCompareAndDivideWithoutASign() {
        Tensor top = Tensor.of(DataType.UINT64, new double[] {0x1p63}, Shape.of(1));
        Tensor two = Tensor.of(DataType.UINT64, new double[] {2}, Shape.of(1));
        assertThat(run(Op.GREATER, NONE, top, two)).isEqualTo(Tensor.of(new boolean[] {true}, 1));
        assertThat(run(Op.DIV, NONE, top, two).toDoubleArray()).containsExactly(0x1p62);
        assertThat(run(Op.MAX, NONE, top, two)).isEqualTo(top);
        assertThat(run(Op.REDUCE_MAX, NONE, Tensor.concat(List.of(two, top)))).isEqualTo(top);
        assertThat(run(Op.CAST, Attributes.of("to", "FLOAT64"), top).item()).isEqualTo(0x1p63);
        assertThat(run(Op.CAST, Attributes.of("to", "STRING"), top).strings()).containsExactly("9223372036854775808");
    }

    @Test
    void integerQuotientsAndMeansAreCutTowardZero() {
        assertThat(run(Op.DIV, NONE, longs(-7, 7, -7), longs(2, -2, -2))).isEqualTo(longs(-3, -3, 3));
        assertThat(run(Op.REDUCE_MEAN, NONE, longs(-3, -4))).isEqualTo(longs(-3));
        assertThatThrownBy(() -> run(Op.DIV, NONE, longs(1), longs(0)))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("Div");
    }

    @Test
    void argMaxTakesTheFirstOfEqualsUnlessAskedForTheLast() {
        Tensor x = Tensor.of(new float[] {2, 2, 1, 3, 10, 10}, 2, 3);
        assertThat(run(Op.ARG_MAX, Attributes.of("axis", 1, "keepdims", 0), x)).isEqualTo(longs(0, 1));
        Attributes last = Attributes.copyOf(Map.of("axis", -1, "keepdims", 0, "select_last_index", 1));
        assertThat(run(Op.ARG_MAX, last, x)).isEqualTo(longs(1, 2));
        assertThat(run(Op.ARG_MAX, NONE, x)).isEqualTo(Tensor.of(new long[] {1, 1, 1}, 1, 3));
    }

    @Test
    void castCutsFractionsAndReadsAndWritesNumbersAsText() {
        assertThat(run(Op.CAST, Attributes.of("to", "INT32"), floats(-2.9f, 2.9f)))
                .isEqualTo(Tensor.of(new int[] {-2, 2}, 2));
        assertThat(run(Op.CAST, Attributes.of("to", "BOOL"), floats(0, -0f, 0.1f)))
                .isEqualTo(Tensor.of(new boolean[] {false, false, true}, 3));
        Tensor texts = Tensor.of(new String[] {"3.5", "-1e3", "+INF", "nan"}, 4);
        assertThat(run(Op.CAST, Attributes.of("to", "FLOAT32"), texts).toFloatArray())
                .containsExactly(3.5f, -1000, Float.POSITIVE_INFINITY, Float.NaN);
        assertThat(run(Op.CAST, Attributes.of("to", "INT64"), Tensor.of(new String[] {"9007199254740993"}, 1)))
                .isEqualTo(longs(9007199254740993L));
        assertThat(run(Op.CAST, Attributes.of("to", "STRING"), floats(1e10f, 0.25f, Float.NEGATIVE_INFINITY))
                        .strings())
                .containsExactly("10000000000", "0.25", "-INF");
        assertThat(run(Op.CAST, Attributes.of("to", "FLOAT32"), longs((1L << 54) + (1L << 30) + 1))
                        .item())
                .as("rounded once, not by way of double")
                .isEqualTo((double) ((1L << 54) + (1L << 31)));
    }

    @Test
    void clipWithCrossedBoundsGivesTheUpperOne() {
        assertThat(run(Op.CLIP, NONE, floats(-5, 0, 5), Tensor.scalar(3f), Tensor.scalar(-3f)))
                .isEqualTo(floats(-3, -3, -3));
    }

    @Test
    void nonZeroTakesTheExampleOfTheSpecification() {
        Tensor x = Tensor.of(new float[] {1, 0, 1, 1}, 2, 2);
        assertThat(run(Op.NON_ZERO, NONE, x)).isEqualTo(Tensor.of(new long[] {0, 1, 1, 0, 0, 1}, 2, 3));
    }

    @Test
    void reductionsOfNothingGiveTheNeutralValue() {
        Tensor none = Tensor.zeros(DataType.FLOAT32, Shape.of(2, 0));
        assertThat(run(Op.REDUCE_SUM, Attributes.of("keepdims", 0), none, longs(1)))
                .isEqualTo(floats(0, 0));
        assertThat(run(Op.REDUCE_MAX, Attributes.of("keepdims", 0, "axes", List.of(1)), none)
                        .toFloatArray())
                .containsOnly(Float.NEGATIVE_INFINITY);
    }

    @Test
    void reshapeCopiesInfersAndKeepsZeros() {
        Tensor x = Tensor.of(new float[24], 2, 3, 4);
        assertThat(run(Op.RESHAPE, NONE, x, longs(0, -1)).shape()).isEqualTo(Shape.of(2, 12));
        Tensor empty = Tensor.zeros(DataType.FLOAT32, Shape.of(2, 0));
        assertThat(run(Op.RESHAPE, Attributes.of("allowzero", 1), empty, longs(0, 5))
                        .shape())
                .isEqualTo(Shape.of(0, 5));
        assertThatThrownBy(() -> run(Op.RESHAPE, NONE, x, longs(-1, -1))).isInstanceOf(BackendException.class);
        assertThatThrownBy(() -> run(Op.RESHAPE, NONE, x, longs(5))).isInstanceOf(BackendException.class);
    }

    @Test
    void stableFormsOfSigmoidAndSoftplus() {
        assertThat(run(Op.SIGMOID, NONE, floats(-1000, 0, 1000))).isEqualTo(floats(0, 0.5f, 1));
        assertThat(run(Op.SOFTPLUS, NONE, floats(-1000, 0, 1000))).isEqualTo(floats(0, (float) Math.log(2), 1000));
    }

    @Test
    void anOperatorOutsideOfTheTableIsNamed() {
        Value x = new Value("x", DataType.FLOAT32, Shape.of(1));
        Value y = new Value("y", DataType.FLOAT32, Shape.of(1));
        Node node = new Node(Op.OTHER, "com.example", "Fancy", "n", List.of(x), List.of(y), NONE);
        Graph graph = new Graph("g", List.of(x), List.of(y), List.of(node), Map.of(), Map.of("", 17));
        assertThatThrownBy(() -> new ReferenceEvaluator().evaluate(graph, Tensors.of("x", floats(1))))
                .isInstanceOf(BackendException.class)
                .hasMessage("backend \"reference\": no operator com.example.Fancy \"n\"; use a backend with"
                        + " OTHER_OPERATORS, such as onnxruntime");
    }

    @Test
    void aMissingInputIsAMistakeOfTheCaller() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ReferenceEvaluator().evaluate(SampleGraphs.network(), Tensors.none()))
                .withMessageContaining("\"x\"");
    }
}
