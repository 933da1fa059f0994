package io.maas.training.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.maas.backend.Backend;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.backend.onnxruntime.OnnxRuntimeBackend;
import io.maas.backend.tck.ReferenceBackend;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.training.Graphs;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DropoutTest {
    private static Graph graph(Layer layer, Shape shape) {
        GraphBuilder builder = new GraphBuilder("random");
        Value x = builder.input("x", DataType.FLOAT32, shape);
        Applied applied = Network.of(layer).apply(builder, NamedValues.of("input", x), Mode.TRAINING, each -> {
            throw new AssertionError(each);
        });
        builder.output("y", applied.outputs().first());
        return builder.build();
    }

    private static float[] run(Backend backend, Graph graph, long seed, long... shape) {
        float[] ones = new float[Math.toIntExact(Shape.of(shape).elements())];
        Arrays.fill(ones, 1);
        try (Program program = backend.compile(graph, ProgramOptions.training().withThreads(1))) {
            return program.run(Tensors.of("x", Tensor.of(ones, shape), Writing.SEED, Tensor.scalar(seed)))
                    .get("y")
                    .toFloatArray();
        }
    }

    private static float[] run(Layer layer, long seed, long... shape) {
        return run(new ReferenceBackend(), graph(layer, Shape.of(shape)), seed, shape);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.1, 0.5, 0.9})
    void elementsAreDroppedOrScaled(double rate) {
        float[] found = run(Layers.dropout(rate), 3, 100, 80);

        float scaled = (float) (1 / (1 - rate));
        long kept = IntStream.range(0, found.length).filter(i -> found[i] != 0).count();
        for (float each : found) {
            assertThat(each).isIn(0f, scaled);
        }
        // 8000 draws: five deviations.
        assertThat(kept)
                .isCloseTo(Math.round(8000 * (1 - rate)), within(Math.round(5 * Math.sqrt(8000 * rate * (1 - rate)))));
    }

    /** Rows, columns, seeds and places of the network are as good as independent: they agree in about half of the places. */
    @ParameterizedTest
    @ValueSource(longs = {0, 1, -1, 1L << 40, Long.MIN_VALUE, 6364136223846793005L})
    void nothingRepeats(long seed) {
        Layer twice = (scope, x) -> {
            Value first = scope.apply(Layers.dropout(0.5), x);
            Value second = scope.apply(Layers.dropout(0.5), x);
            return scope.graph().add(first, scope.graph().mul(second, 2));
        };
        int rows = 96;
        int columns = 128;
        float[] both = run(twice, seed, rows, columns);
        float[] next = run(Layers.dropout(0.5), seed + 1, rows, columns);

        boolean[] first = new boolean[both.length];
        boolean[] second = new boolean[both.length];
        int otherPlace = 0;
        int otherSeed = 0;
        for (int i = 0; i < both.length; i++) {
            first[i] = both[i] == 2 || both[i] == 6;
            second[i] = both[i] >= 4;
            otherPlace += first[i] == second[i] ? 1 : 0;
            otherSeed += first[i] == next[i] > 0 ? 1 : 0;
        }
        // Six deviations of √n / 2, for some ten thousand pairs a seed.
        assertThat(otherPlace).isCloseTo(rows * columns / 2, within((int) (3 * Math.sqrt(rows * columns))));
        assertThat(otherSeed).isCloseTo(rows * columns / 2, within((int) (3 * Math.sqrt(rows * columns))));
        for (int a = 0; a < rows; a++) {
            for (int b = 0; b < a; b++) {
                int same = 0;
                for (int j = 0; j < columns; j++) {
                    same += first[a * columns + j] == first[b * columns + j] ? 1 : 0;
                }
                assertThat(same).as("rows %d and %d", a, b).isCloseTo(64, within((int) (3 * Math.sqrt(columns))));
            }
        }
        for (int a = 0; a < columns; a++) {
            for (int b = 0; b < a; b++) {
                int same = 0;
                for (int i = 0; i < rows; i++) {
                    same += first[i * columns + a] == first[i * columns + b] ? 1 : 0;
                }
                assertThat(same).as("columns %d and %d", a, b).isCloseTo(48, within((int) (3 * Math.sqrt(rows))));
            }
        }
    }

    @Test
    void theSeedDecidesOnEveryEngine() {
        for (Shape shape : new Shape[] {
            Shape.symbolic("batch", 7),
            Shape.symbolic("batch", 3, 5),
            Shape.symbolic("batch", "time", 4),
            Shape.symbolic("batch", "time", "other"),
            Shape.symbolic("batch")
        }) {
            Graph graph = graph(Layers.dropout(0.4), shape);
            long[] sizes =
                    shape.rank() == 1 ? new long[] {6} : shape.rank() == 2 ? new long[] {6, 7} : new long[] {6, 3, 5};
            sizes[sizes.length - 1] = shape.size(-1) == Shape.VARIABLE ? sizes[sizes.length - 1] : shape.size(-1);

            float[] once = run(new ReferenceBackend(), graph, 11, sizes);

            assertThat(run(new ReferenceBackend(), graph, 11, sizes)).isEqualTo(once);
            assertThat(run(new OnnxRuntimeBackend(), graph, 11, sizes))
                    .as("%s", shape)
                    .isEqualTo(once);
            assertThat(run(new ReferenceBackend(), graph, 12, sizes)).isNotEqualTo(once);
            assertThat(graph.output("y").shape()).isEqualTo(shape);
        }
    }

    @Test
    void uniformNumbersFillTheirRange() {
        Layer noise = (scope, x) -> scope.uniform(x);

        float[] found = run(noise, 5, 200, 100);

        int[] tenths = new int[10];
        for (float each : found) {
            assertThat(each).isBetween(0f, 1f);
            tenths[Math.min(9, (int) (10 * each))]++;
        }
        // Of 20,000 draws 2000 in each tenth, with a deviation of 42.
        assertThat(Arrays.stream(tenths).boxed())
                .allSatisfy(count -> assertThat(count).isBetween(1790, 2210));
        assertThat(run(new OnnxRuntimeBackend(), graph(noise, Shape.of(200, 100)), 5, 200, 100))
                .isEqualTo(found);
    }

    @Test
    void inferenceDropsNothing() {
        Tensor x = Graphs.random(1, 3, 4);
        Drawn drawn = Drawn.of(Layers.dropout(0.5), x);

        assertThat(drawn.output()).isEqualTo(x);
        assertThat(drawn.applied.seed()).isNull();
        assertThat(Drawn.of(Mode.TRAINING, Layers.dropout(0), x).applied.seed()).isNull();
        assertThat(Drawn.of(Mode.TRAINING, Layers.frozen(Layers.dropout(0.5)), x)
                        .output())
                .isEqualTo(x);
        assertThatThrownBy(() -> Drawn.of((scope, value) -> scope.uniform(value), x))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("random numbers in layer layer_1: asked for in inference (expected: only where"
                        + " scope.training())");
    }

    @Test
    void gradientsAgreeWithCentralDifferences() {
        Layer layer = Layers.sequential(Layers.dense(5), Layers.dropout(0.5), Layers.dense(2));

        Drawn.of(Mode.TRAINING, layer, Graphs.random(3, 4, 3)).checkGradients();
    }

    @Test
    void rateIsChecked() {
        ConvolutionTest.refused(() -> Layers.dropout(1), "rate: 1.0 (expected: 0.0 <= rate < 1.0)");
        ConvolutionTest.refused(() -> Layers.dropout(-0.1), "rate: -0.1");
    }
}
