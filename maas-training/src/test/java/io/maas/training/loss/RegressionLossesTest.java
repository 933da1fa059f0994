package io.maas.training.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.maas.tensor.Tensor;
import io.maas.train.Loss;
import java.util.function.DoubleBinaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Losses of numbers against their definitions, written once more in plain Java. */
class RegressionLossesTest {
    private static void check(Loss loss, Tensor y, Tensor t, DoubleBinaryOperator term) {
        double[] predictions = y.toDoubleArray();
        double[] targets = t.toDoubleArray();
        double sum = 0;
        for (int i = 0; i < predictions.length; i++) {
            sum += term.applyAsDouble(predictions[i], targets[i]);
        }
        LossCase.of(loss, y, t).isCloseTo(sum / predictions.length);
    }

    @ParameterizedTest
    @CsvSource({"1, 0.5", "2, 3", "3, 100"})
    void lossesOfNumbersAreTheirDefinitions(long seed, double size) {
        Tensor y = LossCase.uniform(seed, -size, size, 4, 5);
        Tensor t = LossCase.uniform(seed + 10, -size, size, 4, 5);

        check(Losses.meanSquared(), y, t, (a, b) -> (a - b) * (a - b));
        check(Losses.meanAbsolute(), y, t, (a, b) -> Math.abs(a - b));
        for (double delta : new double[] {0.3, 1, 50}) {
            check(
                    Losses.huber(delta),
                    y,
                    t,
                    (a, b) -> Math.abs(a - b) <= delta
                            ? (a - b) * (a - b) / 2
                            : delta * Math.abs(a - b) - delta * delta / 2);
        }
        check(Losses.logCosh(), y, t, (a, b) -> Math.log(Math.cosh(a - b)));
        for (double q : new double[] {0.05, 0.5, 0.9}) {
            check(Losses.quantile(q), y, t, (a, b) -> b >= a ? q * (b - a) : (1 - q) * (a - b));
        }
    }

    @Test
    void logCoshOfLargeErrorsIsTheirSizeLessLogTwo() {
        // cosh overflows in float32 from 89 on, in float64 from 711 on.
        Tensor y = Tensor.of(new double[] {800, -900}, 2);

        LossCase.of(Losses.logCosh(), y, Tensor.of(new double[2])).isCloseTo(850 - Math.log(2));
    }

    @ParameterizedTest
    @CsvSource({"1, 2", "2, 40"})
    void poissonIsTheNegativeLogLikelihoodOfCounts(long seed, double size) {
        Tensor z = LossCase.uniform(seed, -size, size, 6, 2);
        Tensor t = Tensor.of(new double[] {0, 1, 2, 3, 4, 5, 6, 7, 20, 0.5, 1.5, 100}, 6, 2);

        check(Losses.poisson(), z, t, (a, b) -> Math.exp(a) - b * a);
        check(
                Losses.poissonLikelihood(),
                z,
                t,
                (a, b) -> Math.exp(a) - b * a + (b > 1 ? b * Math.log(b) - b + Math.log(2 * Math.PI * b) / 2 : 0));
    }

    @Test
    void theLikelihoodOfLargeCountsIsThatOfThePoissonDistribution() {
        // -log(exp(-m) m^k / k!) with m = exp(z); Stirling's formula is off by about 1/(12k).
        double rate = 30;
        int count = 50;
        double logFactorial = 0;
        for (int k = 2; k <= count; k++) {
            logFactorial += Math.log(k);
        }
        LossCase one = LossCase.of(
                Losses.poissonLikelihood(),
                Tensor.of(new double[] {Math.log(rate)}, 1, 1),
                Tensor.of(new double[] {count}, 1, 1));

        assertThat(one.value()).isCloseTo(rate - count * Math.log(rate) + logFactorial, within(1.0 / (12 * count)));
    }

    @Test
    void aQuantileIsLeastAtTheQuantile() {
        double[] values = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
        double best = Double.POSITIVE_INFINITY;
        double bestAt = 0;
        for (double y = 0; y <= 11; y += 0.5) {
            double[] constant = new double[10];
            java.util.Arrays.fill(constant, y);
            double loss = LossCase.of(Losses.quantile(0.85), Tensor.of(constant), Tensor.of(values))
                    .value();
            if (loss < best) {
                best = loss;
                bestAt = y;
            }
        }

        assertThat(bestAt).isEqualTo(9);
    }
}
