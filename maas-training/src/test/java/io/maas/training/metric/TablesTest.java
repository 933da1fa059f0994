package io.maas.training.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.maas.error.InvalidInputException;
import io.maas.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Values without another source are those of the examples in scikit-learn's reference documentation. */
class TablesTest {
    private static ConfusionMatrix matrix() {
        float[] scores = new float[18];
        int[] said = {0, 0, 2, 2, 0, 2};
        for (int i = 0; i < said.length; i++) {
            scores[3 * i + said[i]] = 1;
        }
        return ConfusionMatrix.measure(List.of("ant", "bird", "cat"))
                .of(Tensor.of(scores, 6, 3), Tensor.of(new long[] {2, 0, 2, 2, 0, 1}));
    }

    @Test
    void countsWhatWasTakenForWhat() {
        double[][] expected = {{2, 0, 0}, {0, 0, 1}, {1, 0, 2}};
        ConfusionMatrix matrix = matrix();

        for (int actual = 0; actual < 3; actual++) {
            for (int predicted = 0; predicted < 3; predicted++) {
                assertThat(matrix.count(actual, predicted)).isEqualTo(expected[actual][predicted]);
            }
        }
        assertThat(matrix.total()).isEqualTo(6);
        assertThat(matrix.accuracy()).isCloseTo(4.0 / 6, within(1e-12));
        assertThat(matrix.recall(2)).isCloseTo(2.0 / 3, within(1e-12));
        assertThat(matrix.precision(0)).isCloseTo(2.0 / 3, within(1e-12));
        assertThat(matrix.precision(1)).isZero();
        assertThat(matrix.f1(0)).isCloseTo(0.8, within(1e-12));
    }

    @Test
    void isATableForPeople() {
        assertThat(matrix().table()).isEqualTo("""
                        true \\ said      ant     bird      cat   recall
                        ant                2        0        0  100.0 %
                        bird               0        0        1    0.0 %
                        cat                1        0        2   66.7 %
                        precision     66.7 %    0.0 %   66.7 %   66.7 %
                        """);
    }

    @Test
    void noAndYesAreTwoClasses() {
        ConfusionMatrix matrix =
                ConfusionMatrix.measure().of(Tensor.of(new float[] {1, -1, 2, 3}), Tensor.of(new float[] {1, 1, 0, 1}));

        assertThat(matrix.classes()).isEqualTo(2);
        assertThat(matrix.count(1, 1)).isEqualTo(2);
        assertThat(matrix.count(1, 0)).isEqualTo(1);
        assertThat(matrix.count(0, 1)).isEqualTo(1);
        assertThat(matrix.names()).containsExactly("0", "1");
    }

    @Test
    void refusesOtherNumbersOfNames() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> matrix().withNames(List.of("one")))
                .withMessage("names: 1 (expected: one for each of 3 classes)");
        assertThatThrownBy(() -> ConfusionMatrix.measure().start().value()).isInstanceOf(InvalidInputException.class);
    }

    @Test
    void reliabilityComparesProbabilitiesWithShares() {
        ReliabilityCurve curve = ReliabilityCurve.measure(3)
                .ofProbabilities()
                .of(
                        Tensor.of(new double[] {0.1, 0.2, 0.3, 0.4, 0.65, 0.7, 0.8, 0.9, 1}),
                        Tensor.of(new double[] {0, 0, 0, 0, 1, 1, 1, 1, 1}));

        assertThat(curve.bins()).extracting(ReliabilityCurve.Bin::actual).containsExactly(0.0, 0.5, 1.0);
        assertThat(curve.bins().get(0).predicted()).isCloseTo(0.2, within(1e-12));
        assertThat(curve.bins().get(1).predicted()).isCloseTo(0.525, within(1e-12));
        assertThat(curve.bins().get(2).predicted()).isCloseTo(0.85, within(1e-12));
        assertThat(curve.error()).isCloseTo((3 * 0.2 + 2 * 0.025 + 4 * 0.15) / 9, within(1e-12));
    }

    @Test
    void theEdgeOfABinBelongsToTheLowerOne() {
        ReliabilityCurve curve = ReliabilityCurve.measure(2)
                .ofProbabilities()
                .of(Tensor.of(new double[] {0, 0.5, 0.500001, 1}), Tensor.of(new double[] {0, 0, 1, 1}));

        assertThat(curve.bins()).extracting(ReliabilityCurve.Bin::count).containsExactly(2.0, 2.0);
    }

    @Test
    void sureAndRightIsCalibrated() {
        Tensor sure = Tensor.of(new float[] {50, -50, 50, -50});

        assertThat(Metrics.calibrationError().of(sure, Tensor.of(new float[] {1, 0, 1, 0})))
                .isCloseTo(0, within(1e-12));
        assertThat(Metrics.calibrationError().of(sure, Tensor.of(new float[] {0, 1, 0, 1})))
                .isCloseTo(1, within(1e-12));
    }
}
