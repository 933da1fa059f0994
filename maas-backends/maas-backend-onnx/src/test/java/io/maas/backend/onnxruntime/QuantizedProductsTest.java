package io.maas.backend.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.maas.backend.Backend;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.backend.tck.ReferenceBackend;
import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.graph.quantize.Quantization;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Products of rounded weights, held to the product in double and to what rounding may lose, which is computed here anew. */
class QuantizedProductsTest {
    private static final int K = 96;
    private static final int N = 80;

    private static float[] gaussian(SplittableRandom random, int count) {
        return floats(count, i -> random.nextGaussian());
    }

    /** Of weights that leave recurrent layers stable. */
    private static float[] small(SplittableRandom random, int count) {
        return floats(count, i -> random.nextGaussian() / 8);
    }

    private static float[] floats(int count, IntToDoubleFunction value) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) value.applyAsDouble(i);
        }
        return values;
    }

    /** {@code x [rows, K] w [K, N]}, with rows that are extreme in one way or another. */
    private static float[] rows(SplittableRandom random, int count) {
        float[] x = gaussian(random, count * K);
        for (int row = 0; row < count; row++) {
            for (int i = 0; i < K; i++) {
                int at = row * K + i;
                x[at] = switch (row % 7) {
                    case 0 -> 0;
                    case 1 -> -3.25f;
                    case 2 -> x[at] * 1e30f;
                    case 3 -> x[at] * 1e-20f;
                    case 4 -> i == 5 ? 1000 : x[at];
                    case 5 -> Math.abs(x[at]);
                    default -> x[at];
                };
            }
        }
        return x;
    }

    private static Graph matmul(float[] w) {
        GraphBuilder b = new GraphBuilder("product");
        Value x = b.input("x", DataType.FLOAT32, Shape.symbolic("rows", K));
        b.output("y", b.matmul(x, b.constant("w", Tensor.of(w, K, N))));
        return b.build();
    }

    private static float[] run(Backend backend, Graph graph, Tensor x) {
        try (Program program = backend.compile(graph, ProgramOptions.serving())) {
            return program.run(Tensors.of("x", x)).get("y").toFloatArray();
        }
    }

    /** The largest magnitude of a column over a number of steps. */
    private static double[] columnSteps(float[] w, int steps) {
        double[] largest = new double[N];
        for (int i = 0; i < w.length; i++) {
            largest[i % N] = Math.max(largest[i % N], Math.abs(w[i]) / (double) steps);
        }
        return largest;
    }

    private static double rowStep(float[] x, int row) {
        double largest = 0;
        for (int i = 0; i < K; i++) {
            largest = Math.max(largest, Math.abs(x[row * K + i]) / 127.0);
        }
        return largest;
    }

    /** Each factor is off by half a step at most. */
    private static void assertWithinHalfSteps(float[] actual, float[] x, float[] w, boolean rowsRounded, int steps) {
        double[] columns = columnSteps(w, steps);
        for (int row = 0; row < x.length / K; row++) {
            double step = rowsRounded ? rowStep(x, row) / 2 : 0;
            for (int column = 0; column < N; column++) {
                double right = 0;
                double slack = 0;
                for (int i = 0; i < K; i++) {
                    double a = x[row * K + i];
                    double b = w[i * N + column];
                    right += a * b;
                    slack += 1.0001 * (Math.abs(a) * columns[column] / 2 + (Math.abs(b) + columns[column] / 2) * step);
                    slack += 1e-6 * Math.abs(a * b);
                }
                assertThat((double) actual[row * N + column])
                        .as("row %d, column %d", row, column)
                        .isCloseTo(right, within(slack));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void dynamicProductsLoseHalfAStepOfEachFactorAtMost(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] x = rows(random, 35);
        float[] w = gaussian(random, K * N);
        for (int i = 0; i < K; i++) {
            w[i * N + 3] = 0;
            w[i * N + 4] = 0.5f;
        }
        Graph quantized = Quantization.dynamicInt8().apply(matmul(w));
        float[] y = run(new OnnxRuntimeBackend(), quantized, Tensor.of(x, 35, K));
        assertWithinHalfSteps(y, x, w, true, 64);
        float[] reference = run(new ReferenceBackend(), quantized, Tensor.of(x, 35, K));
        assertWithinHalfSteps(reference, x, w, true, 64);
        for (int i = 0; i < y.length; i++) {
            if (i / N % 7 == 0 || i % N == 3) {
                assertThat(y[i]).as("zero rows and columns give zeros").isZero();
            }
        }
    }

    @Test
    void whatEightBitsHoldIsLostNowhere() {
        SplittableRandom random = new SplittableRandom(4);
        float[] x = floats(9 * K, i -> Math.scalb((double) (i % K == 7 ? 127 : random.nextInt(-127, 128)), i / K - 4));
        float[] w = floats(K * N, i -> Math.scalb((double) (i / N == 7 ? 64 : random.nextInt(-64, 65)), i % N % 9 - 4));
        float[] exact = run(new OnnxRuntimeBackend(), matmul(w), Tensor.of(x, 9, K));
        float[] y = run(new OnnxRuntimeBackend(), Quantization.dynamicInt8().apply(matmul(w)), Tensor.of(x, 9, K));
        for (int i = 0; i < y.length; i++) {
            assertThat(y[i]).isCloseTo(exact[i], within(1e-5f * Math.max(1, Math.abs(exact[i]))));
        }
    }

    /** Two products of the largest numbers are beyond 16 bits, unless weights have one bit less. */
    @Test
    void theLargestNumbersDoNotOverflow() {
        float[] x = new float[K];
        Arrays.fill(x, 1);
        float[] w = floats(K * N, i -> i % 2 == 0 ? 1 : -1);
        float[] y = run(new OnnxRuntimeBackend(), Quantization.dynamicInt8().apply(matmul(w)), Tensor.of(x, 1, K));
        for (int column = 0; column < N; column++) {
            assertThat(y[column]).isCloseTo(column % 2 == 0 ? K : -K, within(1e-3f));
        }
    }

    @Test
    void aRowThatIsNotFiniteGivesNothingFiniteAndTouchesNoOther() {
        SplittableRandom random = new SplittableRandom(5);
        float[] w = gaussian(random, K * N);
        float[] x = rows(random, 3 * K);
        float[] broken = x.clone();
        float[] bad = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY};
        for (int i = 0; i < K; i++) {
            broken[3 * i * K + i] = bad[i % 3];
        }
        Graph quantized = Quantization.dynamicInt8().apply(matmul(w));
        float[] right = run(new OnnxRuntimeBackend(), quantized, Tensor.of(x, 3 * K, K));
        float[] y = run(new OnnxRuntimeBackend(), quantized, Tensor.of(broken, 3 * K, K));
        for (int i = 0; i < y.length; i++) {
            if (i / N % 3 == 0) {
                assertThat(y[i]).as("row %d", i / N).isNaN();
            } else {
                assertThat(y[i]).isEqualTo(right[i]);
            }
        }
    }

    @Test
    void aRowIsTheSameAloneAndInAnyBatch() {
        SplittableRandom random = new SplittableRandom(6);
        Graph quantized = Quantization.dynamicInt8().apply(matmul(gaussian(random, K * N)));
        float[] x = rows(random, 200);
        try (Program program = new OnnxRuntimeBackend().compile(quantized, ProgramOptions.serving())) {
            Tensor all = Tensor.of(x, 200, K);
            Tensor together = program.run(Tensors.of("x", all)).get("y");
            for (int from = 0; from < 200; from += 1 + from / 2) {
                Tensor alone =
                        program.run(Tensors.of("x", all.rows(from, from + 1))).get("y");
                assertThat(alone).isEqualTo(together.rows(from, from + 1));
            }
        }
    }

    /** All forms of Gemm, and weights that are transposed before a MatMul, against the graph with floating-point weights. */
    @Test
    void transposedWeightsFactorsAndBiasesKeepTheirPlaces() {
        SplittableRandom random = new SplittableRandom(7);
        for (int flags = 0; flags < 16; flags++) {
            boolean transposed = (flags & 1) == 1;
            boolean biased = (flags & 2) == 2;
            float alpha = (flags & 4) == 4 ? 0.5f : 1;
            float beta = (flags & 8) == 8 ? -2 : 1;
            GraphBuilder b = new GraphBuilder("gemm");
            Value x = b.input("x", DataType.FLOAT32, Shape.symbolic("rows", K));
            Tensor w = transposed ? Tensor.of(gaussian(random, K * N), N, K) : Tensor.of(gaussian(random, K * N), K, N);
            Attributes attributes =
                    Attributes.copyOf(Map.of("transB", transposed ? 1L : 0L, "alpha", alpha, "beta", beta));
            Value bias = b.constant("bias", Tensor.of(gaussian(random, N)));
            Value weight = b.constant("w", w);
            Value y = biased ? b.node(Op.GEMM, attributes, x, weight, bias) : b.node(Op.GEMM, attributes, x, weight);
            Value again = b.matmul(x, transposed ? b.transpose(weight, 1, 0) : weight);
            b.output("y", b.add(y, again));
            Tensor rows = Tensor.of(gaussian(random, 5 * K), 5, K);
            for (Quantization how : forms()) {
                assertNear(0.02, b.build(), how, Tensors.of("x", rows));
            }
        }
    }

    private static List<Quantization> forms() {
        return List.of(Quantization.dynamicInt8(), Quantization.int8Weights());
    }

    /** The norm of the difference, over that of the right answer. */
    private static void assertNear(double bound, Graph graph, Quantization how, Tensors inputs) {
        try (Program right = new OnnxRuntimeBackend().compile(graph, ProgramOptions.serving());
                Program rounded = new OnnxRuntimeBackend().compile(how.apply(graph), ProgramOptions.serving())) {
            double[] wanted = right.run(inputs).entry(0).tensor().toDoubleArray();
            double[] actual = rounded.run(inputs).entry(0).tensor().toDoubleArray();
            double error = 0;
            double size = 0;
            for (int i = 0; i < wanted.length; i++) {
                error += (wanted[i] - actual[i]) * (wanted[i] - actual[i]);
                size += wanted[i] * wanted[i];
            }
            assertThat(Math.sqrt(error / size))
                    .as("%s of %s", how, graph)
                    .isGreaterThan(0)
                    .isLessThan(bound);
        }
    }

    @Test
    void storedWeightsLoseHalfAStepAtMost() {
        SplittableRandom random = new SplittableRandom(8);
        float[] x = gaussian(random, 12 * K);
        float[] w = gaussian(random, K * N);
        Graph stored = Quantization.int8Weights().apply(matmul(w));
        assertWithinHalfSteps(run(new OnnxRuntimeBackend(), stored, Tensor.of(x, 12, K)), x, w, false, 127);
        assertWithinHalfSteps(run(new ReferenceBackend(), stored, Tensor.of(x, 12, K)), x, w, false, 127);
    }

    @Test
    void weightsOfFourBitsAreNearAndRowsIndependent() {
        SplittableRandom random = new SplittableRandom(9);
        float[] w = gaussian(random, K * N);
        Graph graph = matmul(w);
        Tensor x = Tensor.of(gaussian(random, 40 * K), 40, K);
        for (int size : new int[] {16, 64, 256}) {
            Quantization how = Quantization.int4Weights(size);
            assertNear(0.13, graph, how, Tensors.of("x", x));
            float[] together = run(new OnnxRuntimeBackend(), how.apply(graph), x);
            float[] alone = run(new OnnxRuntimeBackend(), how.apply(graph), x.rows(39, 40));
            for (int i = 0; i < N; i++) {
                assertThat(alone[i]).isCloseTo(together[39 * N + i], within(1e-4f));
            }
        }
    }

    /** Convolutions and recurrent layers get smaller files, and compute in floating point. */
    @Test
    void weightsOfOtherLayersAreStoredInEightBits() {
        SplittableRandom random = new SplittableRandom(10);
        GraphBuilder b = new GraphBuilder("layers");
        Value image = b.input("x", DataType.FLOAT32, Shape.symbolic("batch", 16, 8, 8));
        Value first = b.node(
                Op.CONV,
                Attributes.of("pads", List.of(1L, 1L, 1L, 1L)),
                image,
                b.constant("conv", Tensor.of(small(random, 32 * 16 * 9), 32, 16, 3, 3)));
        Value second = b.node(
                Op.CONV_TRANSPOSE,
                Attributes.none(),
                b.relu(first),
                b.constant("up", Tensor.of(small(random, 32 * 16 * 9), 32, 16, 3, 3)));
        Value series = b.transpose(b.reshape(second, -1, 16, 100), 2, 0, 1);
        Value state = b.nodes(
                        Op.LSTM,
                        Attributes.of("hidden_size", 32),
                        1,
                        series,
                        b.constant("in", Tensor.of(small(random, 128 * 16), 1, 128, 16)),
                        b.constant("round", Tensor.of(small(random, 128 * 32), 1, 128, 32)))
                .get(0);
        b.output("y", state);
        Graph graph = b.build();
        Quantization how = Quantization.int8Weights().withMinimumElements(1024);
        assertThat(how.apply(graph).constants().values().stream()
                        .filter(each -> each.dataType() == DataType.INT8)
                        .count())
                .isEqualTo(4);
        assertNear(0.05, graph, how, Tensors.of("x", Tensor.of(gaussian(random, 2 * 16 * 64), 2, 16, 8, 8)));
    }

    @Test
    void aTableGivesTheRowsThatAreAskedForWithinHalfAStep() {
        SplittableRandom random = new SplittableRandom(11);
        float[] table = gaussian(random, 100 * K);
        Arrays.fill(table, 5 * K, 6 * K, 0);
        GraphBuilder b = new GraphBuilder("table");
        Value ids = b.input("x", DataType.INT64, Shape.symbolic("batch", "length"));
        b.output("y", b.node(Op.GATHER, Attributes.none(), b.constant("table", Tensor.of(table, 100, K)), ids));
        long[] asked = {5, 99, 0, -1, 5, 42};
        for (Quantization how : List.of(Quantization.dynamicInt8(), Quantization.int4Weights(32))) {
            float[] y = run(new OnnxRuntimeBackend(), how.apply(b.build()), Tensor.of(asked, 2, 3));
            for (int i = 0; i < y.length; i++) {
                int row = (int) ((asked[i / K] + 100) % 100);
                float slack = (float) (rowStep(table, row) / 1.999);
                assertThat(y[i]).isCloseTo(table[row * K + i % K], within(slack));
            }
        }
    }
}
