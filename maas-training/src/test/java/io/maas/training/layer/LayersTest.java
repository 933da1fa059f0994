package io.maas.training.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.maas.error.ShapeMismatchException;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.training.Graphs;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class LayersTest {
    static Stream<Arguments> formulas() {
        return Stream.of(
                formula(Layers.relu(), x -> Math.max(0, x)),
                formula(Layers.leakyRelu(), x -> x >= 0 ? x : 0.01f * x),
                formula(Layers.leakyRelu(0.25), x -> x >= 0 ? x : 0.25 * x),
                formula(Layers.elu(), x -> x > 0 ? x : Math.expm1(x)),
                formula(Layers.elu(0.5), x -> x > 0 ? x : 0.5 * Math.expm1(x)),
                formula(Layers.sigmoid(), x -> 1 / (1 + Math.exp(-x))),
                formula(Layers.tanh(), Math::tanh),
                formula(Layers.softplus(), x -> Math.log1p(Math.exp(x))),
                formula(Layers.gelu(), x -> x * normal(x)),
                formula(Layers.scale(-2.5), x -> -2.5 * x),
                formula(Layers.swish(), x -> x / (1 + Math.exp(-x))),
                formula(Layers.mish(), x -> x * Math.tanh(Math.log1p(Math.exp(x)))),
                formula(Layers.hardSwish(), x -> x * Math.min(1, Math.max(0, x / 6 + 0.5))),
                formula(Layers.selu(), x -> 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x))));
    }

    private static Arguments formula(Layer layer, DoubleUnaryOperator expected) {
        return Arguments.of(layer.name(), layer, expected);
    }

    /** The normal distribution function by Simpson's rule from 0 to x: another way than the error function's. */
    private static double normal(double x) {
        int intervals = 2000;
        double h = x / intervals;
        double sum = 0;
        for (int i = 0; i <= intervals; i++) {
            double weight = i == 0 || i == intervals ? 1 : i % 2 == 1 ? 4 : 2;
            sum += weight * Math.exp(-(i * h) * (i * h) / 2);
        }
        return 0.5 + sum * h / 3 / Math.sqrt(2 * Math.PI);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("formulas")
    void followsItsFormula(String name, Layer layer, DoubleUnaryOperator expected) {
        Tensor x = Graphs.random(7, 3, 5);
        Drawn drawn = Drawn.of(layer, x);

        double[] found = drawn.output().toDoubleArray();

        double[] inputs = x.toDoubleArray();
        for (int i = 0; i < inputs.length; i++) {
            assertThat(found[i])
                    .as("%s(%s)", name, inputs[i])
                    .isCloseTo(expected.applyAsDouble(inputs[i]), within(1e-7));
        }
    }

    static Stream<Arguments> differentiable() {
        return Stream.concat(
                formulas().map(each -> Arguments.of(each.get()[0], each.get()[1], new long[] {3, 5})),
                Stream.of(
                        Arguments.of("softmax", Layers.softmax(), new long[] {3, 5}),
                        Arguments.of("flatten", Layers.flatten(), new long[] {2, 3, 2}),
                        Arguments.of("dense", Layers.dense(5, 4), new long[] {3, 5}),
                        Arguments.of("dense of one row", Layers.dense(5, 4), new long[] {1, 5}),
                        Arguments.of("dense over three axes", Layers.dense(4), new long[] {2, 3, 5}),
                        Arguments.of("deep", deep(), new long[] {3, 5})));
    }

    private static Layer deep() {
        return Layers.sequential(Layers.dense(6), Layers.tanh(), Layers.sequential(Layers.dense(3), Layers.gelu()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("differentiable")
    void gradientsAgreeWithCentralDifferences(String name, Layer layer, long[] shape) {
        Drawn drawn = Drawn.of(layer, Graphs.random(11, shape));

        drawn.checkGradients();
    }

    @Test
    void softmaxSharesOneAmongTheLastAxis() {
        double[] found = Drawn.of(Layers.softmax(), Tensor.of(new double[] {0, 1, 1000, -1000}, 2, 2))
                .output()
                .toDoubleArray();

        double e = Math.exp(1);
        assertThat(found).containsExactly(new double[] {1 / (1 + e), e / (1 + e), 1, 0}, within(1e-12));
    }

    @Test
    void denseIsMatrixProductPlusBias() {
        Tensor x = Graphs.random(3, 2, 3);
        Drawn drawn = Drawn.of(Layers.dense(3, 2), x);

        double[] found = drawn.output().toDoubleArray();

        double[] w = drawn.input("dense_1/weight");
        double[] b = drawn.input("dense_1/bias");
        double[] in = x.toDoubleArray();
        for (int row = 0; row < 2; row++) {
            for (int out = 0; out < 2; out++) {
                double expected = b[out];
                for (int k = 0; k < 3; k++) {
                    expected += in[3 * row + k] * w[2 * k + out];
                }
                assertThat(found[2 * row + out]).isCloseTo(expected, within(1e-12));
            }
        }
    }

    @Test
    void denseOverThreeAxesIsTheSameAtEachPlace() {
        Tensor x = Graphs.random(5, 2, 3, 4);

        double[] threeAxes = Drawn.of(Layers.dense(4, 2), x).output().toDoubleArray();
        double[] twoAxes =
                Drawn.of(Layers.dense(4, 2), x.reshape(Shape.of(6, 4))).output().toDoubleArray();

        assertThat(threeAxes).containsExactly(twoAxes, within(1e-12));
    }

    @Test
    void denseSaysWhatDoesNotFit() {
        assertThatThrownBy(() -> Drawn.of(Layers.dense(4, 2), Graphs.random(1, 3, 5)))
                .isInstanceOf(ShapeMismatchException.class)
                .hasMessage("layer dense_1 does not fit its input: got [3, 5], expected [batch, 4]; make the sizes of"
                        + " neighbouring layers equal, or leave out the first to have it inferred");
        assertThatThrownBy(() -> Drawn.of(Layers.dense(2), Graphs.random(1, 3)))
                .hasMessageStartingWith("layer dense_1 does not fit its input: got [3], expected [batch, features]");
    }

    @Test
    void settingsAreChecked() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Layers.dense(0, 2))
                .withMessage("in: 0 (expected: in > 0)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Layers.dense(2, 0))
                .withMessage("out: 0 (expected: out > 0)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Layers.leakyRelu(1))
                .withMessageStartingWith("slope: 1.0");
        assertThatIllegalArgumentException().isThrownBy(() -> Layers.elu(0)).withMessageStartingWith("alpha: 0.0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Layers.scale(Double.NaN))
                .withMessageStartingWith("factor: NaN");
        assertThatIllegalArgumentException().isThrownBy(Layers::sequential).withMessageStartingWith("layers: 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Layers.named("a b", Layers.relu()))
                .withMessageStartingWith("name: ");
    }
}
