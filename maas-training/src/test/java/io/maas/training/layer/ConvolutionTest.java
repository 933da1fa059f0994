package io.maas.training.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
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
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ConvolutionTest {
    static Stream<Arguments> differentiable() {
        return Stream.of(
                Arguments.of("conv of one axis", Layers.conv(2, 3).dilation(2), new long[] {2, 2, 6}),
                Arguments.of(
                        "conv of two axes",
                        Layers.conv(4, 3, 2).stride(2).padding(Padding.same()).groups(2),
                        new long[] {2, 2, 4, 3}),
                Arguments.of("conv of three axes", Layers.conv(2, 2, 1, 2).withoutBias(), new long[] {1, 2, 3, 2, 2}),
                Arguments.of(
                        "convTranspose",
                        Layers.convTranspose(2, 3, 2)
                                .stride(2)
                                .padding(Padding.of(1, 0))
                                .longer(1, 0),
                        new long[] {1, 2, 2, 3}),
                Arguments.of("separable", Layers.separable(3, 3, 3), new long[] {2, 2, 3, 4}),
                Arguments.of("depthwise", Layers.depthwise(2).multiplier(2).dilation(2), new long[] {2, 2, 4}),
                Arguments.of("maxPool", Layers.maxPool(2, 2), new long[] {2, 1, 4, 4}),
                Arguments.of(
                        "averagePool", Layers.averagePool(3).stride(2).padding(Padding.same()), new long[] {2, 2, 5}),
                Arguments.of("globalMaxPool", Layers.globalMaxPool(), new long[] {2, 2, 3, 2}),
                Arguments.of("globalAveragePool", Layers.globalAveragePool(), new long[] {2, 2, 3}));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("differentiable")
    void gradientsAgreeWithCentralDifferences(String name, Layer layer, long[] shape) {
        Drawn.of(layer, Graphs.random(21, shape)).checkGradients();
    }

    @Test
    void globalPoolsLeaveOneNumberAChannel() {
        Tensor x = Graphs.random(5, 2, 3, 2, 4);

        double[] mean = Drawn.of(Layers.globalAveragePool(), x).output().toDoubleArray();
        double[] most = Drawn.of(Layers.globalMaxPool(), x).output().toDoubleArray();

        double[] values = x.toDoubleArray();
        for (int i = 0; i < 6; i++) {
            double[] channel = Arrays.copyOfRange(values, 8 * i, 8 * i + 8);
            assertThat(mean[i]).isCloseTo(Arrays.stream(channel).average().orElseThrow(), within(1e-12));
            assertThat(most[i]).isEqualTo(Arrays.stream(channel).max().orElseThrow());
        }
        assertThat(mean).hasSize(6);
    }

    @Test
    void separableIsDepthwiseThenPointwise() {
        Tensor x = Graphs.random(3, 1, 2, 5);
        Drawn drawn = Drawn.of(Layers.separable(3, 3), x);

        double[] found = drawn.output().toDoubleArray();

        double[] in = x.toDoubleArray();
        double[] depth = drawn.input("separable_1/depthwise_1/weight");
        double[] depthBias = drawn.input("separable_1/depthwise_1/bias");
        double[] point = drawn.input("separable_1/conv_1/weight");
        double[] pointBias = drawn.input("separable_1/conv_1/bias");
        for (int out = 0; out < 3; out++) {
            for (int p = 0; p < 5; p++) {
                double expected = pointBias[out];
                for (int channel = 0; channel < 2; channel++) {
                    double inner = depthBias[channel];
                    for (int k = 0; k < 3; k++) {
                        int from = p + k - 1;
                        inner += from < 0 || from > 4 ? 0 : depth[3 * channel + k] * in[5 * channel + from];
                    }
                    expected += point[2 * out + channel] * inner;
                }
                assertThat(found[5 * out + p]).isCloseTo(expected, within(1e-12));
            }
        }
    }

    @Test
    void samePaddingFollowsSizesThatOnlyTheRunShows() {
        Tensor x = Graphs.random(9, 1, 2, 5, 7);
        Layer layer = Layers.conv(2, 3, 4).stride(2).padding(Padding.same());
        GraphBuilder builder = new GraphBuilder("open");
        Value open = builder.input("x", DataType.FLOAT64, Shape.symbolic("batch", 2, "height", "width"));
        Drawn fixed = Drawn.of(layer, x);
        Applied applied = Network.of(layer)
                .apply(
                        builder,
                        NamedValues.of("input", open),
                        Mode.INFERENCE,
                        each -> builder.constant(
                                each.name(),
                                Tensor.of(DataType.FLOAT64, fixed.input("conv_1/" + each.name()), each.shape())));
        builder.output("y", applied.outputs().first());

        Tensor found = Graphs.run(builder.build(), Map.of("x", x)).get("y");

        assertThat(found.shape()).isEqualTo(Shape.of(1, 2, 3, 4));
        assertThat(found.toDoubleArray()).containsExactly(fixed.output().toDoubleArray(), within(1e-12));
    }

    @Test
    void parametersAreCountedByHand() {
        // 8·(3/1)·3·3 + 8, 4·2·5, 3·(8/1)·2·2 + 8, and 3·9 + 3 for each channel, then 8·3 + 8.
        assertThat(total(Layers.conv(8, 3, 3), 3, 9, 9)).isEqualTo(224);
        assertThat(total(Layers.conv(4, 5).groups(2).withoutBias(), 4, 9)).isEqualTo(40);
        assertThat(total(Layers.convTranspose(8, 2, 2), 3, 4, 4)).isEqualTo(104);
        assertThat(total(Layers.separable(8, 3, 3), 3, 9, 9)).isEqualTo(62);
        assertThat(total(Layers.maxPool(2, 2), 3, 4, 4)).isZero();
    }

    /** The number of parameters that the summary names. */
    static long total(Layer layer, long... row) {
        Matcher total =
                Pattern.compile("total +([0-9,]+)").matcher(Network.of(layer).summary(Shape.of(row)));
        assertThat(total.find()).isTrue();
        return Long.parseLong(total.group(1).replace(",", ""));
    }

    @Test
    void firstWeightsAreScaledByAllThatActsOnAnOutput() {
        Layer layer = Layers.conv(64, 3, 3).groups(2).withWeight(Initializer.heNormal());
        GraphBuilder builder = new GraphBuilder("scaled");
        NamedValues input =
                NamedValues.of("input", builder.input("x", DataType.FLOAT32, Shape.symbolic("batch", 64, 8, 8)));
        Parameter weight = Network.of(layer)
                .apply(builder, input, Mode.TRAINING, each -> builder.input(each.name(), each.dataType(), each.shape()))
                .parameters()
                .keySet()
                .iterator()
                .next();

        double[] values = weight.initializer().values(weight.shape(), new java.util.SplittableRandom(4));

        double variance = Arrays.stream(values).map(v -> v * v).average().orElseThrow();
        // 18,432 values: a relative deviation of √(2 / 18432), about 1 %.
        assertThat(variance).isCloseTo(2.0 / (32 * 9), within(0.05 * 2 / (32 * 9)));
    }

    @Test
    void inputsThatDoNotFitAreNamed() {
        assertThatThrownBy(() -> Drawn.of(Layers.conv(2, 3, 3), Graphs.random(1, 2, 3, 4)))
                .isInstanceOf(ShapeMismatchException.class)
                .hasMessage(
                        "layer conv_1 does not fit its input: got [2, 3, 4], expected [batch, channels, size, size];"
                                + " give rows their channels first, as reshape(…) and permute(…) do, and the kernel one size for"
                                + " each spatial axis");
        assertThatThrownBy(() -> Drawn.of(Layers.conv(4, 3).groups(2), Graphs.random(1, 2, 3, 4)))
                .hasMessage(
                        "layer conv_1 does not fit its input: got [2, 3, 4], expected [batch, a multiple of 2, size];"
                                + " choose a number of groups that divides the channels");
        assertThatThrownBy(() -> Drawn.of(Layers.conv(2, 3).dilation(2), Graphs.random(1, 2, 3, 4)))
                .hasMessage(
                        "layer conv_1 does not fit its input: got [2, 3, 4], expected sizes of at least the kernel's"
                                + " [3], dilation [2] and padding counted; pad it with padding(Padding.same()), or make the kernel"
                                + " or the pools before it smaller");
        assertThatThrownBy(() -> Drawn.of(Layers.maxPool(5), Graphs.random(1, 2, 3, 4)))
                .hasMessageStartingWith(
                        "layer maxPool_1 does not fit its input: got [2, 3, 4], expected sizes of at least"
                                + " the kernel's [5]");
        assertThatThrownBy(() -> Drawn.of(Layers.globalMaxPool(), Graphs.random(1, 2, 3)))
                .hasMessage(
                        "layer globalMaxPool_1 does not fit its input: got [2, 3], expected [batch, channels, size…];"
                                + " leave the pool out, or the flatten() before it");
    }

    @Test
    void settingsAreChecked() {
        refused(() -> Layers.conv(2), "kernel: [] (expected: one size for each of 1 to 3 spatial axes)");
        refused(() -> Layers.conv(2, 1, 1, 1, 1), "kernel: [1, 1, 1, 1] (expected: one size");
        refused(() -> Layers.conv(0, 3), "channels: 0 (expected: channels > 0)");
        refused(() -> Layers.conv(2, 0), "kernel: 0 (expected: kernel > 0)");
        refused(() -> Layers.conv(2, 3).stride(0), "stride: 0 (expected: stride > 0)");
        refused(
                () -> Layers.conv(2, 3).stride(1, 2),
                "stride: [1, 2] (expected: one number for all spatial axes, or one for each of 1)");
        refused(() -> Layers.conv(2, 3).dilation(-1), "dilation: -1");
        refused(() -> Layers.conv(3, 3).groups(2), "channels: 3 (expected: a multiple of groups 2)");
        refused(() -> Padding.of(-1), "padding: -1 (expected: padding >= 0)");
        refused(() -> new Padding(false, List.of(1), List.of()), "after: [] (expected: as many numbers as before [1])");
        refused(() -> new Padding(true, List.of(1), List.of(1)), "before: [1] (expected: none");
        refused(() -> Layers.conv(2, 3).padding(Padding.of(1, 1)), "padding: [1, 1] (expected: one number for all");
        refused(() -> Layers.convTranspose(2, 3).longer(1), "more: [1] (expected: numbers from 0 to below");
        refused(() -> Layers.convTranspose(2, 3).longer(1, 1), "more: [1, 1] (expected: one number for each of 1");
        refused(() -> Layers.depthwise(3).multiplier(0), "multiplier: 0");
    }

    static void refused(org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String message) {
        assertThatIllegalArgumentException().isThrownBy(call).withMessageStartingWith(message);
    }
}
