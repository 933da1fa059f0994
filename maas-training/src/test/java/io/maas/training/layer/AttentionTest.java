package io.maas.training.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.maas.error.ShapeMismatchException;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.training.Graphs;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class AttentionTest {
    private static final int BATCH = 2;
    private static final int LENGTH = 4;
    private static final int KEYS = 3;
    private static final int WIDTH = 4;

    /** Which features an attention has. */
    private record Features(int heads, boolean causal, boolean rotary, boolean cross, boolean masked) {
        Layer layer(NamedValues in) {
            Attention attention = Layers.attention(heads);
            attention = causal ? attention.causalOnly() : attention;
            attention = rotary ? attention.withRotary() : attention;
            attention = cross ? attention.over(in.get("memory")) : attention;
            return masked ? attention.masked(in.get("mask")) : attention;
        }

        int keys() {
            return cross ? KEYS : LENGTH;
        }
    }

    static Stream<Arguments> features() {
        return Stream.of(
                Arguments.of(new Features(1, false, false, false, false)),
                Arguments.of(new Features(2, false, false, false, false)),
                Arguments.of(new Features(2, true, false, false, false)),
                Arguments.of(new Features(2, true, true, false, true)),
                Arguments.of(new Features(2, false, true, false, false)),
                Arguments.of(new Features(2, false, false, true, false)),
                Arguments.of(new Features(4, false, false, true, true)));
    }

    private static Tensor mask(int keys) {
        long[] values = new long[BATCH * keys];
        // The second row ends with padding.
        Arrays.fill(values, 0, values.length - 1, 1);
        return Tensor.of(values, BATCH, keys);
    }

    private static Drawn drawn(Features features) {
        Map<String, Tensor> given = new LinkedHashMap<>();
        given.put("x", Graphs.random(1, BATCH, LENGTH, WIDTH));
        if (features.cross) {
            given.put("memory", Graphs.random(2, BATCH, KEYS, 5));
        }
        if (features.masked) {
            given.put("mask", mask(features.keys()));
        }
        return Drawn.of(
                Mode.TRAINING, (scope, in) -> NamedValues.of("y", scope.apply(features.layer(in), in.get("x"))), given);
    }

    @ParameterizedTest
    @MethodSource("features")
    void followsTheFormula(Features features) {
        Drawn drawn = drawn(features);

        double[] found = drawn.output().toDoubleArray();

        double[] expected = expected(drawn, features);
        assertThat(found).containsExactly(expected, within(1e-10));
    }

    private static double[] expected(Drawn drawn, Features features) {
        String source = features.cross ? "memory" : "x";
        double[][] q = turned(dense(drawn, "query", "x", WIDTH), features, LENGTH);
        double[][] k = turned(dense(drawn, "key", source, features.cross ? 5 : WIDTH), features, features.keys());
        double[][] v = dense(drawn, "value", source, features.cross ? 5 : WIDTH);
        double[][] mixed = new double[BATCH * LENGTH][WIDTH];
        int size = WIDTH / features.heads;
        for (int n = 0; n < BATCH; n++) {
            for (int head = 0; head < features.heads; head++) {
                for (int t = 0; t < LENGTH; t++) {
                    double[] weights = new double[features.keys()];
                    for (int s = 0; s < weights.length; s++) {
                        for (int i = head * size; i < (head + 1) * size; i++) {
                            weights[s] += q[n * LENGTH + t][i] * k[n * features.keys() + s][i] / Math.sqrt(size);
                        }
                        boolean hidden = features.masked && drawn.input("mask")[n * features.keys() + s] == 0;
                        weights[s] = hidden || (features.causal && s > t) ? 0 : Math.exp(weights[s]);
                    }
                    double sum = Arrays.stream(weights).sum();
                    for (int s = 0; s < weights.length; s++) {
                        for (int i = head * size; i < (head + 1) * size; i++) {
                            mixed[n * LENGTH + t][i] += weights[s] / sum * v[n * features.keys() + s][i];
                        }
                    }
                }
            }
        }
        return Arrays.stream(product(drawn, "output", mixed))
                .flatMapToDouble(Arrays::stream)
                .toArray();
    }

    private static double[][] dense(Drawn drawn, String name, String input, int in) {
        double[] flat = drawn.input(input);
        double[][] rows = new double[flat.length / in][];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = Arrays.copyOfRange(flat, i * in, (i + 1) * in);
        }
        return product(drawn, name, rows);
    }

    private static double[][] product(Drawn drawn, String name, double[][] rows) {
        double[] w = drawn.input("attention_1/" + name + "_1/weight");
        double[] b = drawn.input("attention_1/" + name + "_1/bias");
        double[][] result = new double[rows.length][];
        for (int i = 0; i < rows.length; i++) {
            result[i] = b.clone();
            for (int out = 0; out < b.length; out++) {
                for (int k = 0; k < rows[i].length; k++) {
                    result[i][out] += rows[i][k] * w[k * b.length + out];
                }
            }
        }
        return result;
    }

    /** Pairs of each head turned by the angle of their position, as complex numbers. */
    private static double[][] turned(double[][] rows, Features features, int length) {
        if (!features.rotary) {
            return rows;
        }
        int size = WIDTH / features.heads;
        double[][] turned = new double[rows.length][WIDTH];
        for (int row = 0; row < rows.length; row++) {
            for (int head = 0; head < features.heads; head++) {
                for (int pair = 0; pair < size / 2; pair++) {
                    double angle = row % length * Math.pow(10_000, -2.0 * pair / size);
                    int a = head * size + pair;
                    int b = a + size / 2;
                    turned[row][a] = rows[row][a] * Math.cos(angle) - rows[row][b] * Math.sin(angle);
                    turned[row][b] = rows[row][a] * Math.sin(angle) + rows[row][b] * Math.cos(angle);
                }
            }
        }
        return turned;
    }

    @ParameterizedTest
    @MethodSource("features")
    void gradientsAgreeWithCentralDifferences(Features features) {
        drawn(features).checkGradients();
    }

    /** Another later element changes no earlier output: in attention, in a whole decoder block, and with a length of the run. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void causalAttentionHidesTheFuture(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        UnaryOperator<Attention> features = random.nextBoolean() ? Attention::withRotary : each -> each;
        Layer attention = features.apply(Layers.attention(2).causalOnly());
        Layer block = Layers.transformer(6, features.apply(Layers.attention(2).causalOnly()));
        for (Layer layer : new Layer[] {attention, Layers.sequential(block, block)}) {
            Tensor x = Graphs.random(seed, 1, 6, WIDTH);
            int changed = 1 + random.nextInt(5);
            double[] values = x.toDoubleArray();
            for (int i = changed * WIDTH; i < values.length; i++) {
                values[i] += 100 * random.nextDouble();
            }

            double[] before = outputOf(layer, x, null);
            double[] after = outputOf(layer, Tensor.of(values, 1, 6, WIDTH), null);
            double[] open = outputOf(layer, x, Shape.symbolic("batch", "time", WIDTH));

            int kept = changed * WIDTH;
            assertThat(Arrays.copyOf(after, kept))
                    .as("outputs before place %d", changed)
                    .containsExactly(Arrays.copyOf(before, kept));
            assertThat(Arrays.copyOfRange(after, kept, kept + WIDTH))
                    .isNotEqualTo(Arrays.copyOfRange(before, kept, kept + WIDTH));
            assertThat(open).containsExactly(before, within(1e-12));
        }
    }

    private static double[] outputOf(Layer layer, Tensor x, @Nullable Shape declared) {
        Drawn values = Drawn.of(layer, x);
        GraphBuilder builder = new GraphBuilder("masked");
        Value input = builder.input("x", DataType.FLOAT64, declared == null ? x.shape() : declared);
        Applied applied = Network.sequential(layer)
                .apply(
                        builder,
                        NamedValues.of("input", input),
                        Mode.INFERENCE,
                        each -> builder.constant(
                                each.name(), Tensor.of(DataType.FLOAT64, values.input(each.name()), each.shape())));
        builder.output("y", applied.outputs().first());
        return Graphs.run(builder.build(), Map.of("x", x)).get("y").toDoubleArray();
    }

    @Test
    void paddingChangesNothing() {
        Tensor x = Graphs.random(4, BATCH, LENGTH, WIDTH);
        double[] changed = x.toDoubleArray();
        // The last element of the second row is padding.
        Arrays.fill(changed, changed.length - WIDTH, changed.length, 1000);
        for (Tensor mask : new Tensor[] {
            mask(LENGTH),
            Tensor.of(new boolean[] {true, true, true, true, true, true, true, false})
                    .reshape(Shape.of(2, 4)),
            Tensor.of(new long[] {1, 1, 1, 1, 1, 1, 1, 0}, 2, 4)
        }) {
            double[] before = masked(x, mask);
            double[] after = masked(Tensor.of(changed, BATCH, LENGTH, WIDTH), mask);

            int kept = before.length - WIDTH;
            assertThat(Arrays.copyOf(after, kept)).containsExactly(Arrays.copyOf(before, kept), within(1e-12));
        }
    }

    @Test
    void whereAllIsPaddingNothingBreaks() {
        double[] found = masked(Graphs.random(4, BATCH, LENGTH, WIDTH), Tensor.of(new long[8], 2, 4));

        assertThat(Arrays.stream(found).boxed()).allMatch(Double::isFinite);
    }

    private static double[] masked(Tensor x, Tensor mask) {
        return Drawn.of(
                        Mode.INFERENCE,
                        (scope, in) -> NamedValues.of(
                                "y", scope.apply(Layers.attention(2).masked(in.get("mask")), in.get("x"))),
                        Map.of("x", x, "mask", mask))
                .output()
                .toDoubleArray();
    }

    @Test
    void dropoutDropsWeightsInTrainingOnly() {
        Tensor x = Graphs.random(1, BATCH, LENGTH, WIDTH);
        Layer layer = Layers.attention(2).withDropout(0.5);

        double[] plain = Drawn.of(Layers.attention(2), x).output().toDoubleArray();

        assertThat(Drawn.of(layer, x).output().toDoubleArray()).containsExactly(plain, within(1e-12));
        assertThat(Drawn.of(Mode.TRAINING, layer, x).output().toDoubleArray()).isNotEqualTo(plain);
        Drawn.of(Mode.TRAINING, layer, x).checkGradients();
    }

    @Test
    void parametersAreCountedByHand() {
        // Four layers of 8·8 + 8, and for the block two norms of 2·8, and 8·32 + 32 and 32·8 + 8.
        assertThat(ConvolutionTest.total(Layers.attention(2), 5, 8)).isEqualTo(288);
        assertThat(ConvolutionTest.total(Layers.encoder(2, 32), 5, 8)).isEqualTo(288 + 32 + 552);
    }

    @Test
    void mistakesAreNamed() {
        Tensor x = Graphs.random(1, BATCH, LENGTH, WIDTH);
        assertThatThrownBy(() -> Drawn.of(Layers.attention(3), x))
                .isInstanceOf(ShapeMismatchException.class)
                .hasMessage(
                        "layer attention_1 does not fit its input: got [2, 4, 4], expected [batch, length, a multiple of"
                                + " 3]; choose a number of heads that divides the width");
        assertThatThrownBy(() -> Drawn.of(Layers.attention(2), Graphs.random(1, 2, 4)))
                .hasMessageStartingWith(
                        "layer attention_1 does not fit its input: got [2, 4], expected [batch, length,");
        assertThatThrownBy(() -> masked(x, Tensor.of(new long[10], 2, 5)))
                .hasMessage(
                        "layer attention_1 does not fit its input: got int64 [2, 5], expected a mask [batch, 4]; give"
                                + " masked(…) one value for each place that is seen");
        assertThatThrownBy(() -> Drawn.of(
                        Mode.INFERENCE,
                        (scope, in) -> NamedValues.of(
                                "y", scope.apply(Layers.attention(2).over(in.get("m")), in.get("x"))),
                        Map.of("x", x, "m", Graphs.random(1, 2, 4))))
                .hasMessage(
                        "layer attention_1 does not fit its input: got [2, 4], expected a memory [batch, keys, size];"
                                + " give over(…) a sequence of vectors");
        assertThatThrownBy(() -> Drawn.of(Layers.attention(4).withRotary(), x))
                .hasMessageStartingWith(
                        "layer attention_1 does not fit its input: got [2, 4, 4, 1], expected an even size");
        Value memory = new GraphBuilder("memory").input("m", DataType.FLOAT32, Shape.of(1, 2, 3));
        ConvolutionTest.refused(() -> Layers.attention(0), "heads: 0");
        ConvolutionTest.refused(() -> Layers.attention(1).withDropout(1), "dropout: 1.0");
        ConvolutionTest.refused(
                () -> Layers.attention(1).causalOnly().over(memory),
                "memory: set (expected: none where causal, as a memory has no future)");
        ConvolutionTest.refused(
                () -> Layers.attention(1).withRotary().over(memory), "memory: set (expected: none where rotary");
    }
}
