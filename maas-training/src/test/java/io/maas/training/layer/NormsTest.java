package io.maas.training.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.maas.error.GraphException;
import io.maas.tensor.Tensor;
import io.maas.training.Graphs;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class NormsTest {
    /** Mean and variance of the elements whose places are chosen. */
    private static double[] moments(double[] x, IntPredicate chosen) {
        double[] some = IntStream.range(0, x.length)
                .filter(chosen)
                .mapToDouble(i -> x[i])
                .toArray();
        double mean = 0;
        for (double each : some) {
            mean += each / some.length;
        }
        double variance = 0;
        for (double each : some) {
            variance += (each - mean) * (each - mean) / some.length;
        }
        return new double[] {mean, variance};
    }

    @Test
    void batchNormTakesTheStatisticsOfTheBatchInTraining() {
        Tensor x = Graphs.random(1, 4, 3, 5);
        Drawn drawn = Drawn.of(Mode.TRAINING, Layers.batchNorm(0.75, 1e-3), x);

        double[] found = drawn.output().toDoubleArray();

        double[] in = x.toDoubleArray();
        double[] mean = drawn.outputs().get("batchNorm_1/mean/next").toDoubleArray();
        double[] variance = drawn.outputs().get("batchNorm_1/variance/next").toDoubleArray();
        for (int channel = 0; channel < 3; channel++) {
            int c = channel;
            double[] now = moments(in, i -> i / 5 % 3 == c);
            for (int i = 0; i < in.length; i++) {
                if (i / 5 % 3 == c) {
                    double expected = (in[i] - now[0]) / Math.sqrt(now[1] + 1e-3) * drawn.input("batchNorm_1/scale")[c]
                            + drawn.input("batchNorm_1/bias")[c];
                    assertThat(found[i]).isCloseTo(expected, within(1e-6));
                }
            }
            assertThat(mean[c]).isCloseTo(0.75 * drawn.input("batchNorm_1/mean")[c] + 0.25 * now[0], within(1e-12));
            assertThat(variance[c])
                    .isCloseTo(0.75 * drawn.input("batchNorm_1/variance")[c] + 0.25 * now[1], within(1e-12));
        }
    }

    @Test
    void batchNormTakesRunningStatisticsInInference() {
        Tensor x = Graphs.random(1, 4, 3);
        Drawn drawn = Drawn.of(Layers.batchNorm(), x);

        double[] found = drawn.output().toDoubleArray();

        double[] in = x.toDoubleArray();
        for (int i = 0; i < in.length; i++) {
            int c = i % 3;
            double expected = (in[i] - drawn.input("batchNorm_1/mean")[c])
                            / Math.sqrt(drawn.input("batchNorm_1/variance")[c] + 1e-5)
                            * drawn.input("batchNorm_1/scale")[c]
                    + drawn.input("batchNorm_1/bias")[c];
            assertThat(found[i]).isCloseTo(expected, within(1e-6));
        }
        assertThat(drawn.applied.updates()).isEmpty();
        assertThat(drawn.applied.seed()).isNull();
    }

    @Test
    void aSharedBatchNormCarriesItsStatisticsOnFromPlaceToPlace() {
        Layer norm = Layers.shared("norm", Layers.batchNorm(0.5, 1e-5));
        Tensor first = Graphs.random(1, 4, 2);
        Tensor second = Graphs.random(2, 4, 2);

        Drawn drawn = Drawn.of(
                Mode.TRAINING,
                (scope, in) -> NamedValues.of("a", scope.apply(norm, in.get("first")))
                        .and("b", scope.apply(norm, in.get("second"))),
                Map.of("first", first, "second", second));

        double[] mean = drawn.outputs().get("norm/mean/next").toDoubleArray();
        for (int channel = 0; channel < 2; channel++) {
            int c = channel;
            double once = 0.5 * drawn.input("norm/mean")[c] + 0.5 * moments(first.toDoubleArray(), i -> i % 2 == c)[0];
            assertThat(mean[c])
                    .isCloseTo(0.5 * once + 0.5 * moments(second.toDoubleArray(), i -> i % 2 == c)[0], within(1e-12));
        }
        assertThat(drawn.applied.updates()).hasSize(2);
    }

    @Test
    void layerNormAndRmsNormTakeTheLastAxis() {
        Tensor x = Graphs.random(1, 2, 3, 4);
        Drawn layer = Drawn.of(Layers.layerNorm(1e-3), x);
        Drawn rms = Drawn.of(Layers.rmsNorm(1e-3), x);

        double[] in = x.toDoubleArray();
        for (int i = 0; i < in.length; i++) {
            int row = i / 4;
            double[] now = moments(in, j -> j / 4 == row);
            double square = now[1] + now[0] * now[0];
            assertThat(layer.output().toDoubleArray()[i])
                    .isCloseTo(
                            (in[i] - now[0]) / Math.sqrt(now[1] + 1e-3) * layer.input("layerNorm_1/scale")[i % 4]
                                    + layer.input("layerNorm_1/bias")[i % 4],
                            within(1e-6));
            assertThat(rms.output().toDoubleArray()[i])
                    .isCloseTo(in[i] / Math.sqrt(square + 1e-3) * rms.input("rmsNorm_1/scale")[i % 4], within(1e-12));
        }
    }

    @Test
    void groupNormTakesGroupsOfChannels() {
        Tensor x = Graphs.random(1, 2, 4, 3);
        Drawn drawn = Drawn.of(Layers.groupNorm(2), x);

        double[] in = x.toDoubleArray();
        for (int i = 0; i < in.length; i++) {
            int group = i / 6;
            int channel = i / 3 % 4;
            double[] now = moments(in, j -> j / 6 == group);
            double expected = (in[i] - now[0]) / Math.sqrt(now[1] + 1e-5) * drawn.input("groupNorm_1/scale")[channel]
                    + drawn.input("groupNorm_1/bias")[channel];
            assertThat(drawn.output().toDoubleArray()[i]).isCloseTo(expected, within(1e-6));
        }
    }

    static Stream<Arguments> differentiable() {
        return Stream.of(
                Arguments.of(Mode.TRAINING, Layers.batchNorm(), new long[] {4, 3}),
                Arguments.of(Mode.TRAINING, Layers.batchNorm(), new long[] {2, 2, 3}),
                Arguments.of(Mode.INFERENCE, Layers.batchNorm(), new long[] {4, 3}),
                Arguments.of(Mode.TRAINING, Layers.frozen(Layers.batchNorm()), new long[] {4, 3}),
                Arguments.of(Mode.TRAINING, Layers.layerNorm(), new long[] {2, 3, 4}),
                Arguments.of(Mode.TRAINING, Layers.rmsNorm(), new long[] {2, 3, 4}),
                Arguments.of(Mode.TRAINING, Layers.groupNorm(2), new long[] {2, 4, 3}));
    }

    @ParameterizedTest(name = "{1} in {0}")
    @MethodSource("differentiable")
    void gradientsAgreeWithCentralDifferences(Mode mode, Layer layer, long[] shape) {
        Drawn.of(mode, layer, Graphs.random(17, shape)).checkGradients();
    }

    @Test
    void onlyATrainingLayerUpdates() {
        Layer wrong = (scope, x) -> {
            scope.buffer("count", Initializer.zeros());
            scope.update("count", scope.graph().scalar(1, x));
            return x;
        };
        Layer unknown = (scope, x) -> {
            scope.update("nothing", x);
            return x;
        };

        assertThatThrownBy(() -> Drawn.of(wrong, Graphs.random(1, 2, 2)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("update of layer_1/count in layer layer_1: asked for in inference (expected: only where"
                        + " scope.training())");
        assertThat(Drawn.of(Mode.TRAINING, wrong, Graphs.random(1, 2, 2))
                        .applied
                        .updates())
                .hasSize(1);
        assertThatThrownBy(() -> Drawn.of(Mode.TRAINING, unknown, Graphs.random(1, 2, 2)))
                .hasMessage(
                        "update: layer_1/nothing (expected: a buffer that the layer asked for in the same application)");
    }

    @Test
    void mistakesAreNamed() {
        assertThatThrownBy(() -> Drawn.of(Layers.batchNorm(), Graphs.random(1, 3)))
                .hasMessage(
                        "layer batchNorm_1 does not fit its input: got [3], expected [batch, channels, …]; the number of"
                                + " channels has to be known; give the layer before it a size");
        assertThatThrownBy(() -> Drawn.of(Layers.layerNorm(), Graphs.random(1, 3)))
                .hasMessageStartingWith("layer layerNorm_1 does not fit its input: got [3], expected [batch, …, size]");
        assertThatThrownBy(() -> Drawn.of(Layers.groupNorm(2), Graphs.random(1, 2, 3, 2)))
                .hasMessage("layer groupNorm_1 does not fit its input: got [2, 3, 2], expected [batch, a multiple of 2,"
                        + " size…]; choose a number of groups that divides the channels");
        ConvolutionTest.refused(() -> Layers.batchNorm(1, 1e-5), "momentum: 1.0 (expected: 0.0 <= momentum < 1.0)");
        ConvolutionTest.refused(() -> Layers.batchNorm(0.9, 0), "epsilon: 0.0");
        ConvolutionTest.refused(() -> Layers.layerNorm(-1), "epsilon: -1.0");
        ConvolutionTest.refused(() -> Layers.rmsNorm(0), "epsilon: 0.0");
        ConvolutionTest.refused(() -> Layers.groupNorm(0), "groups: 0");
    }

    @Test
    void aParameterIsAskedForOnce() {
        Layer twice = (scope, x) -> scope.graph()
                .add(
                        scope.parameter("weight", Initializer.ones(), 2),
                        scope.parameter("weight", Initializer.ones(), 2));

        assertThatThrownBy(() -> Drawn.of(twice, Graphs.random(1, 2, 2)))
                .isInstanceOf(GraphException.class)
                .hasMessageStartingWith("layer layer_1, given [2, 2]: parameter layer_1/weight is asked for twice");
    }
}
