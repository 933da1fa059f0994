package io.maas.training.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.maas.error.InvalidInputException;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.train.Loss;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Means, sums, terms and weights, by the example of squared errors and cross-entropy. */
class ReductionTest {
    private static final Tensor Y = LossCase.uniform(1, -2, 2, 4, 3, 2);
    private static final Tensor T = LossCase.uniform(2, -2, 2, 4, 3, 2);

    private static double[] squares() {
        double[] terms = new double[24];
        Arrays.setAll(terms, i -> Math.pow(Y.doubles().get(i) - T.doubles().get(i), 2));
        return terms;
    }

    private static LossCase of(Loss loss) {
        return LossCase.of(loss, Y, T);
    }

    @Test
    void theSumIsNotDividedByAnything() {
        of(Losses.meanSquared().sum()).isCloseTo(Arrays.stream(squares()).sum());
    }

    @Test
    void unreducedTermsKeepTheirShape() {
        Tensor terms =
                of(Losses.meanSquared().unreduced()).run(DataType.FLOAT64).get("loss");

        assertThat(terms.shape()).isEqualTo(Shape.of(4, 3, 2));
        assertThat(terms.toDoubleArray()).containsExactly(squares(), within(1e-14));
        assertThat(of(Losses.dice().unreduced())
                        .with("target", LossCase.bits(3, 4, 3, 2))
                        .run(DataType.FLOAT64)
                        .get("loss")
                        .shape())
                .isEqualTo(Shape.of(4));
    }

    /** With one weight a row, a position or an element: it counts in sum and divisor as often as it is used. */
    @Test
    void theWeightedMeanDividesByTheSumOfTheWeights() {
        for (int axes = 1; axes <= 3; axes++) {
            long[] shape = Arrays.copyOf(new long[] {4, 3, 2}, axes);
            Tensor weights = LossCase.uniform(5, 0, 3, shape);
            int shared = (int) (24 / weights.elements());
            double sum = 0;
            double total = 0;
            double[] terms = squares();
            for (int i = 0; i < terms.length; i++) {
                double weight = weights.doubles().get(i / shared);
                sum += weight * terms[i];
                total += weight;
            }

            of(Losses.meanSquared().weighted(axes)).with("weight", weights).isCloseTo(sum / total);
            of(Losses.meanSquared().weighted(axes).sum())
                    .with("weight", weights)
                    .isCloseTo(sum);
            of(Losses.meanSquared().weighted(axes)).with("weight", weights).gradientIsThatOfDifferences();
        }
    }

    @Test
    void weightsOfOneChangeNothingNorDoesTheirScale() {
        double plain = of(Losses.meanSquared()).value();

        for (double weight : new double[] {1, 0.01, 700}) {
            double[] weights = {weight, weight, weight, weight};
            assertThat(of(Losses.meanSquared().weighted())
                            .with("weight", Tensor.of(weights))
                            .value())
                    .isCloseTo(plain, within(1e-14));
        }
    }

    @Test
    void aMaskMakesPaddedPositionsAsIfTheyWereNotThere() {
        // Rows of 2 and 3 positions, padded to 4 with whatever.
        double[] scores = LossCase.uniform(6, -3, 3, 2, 4, 5).toDoubleArray();
        long[] classes = LossCase.classes(7, 5, 2, 4).toLongArray();
        Tensor mask = Tensor.of(new double[] {1, 1, 0, 0, 1, 1, 1, 0}, 2, 4);
        double[] kept = new double[25];
        long[] keptClasses = new long[5];
        for (int i = 0, next = 0; i < 8; i++) {
            if (mask.doubles().get(i) > 0) {
                System.arraycopy(scores, 5 * i, kept, 5 * next, 5);
                keptClasses[next++] = classes[i];
            }
        }
        double ragged = LossCase.of(Losses.softmaxCrossEntropy(), Tensor.of(kept, 5, 5), Tensor.of(keptClasses))
                .value();
        LossCase padded = LossCase.of(
                        Losses.softmaxCrossEntropy().weighted(2), Tensor.of(scores, 2, 4, 5), Tensor.of(classes, 2, 4))
                .with("weight", mask);

        padded.isCloseTo(ragged);
        double[] gradient = padded.run(DataType.FLOAT64).get("gradient").toDoubleArray();
        assertThat(Arrays.copyOfRange(gradient, 10, 20)).matches(LossCase::isZero);
        assertThat(Arrays.copyOfRange(gradient, 35, 40)).matches(LossCase::isZero);
    }

    @Test
    void weightsMultiplyTheWeightsThatALossHas() {
        Tensor z = LossCase.uniform(8, -2, 2, 3, 2);
        SoftmaxCrossEntropy loss = Losses.softmaxCrossEntropy().classWeights(1, 3);
        double[] terms = LossCase.of(Losses.softmaxCrossEntropy().unreduced(), z, Tensor.of(new long[] {0, 1, 1}))
                .run(DataType.FLOAT64)
                .get("loss")
                .toDoubleArray();

        LossCase.of(loss.weighted(), z, Tensor.of(new long[] {0, 1, 1}))
                .with("weight", Tensor.of(new double[] {2, 1, 0}))
                .isCloseTo((2 * terms[0] + 3 * terms[1]) / (2 + 3));
    }

    @Test
    void ofNoWeightAtAllLossAndGradientAreZero() {
        Tensors found = of(Losses.meanSquared().weighted())
                .with("weight", Tensor.of(new double[4]))
                .run(DataType.FLOAT32);

        assertThat(found.get("loss").item()).isZero();
        assertThat(found.get("gradient").toDoubleArray()).matches(LossCase::isZero);
    }

    @Test
    void namesSayHowTermsAreCombined() {
        assertThat(Losses.huber(1).weighted(2).name()).isEqualTo("huber(delta=1.0).weighted(2)");
        assertThat(Losses.huber(1).sum().name()).isEqualTo("huber(delta=1.0).reduction=sum");
        assertThat(Losses.huber(1).unreduced().name()).isEqualTo("huber(delta=1.0).reduction=none");
    }

    @Test
    void weightsHaveToFitTheTerms() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Losses.meanSquared().weighted(0))
                .withMessage("axes: 0 (expected: axes > 0)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> of(Losses.dice().weighted(2)).value())
                .withMessageStartingWith("axes of the weights: 2 (expected: at most 1, as the terms are ");
        assertThatThrownBy(() -> of(Losses.meanSquared().weighted())
                        .with("weight", Tensor.of(new double[] {1, 1, -1, 1}))
                        .value())
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("weight of the test, row 2: -1.0 (expected: 0.0 <= weight); correct the values");
        assertThatThrownBy(() -> of(Losses.meanSquared().weighted())
                        .with("weight", Tensor.of(new double[8], 4, 2))
                        .value())
                .hasMessage(
                        "weight of the test does not fit loss \"meanSquared.weighted(1)\": got float64[4, 2], expected"
                                + " float64[batch]; reshape it, or change the network's last layer");
    }
}
