package io.maas.training.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Losses of yes and no against their definitions, written once more in plain Java. */
class BinaryLossesTest {
    private static final int COLUMNS = 3;

    /** The mean over elements of {@code w t (1-p)^g (-log p) + v (1-t) p^g (-log(1-p))}, finite in float64 up to scores of 700. */
    private static double expected(Tensor z, Tensor t, double[] yes, double no, double gamma, double smoothing) {
        double sum = 0;
        for (int i = 0; i < z.elements(); i++) {
            double score = z.doubles().get(i);
            double truth = t.doubles().get(i) * (1 - smoothing) + smoothing / 2;
            double minusLogP = Math.log1p(Math.exp(-score));
            double minusLogNotP = Math.log1p(Math.exp(score));
            double p = 1 / (1 + Math.exp(-score));
            double notP = 1 / (1 + Math.exp(score));
            sum += yes[i % yes.length] * truth * Math.pow(notP, gamma) * minusLogP
                    + no * (1 - truth) * Math.pow(p, gamma) * minusLogNotP;
        }
        return sum / z.elements();
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 10", "3, 100"})
    void crossEntropyIsItsDefinition(long seed, double size) {
        Tensor z = LossCase.uniform(seed, -size, size, 5, COLUMNS);
        double[] one = {1};
        for (Tensor t : new Tensor[] {LossCase.bits(seed, 5, COLUMNS), LossCase.uniform(seed, 0, 1, 5, COLUMNS)}) {
            BinaryCrossEntropy plain = Losses.binaryCrossEntropy();
            LossCase.of(plain, z, t).isCloseTo(expected(z, t, one, 1, 0, 0));
            LossCase.of(plain.labelSmoothing(0.2), z, t).isCloseTo(expected(z, t, one, 1, 0, 0.2));
            LossCase.of(plain.positiveWeight(3), z, t).isCloseTo(expected(z, t, new double[] {3}, 1, 0, 0));
            double[] each = {0, 0.5, 4};
            LossCase.of(plain.positiveWeight(each).labelSmoothing(0.1), z, t)
                    .isCloseTo(expected(z, t, each, 1, 0, 0.1));
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 10", "3, 100"})
    void focalLossIsItsDefinition(long seed, double size) {
        Tensor z = LossCase.uniform(seed, -size, size, 5, COLUMNS);
        Tensor t = LossCase.bits(seed + 5, 5, COLUMNS);
        for (double gamma : new double[] {0, 0.5, 1, 2, 5}) {
            LossCase.of(Losses.binaryFocal(gamma, 0.25), z, t)
                    .isCloseTo(expected(z, t, new double[] {0.25}, 0.75, gamma, 0));
        }
    }

    @Test
    void aSureAndRightAnswerCostsLittleButNotNothing() {
        Tensor z = Tensor.of(new double[] {20, -20}, 2, 1);
        Tensor t = Tensor.of(new double[] {1, 0}, 2, 1);

        // A form that takes log(1 + exp(20)) - 20 has lost every digit in float32.
        double found = LossCase.of(Losses.binaryCrossEntropy(), z, t)
                .run(DataType.FLOAT32)
                .get("loss")
                .item();
        assertThat(found).isCloseTo(Math.log1p(Math.exp(-20)), within(1e-14));
    }

    @ParameterizedTest
    @CsvSource({"1, 2", "2, 100"})
    void hingeTakesZeroOrMinusOneForNo(long seed, double size) {
        Tensor z = LossCase.uniform(seed, -size, size, 6, 2);
        double[] bits = LossCase.bits(seed, 6, 2).toDoubleArray();
        double[] signs = java.util.Arrays.stream(bits).map(bit -> 2 * bit - 1).toArray();
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < signs.length; i++) {
            double lack = Math.max(0, 1 - signs[i] * z.doubles().get(i));
            sum += lack;
            squares += lack * lack;
        }
        for (double[] targets : new double[][] {bits, signs}) {
            LossCase.of(Losses.hinge(), z, Tensor.of(targets, 6, 2)).isCloseTo(sum / 12);
            LossCase.of(Losses.squaredHinge(), z, Tensor.of(targets, 6, 2)).isCloseTo(squares / 12);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 2", "2, 100"})
    void diceComparesMasksRowByRow(long seed, double size) {
        Tensor z = LossCase.uniform(seed, -size, size, 3, 2, 4);
        Tensor t = LossCase.bits(seed, 3, 2, 4);
        double mean = IntStream.range(0, 3)
                .mapToDouble(row -> {
                    double both = 0;
                    double all = 0;
                    for (int i = 8 * row; i < 8 * row + 8; i++) {
                        double p = 1 / (1 + Math.exp(-z.doubles().get(i)));
                        both += p * t.doubles().get(i);
                        all += p + t.doubles().get(i);
                    }
                    return 1 - (2 * both + 1) / (all + 1);
                })
                .average()
                .orElseThrow();

        LossCase.of(Losses.dice(), z, t).isCloseTo(mean);
    }

    @Test
    void diceOfEmptyMasksIsDefined() {
        Tensor sureNo = Tensor.of(new double[] {-1000, -1000}, 1, 2);

        LossCase.of(Losses.dice(), sureNo, Tensor.of(new double[2], 1, 2)).isCloseTo(0);
    }

    @Test
    void settingsAreChecked() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Losses.binaryCrossEntropy().labelSmoothing(1))
                .withMessage("labelSmoothing: 1.0 (expected: 0.0 <= labelSmoothing < 1.0)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Losses.binaryCrossEntropy().positiveWeight(1, -2))
                .withMessage("positiveWeight: -2.0 (expected: positiveWeight >= 0)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LossCase.of(
                                Losses.binaryCrossEntropy().positiveWeight(1, 2),
                                Tensor.of(new double[3], 1, 3),
                                Tensor.of(new double[3], 1, 3))
                        .value())
                .withMessage("positiveWeights: 2 (expected: one, or one for each output of the network's [batch, 3])");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Losses.binaryFocal(-1, 0.5))
                .withMessage("gamma: -1.0 (expected: gamma >= 0)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Losses.binaryFocal(2, 1.5))
                .withMessage("alpha: 1.5 (expected: 0 <= alpha <= 1)");
    }
}
