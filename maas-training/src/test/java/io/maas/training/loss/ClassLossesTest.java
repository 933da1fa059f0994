package io.maas.training.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.maas.error.InvalidInputException;
import io.maas.error.ShapeMismatchException;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.train.Loss;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Losses of classes against their definitions, written once more in plain Java. */
class ClassLossesTest {
    private static final int K = 4;

    /** {@code log p} of every class at one position; finite in float64 up to scores of 700. */
    private static double[] logSoftmax(Tensor z, int position) {
        double[] scores = new double[K];
        double sum = 0;
        for (int j = 0; j < K; j++) {
            scores[j] = z.doubles().get(position * K + j);
            sum += Math.exp(scores[j]);
        }
        double normalizer = Math.log(sum);
        return Arrays.stream(scores).map(score -> score - normalizer).toArray();
    }

    /** The documented formula over distributions {@code q}; positions with a null are ignored. */
    private static double entropy(Tensor z, double[][] q, double[] w, double smoothing) {
        double sum = 0;
        double weights = 0;
        for (int i = 0; i < q.length; i++) {
            double[] logP = logSoftmax(z, i);
            for (int j = 0; j < K && q[i] != null; j++) {
                sum -= w[j] * ((1 - smoothing) * q[i][j] + smoothing / K) * logP[j];
                weights += w[j] * q[i][j];
            }
        }
        return sum / weights;
    }

    private static double[][] oneHot(Tensor classes, long ignored) {
        double[][] q = new double[(int) classes.elements()][];
        for (int i = 0; i < q.length; i++) {
            long c = classes.longs().get(i);
            if (c != ignored) {
                q[i] = new double[K];
                q[i][(int) c] = 1;
            }
        }
        return q;
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 10", "3, 100"})
    void crossEntropyOfClassesIsItsDefinition(long seed, double size) {
        Tensor z = LossCase.uniform(seed, -size, size, 7, K);
        Tensor c = LossCase.classes(seed, K, 7);
        double[] even = {1, 1, 1, 1};
        double[] uneven = {1, 0.5, 2, 4};
        SoftmaxCrossEntropy loss = Losses.softmaxCrossEntropy();

        LossCase.of(loss, z, c).isCloseTo(entropy(z, oneHot(c, -1), even, 0));
        LossCase.of(loss.labelSmoothing(0.3), z, c).isCloseTo(entropy(z, oneHot(c, -1), even, 0.3));
        LossCase.of(loss.classWeights(uneven), z, c).isCloseTo(entropy(z, oneHot(c, -1), uneven, 0));
        LossCase.of(loss.classWeights(uneven).labelSmoothing(0.1), z, c)
                .isCloseTo(entropy(z, oneHot(c, -1), uneven, 0.1));
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 100"})
    void ignoredPositionsDoNotCount(long seed, double size) {
        Tensor z = LossCase.uniform(seed, -size, size, 3, 2, K);
        double[] uneven = {1, 0.5, 2, 4};
        for (long ignored : new long[] {-100, -1, 2, 1000}) {
            long[] classes = LossCase.classes(seed, K, 3, 2).toLongArray();
            classes[1] = ignored;
            classes[4] = ignored;
            Tensor c = Tensor.of(classes, 3, 2);

            LossCase.of(Losses.softmaxCrossEntropy().ignore(ignored), z, c)
                    .isCloseTo(entropy(z, oneHot(c, ignored), new double[] {1, 1, 1, 1}, 0));
            LossCase.of(
                            Losses.softmaxCrossEntropy()
                                    .ignore(ignored)
                                    .classWeights(uneven)
                                    .labelSmoothing(0.2),
                            z,
                            c)
                    .isCloseTo(entropy(z, oneHot(c, ignored), uneven, 0.2));
            double[] gradient = LossCase.of(Losses.softmaxCrossEntropy().ignore(ignored), z, c)
                    .run(DataType.FLOAT64)
                    .get("gradient")
                    .toDoubleArray();
            assertThat(Arrays.copyOfRange(gradient, K, 2 * K)).matches(LossCase::isZero);
        }
    }

    @Test
    void whereAllIsIgnoredLossAndGradientAreZero() {
        Tensor none = Tensor.of(new long[] {-100, -100});
        Tensors found = LossCase.of(Losses.softmaxCrossEntropy().ignore(-100), LossCase.uniform(1, -1, 1, 2, K), none)
                .run(DataType.FLOAT32);

        assertThat(found.get("loss").item()).isZero();
        assertThat(found.get("gradient").toDoubleArray()).matches(LossCase::isZero);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 100"})
    void crossEntropyOfProbabilitiesIsItsDefinition(long seed, double size) {
        Tensor z = LossCase.uniform(seed, -size, size, 5, K);
        Tensor t = LossCase.distribution(seed, 5, K);
        double[][] q = new double[5][];
        for (int i = 0; i < 5; i++) {
            q[i] = Arrays.copyOfRange(t.toDoubleArray(), i * K, (i + 1) * K);
        }
        double[] uneven = {1, 0.5, 2, 4};
        SoftmaxCrossEntropy loss = Losses.softmaxCrossEntropy().probabilities();

        LossCase.of(loss, z, t).isCloseTo(entropy(z, q, new double[] {1, 1, 1, 1}, 0));
        LossCase.of(loss.classWeights(uneven).labelSmoothing(0.1), z, t).isCloseTo(entropy(z, q, uneven, 0.1));
    }

    @Test
    void aClassIsTheProbabilityOneOfIt() {
        Tensor z = LossCase.uniform(1, -2, 2, 3, K);
        Tensor hot = Tensor.of(new double[] {0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 1}, 3, K);
        SoftmaxCrossEntropy loss =
                Losses.softmaxCrossEntropy().classWeights(1, 2, 3, 4).labelSmoothing(0.1);

        assertThat(LossCase.of(loss, z, Tensor.of(new long[] {2, 0, 3})).value())
                .isCloseTo(LossCase.of(loss.probabilities(), z, hot).value(), within(1e-14));
    }

    @Test
    void largeScoresNeitherOverflowNorVanish() {
        Tensor z = Tensor.of(new double[] {1000, -1000, 0, -1000, 1000, 0}, 2, 3);

        Tensors right = LossCase.of(Losses.softmaxCrossEntropy(), z, Tensor.of(new long[] {0, 1}))
                .run(DataType.FLOAT32);
        Tensors wrong = LossCase.of(Losses.softmaxCrossEntropy(), z, Tensor.of(new long[] {1, 0}))
                .run(DataType.FLOAT32);

        assertThat(right.get("loss").item()).isZero();
        assertThat(wrong.get("loss").item()).isEqualTo(2000);
        assertThat(wrong.get("gradient").toDoubleArray()).containsExactly(0.5, -0.5, 0, -0.5, 0.5, 0);
    }

    @Test
    void theGradientOfCrossEntropyIsSoftmaxMinusTruthByBatch() {
        Tensor z = Tensor.of(new double[] {0, Math.log(3), 0, 0}, 2, 2);
        double[] gradient = LossCase.of(Losses.softmaxCrossEntropy(), z, Tensor.of(new long[] {0, 1}))
                .run(DataType.FLOAT64)
                .get("gradient")
                .toDoubleArray();

        assertThat(gradient).containsExactly(new double[] {-0.375, 0.375, 0.25, -0.25}, within(1e-12));
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 10", "3, 100"})
    void focalLossIsItsDefinition(long seed, double size) {
        Tensor z = LossCase.uniform(seed, -size, size, 6, K);
        Tensor c = LossCase.classes(seed, K, 6);
        double[] w = {1, 0.5, 2, 4};
        for (double gamma : new double[] {0, 0.5, 2, 5}) {
            double sum = 0;
            double weighted = 0;
            double weights = 0;
            for (int i = 0; i < 6; i++) {
                int truth = (int) c.longs().get(i);
                double[] logP = logSoftmax(z, i);
                double others = 0;
                for (int j = 0; j < K; j++) {
                    others += j == truth ? 0 : Math.exp(logP[j]);
                }
                double term = Math.pow(others, gamma) * -logP[truth];
                sum += term;
                weighted += w[truth] * term;
                weights += w[truth];
            }
            LossCase.of(Losses.focal(gamma), z, c).isCloseTo(sum / 6);
            LossCase.of(Losses.focal(gamma).classWeights(w), z, c).isCloseTo(weighted / weights);
        }
    }

    @Test
    void focalLossThatLooksNowhereElseIsCrossEntropy() {
        Tensor z = LossCase.uniform(1, -3, 3, 4, K);
        Tensor c = Tensor.of(new long[] {3, -1, 0, 2});

        assertThat(LossCase.of(Losses.focal(0).classWeights(1, 2, 3, 4).ignore(-1), z, c)
                        .value())
                .isCloseTo(
                        LossCase.of(
                                        Losses.softmaxCrossEntropy()
                                                .classWeights(1, 2, 3, 4)
                                                .ignore(-1),
                                        z,
                                        c)
                                .value(),
                        within(1e-14));
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 100"})
    void multiclassHingeLooksAtTheBestOfTheOthers(long seed, double size) {
        Tensor z = LossCase.uniform(seed, -size, size, 6, K);
        Tensor c = LossCase.classes(seed, K, 6);
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < 6; i++) {
            int truth = (int) c.longs().get(i);
            double lack = 0;
            for (int j = 0; j < K; j++) {
                double by = 1 + z.doubles().get(i * K + j) - z.doubles().get(i * K + truth);
                lack = j == truth ? lack : Math.max(lack, by);
            }
            sum += lack;
            squares += lack * lack;
        }

        LossCase.of(Losses.multiclassHinge(), z, c).isCloseTo(sum / 6);
        LossCase.of(Losses.squaredMulticlassHinge(), z, c).isCloseTo(squares / 6);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 100"})
    void klDivergenceIsItsDefinition(long seed, double size) {
        Tensor z = LossCase.uniform(seed, -size, size, 5, K);
        double[] t = LossCase.distribution(seed, 5, K).toDoubleArray();
        // One that rules classes out.
        System.arraycopy(new double[] {0, 1, 0, 0}, 0, t, 0, K);
        double sum = 0;
        for (int i = 0; i < 5; i++) {
            double[] logP = logSoftmax(z, i);
            for (int j = 0; j < K; j++) {
                double p = t[i * K + j];
                sum += p == 0 ? 0 : p * (Math.log(p) - logP[j]);
            }
        }

        LossCase.of(Losses.klDivergence(), z, Tensor.of(t, 5, K)).isCloseTo(sum / 5);
    }

    // ---- what is wrong

    private static void target(Loss loss, Tensor prediction, Tensor target) {
        LossCase.of(loss, prediction, target).value();
    }

    @Test
    void settingsAreChecked() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Losses.softmaxCrossEntropy().labelSmoothing(-0.1))
                .withMessage("labelSmoothing: -0.1 (expected: 0.0 <= labelSmoothing < 1.0)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Losses.softmaxCrossEntropy().labelSmoothing(Double.NaN))
                .withMessageStartingWith("labelSmoothing: NaN");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Losses.softmaxCrossEntropy().classWeights(1, -1))
                .withMessage("classWeight: -1.0 (expected: classWeight >= 0)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Losses.softmaxCrossEntropy().probabilities().ignore(-100))
                .withMessage("ignored: -100 (expected: none where targets are probabilities; give such positions the"
                        + " weight 0 with weighted(…))");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Losses.focal(Double.POSITIVE_INFINITY))
                .withMessage("gamma: Infinity (expected: gamma >= 0)");
        Tensor z = Tensor.of(new double[8], 2, 4);
        Tensor c = Tensor.of(new long[2]);
        for (Loss loss : new Loss[] {
            Losses.softmaxCrossEntropy().classWeights(1, 2, 3), Losses.focal(2).classWeights(1, 2, 3)
        }) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> target(loss, z, c))
                    .withMessage(
                            "classWeights: 3 (expected: one for each of the 4 classes of the network's output [batch, 4])");
        }
    }

    @Test
    void targetsOfAnotherKindAreNamedBesideWhatIsExpected() {
        Tensor z = Tensor.of(new double[8], 2, 4);
        SoftmaxCrossEntropy loss = Losses.softmaxCrossEntropy();

        assertThatThrownBy(() -> target(loss, z, Tensor.of(new double[2])))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("target of the test does not fit loss \"softmaxCrossEntropy\": got float64[2], expected"
                        + " int64[batch]; convert the values");
        assertThatThrownBy(() -> target(loss.probabilities(), z, Tensor.of(new long[2])))
                .hasMessage("target of the test does not fit loss \"softmaxCrossEntropy(dense=true)\": got int64[2],"
                        + " expected float64[batch, 4]; convert the values");
        assertThatThrownBy(() -> target(loss, z, Tensor.of(new long[4], 2, 2)))
                .isInstanceOf(ShapeMismatchException.class)
                .hasMessage("target of the test does not fit loss \"softmaxCrossEntropy\": got int64[2, 2], expected"
                        + " int64[batch]; reshape it, or change the network's last layer");
        assertThatThrownBy(() -> target(loss.ignore(-100), z, Tensor.of(new long[] {0, 4})))
                .hasMessage(
                        "target of the test, row 1: 4 (expected: 0 <= target <= 3, or -100 where it does not count);"
                                + " give the network one output for each class, and number classes from 0");
        assertThatThrownBy(() ->
                        target(Losses.klDivergence(), z, Tensor.of(new double[] {0, 0, 0, 1, 0, 0, 2, 0}, 2, 4)))
                .hasMessage("target of the test, row 1: 2.0 (expected: 0.0 <= target <= 1.0); correct the values");
        assertThatThrownBy(() -> target(loss, Tensor.of(new double[2]), Tensor.of(new long[2])))
                .isInstanceOf(ShapeMismatchException.class)
                .hasMessage(
                        "softmaxCrossEntropy does not fit the network's output: got [batch], expected [batch, classes] with"
                                + " fixed classes;"
                                + " end the network with one output a class");
    }
}
