package io.maas.training.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.maas.error.InvalidInputException;
import io.maas.tensor.Tensor;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** Values without another source are those of the examples in scikit-learn's reference documentation. */
class RegressionMetricsTest {
    private static final Offset<Double> EXACT = within(1e-12);
    private static final Tensor TRUE = Tensor.of(new double[] {3, -0.5, 2, 7});
    private static final Tensor SAID = Tensor.of(new double[] {2.5, 0, 2, 8}, 4, 1);
    private static final Tensor TRUE_PAIRS = Tensor.of(new double[] {0.5, 1, -1, 1, 7, -6}, 3, 2);
    private static final Tensor SAID_PAIRS = Tensor.of(new double[] {0, 2, -1, 2, 8, -5}, 3, 2);

    @Test
    void errorsOfOneColumn() {
        assertThat(Metrics.mae().of(SAID, TRUE)).isCloseTo(0.5, EXACT);
        assertThat(Metrics.rmse().of(SAID, TRUE)).isCloseTo(Math.sqrt(0.375), EXACT);
        assertThat(Metrics.mape().of(SAID, TRUE)).isCloseTo(0.3273809523809524, EXACT);
        assertThat(Metrics.r2().of(SAID, TRUE)).isCloseTo(0.9486081370449679, EXACT);
    }

    @Test
    void errorsOfSeveralColumnsAreTheMean() {
        assertThat(Metrics.mae().of(SAID_PAIRS, TRUE_PAIRS)).isCloseTo(0.75, EXACT);
        assertThat(Metrics.rmse().of(SAID_PAIRS, TRUE_PAIRS)).isCloseTo((Math.sqrt(1.25 / 3) + 1) / 2, EXACT);
        assertThat(Metrics.mape().of(SAID_PAIRS, TRUE_PAIRS)).isCloseTo(0.5515873015873016, EXACT);
        assertThat(Metrics.r2().of(SAID_PAIRS, TRUE_PAIRS)).isCloseTo(0.9368005266622779, EXACT);
    }

    @Test
    void aShareOfZeroIsHuge() {
        Tensor truth = Tensor.of(new double[] {1, 0, 2.4, 7});

        assertThat(Metrics.mape().of(Tensor.of(new double[] {1.2, 0.1, 2.4, 8}), truth))
                .isCloseTo(112589990684262.48, within(1.0));
    }

    @Test
    void determinationAtItsEnds() {
        Tensor truth = Tensor.of(new double[] {1, 2, 3});
        Tensor same = Tensor.of(new double[] {-2, -2, -2});

        assertThat(Metrics.r2().of(truth, truth)).isEqualTo(1);
        assertThat(Metrics.r2().of(Tensor.of(new double[] {2, 2, 2}), truth)).isEqualTo(0);
        assertThat(Metrics.r2().of(Tensor.of(new double[] {3, 2, 1}), truth)).isEqualTo(-3);
        assertThat(Metrics.r2().of(same, same)).isEqualTo(1);
        assertThat(Metrics.r2().of(Tensor.of(new double[] {-2, -2, -2 + 1e-8}), same))
                .isEqualTo(0);
    }

    @Test
    void determinationKeepsItsDigitsFarFromZero() {
        double far = 1e9;
        Tensor truth = Tensor.of(new double[] {far + 1, far + 2, far + 3});
        Tensor said = Tensor.of(new double[] {far + 1.5, far + 2, far + 3});

        assertThat(Metrics.r2().of(said, truth)).isCloseTo(1 - 0.25 / 2, EXACT);
    }

    @Test
    void weightsCountRows() {
        Tensor weights = Tensor.of(new double[] {2, 1, 0, 1});
        // The weighted mean of the targets is (2·3 - 0.5 + 7)/4 = 3.125.
        double spread = 2 * 0.125 * 0.125 + 3.625 * 3.625 + 3.875 * 3.875;

        assertThat(Metrics.mae().of(SAID, TRUE, weights)).isCloseTo((2 * 0.5 + 0.5 + 1) / 4, EXACT);
        assertThat(Metrics.rmse().of(SAID, TRUE, weights)).isCloseTo(Math.sqrt((0.5 + 0.25 + 1) / 4), EXACT);
        assertThat(Metrics.r2().of(SAID, TRUE, weights)).isCloseTo(1 - 1.75 / spread, EXACT);
    }

    @Test
    void needsRowsOfOneShape() {
        assertThatThrownBy(() -> Metrics.rmse().start().value())
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("rmse: 0 rows that count (expected: at least one)");
        assertThatThrownBy(() -> Metrics.rmse().of(SAID_PAIRS, Tensor.of(new double[3])))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("(expected: one number for each target)");
    }
}
