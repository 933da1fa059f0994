package io.maas.training.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.maas.error.InvalidInputException;
import io.maas.tensor.Tensor;
import java.util.SplittableRandom;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Values without another source are those of the examples in scikit-learn's reference documentation. */
class ThresholdCurveTest {
    private static final Offset<Double> EXACT = within(1e-12);
    private static final Tensor SCORES = Tensor.of(new double[] {0.1, 0.4, 0.35, 0.8});
    private static final Tensor TRUE = Tensor.of(new double[] {0, 0, 1, 1});

    @Test
    void areas() {
        assertThat(Metrics.rocAuc().of(SCORES, TRUE)).isCloseTo(0.75, EXACT);
        assertThat(Metrics.prAuc().of(SCORES, TRUE)).isCloseTo(5.0 / 6, EXACT);
    }

    @Test
    void thresholdsFallFromNothingToAll() {
        ThresholdCurve curve = ThresholdCurve.measure().ofProbabilities().of(SCORES, TRUE);

        assertThat(curve.thresholds())
                .extracting(Threshold::score)
                .containsExactly(Double.POSITIVE_INFINITY, 0.8, 0.4, 0.35, 0.1);
        assertThat(curve.thresholds()).extracting(Threshold::recall).containsExactly(0.0, 0.5, 0.5, 1.0, 1.0);
        assertThat(curve.thresholds()).extracting(Threshold::falseAlarmRate).containsExactly(0.0, 0.0, 0.5, 0.5, 1.0);
        assertThat(curve.thresholds()).extracting(Threshold::precision).containsExactly(0.0, 1.0, 0.5, 2.0 / 3, 0.5);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void theAreaIsTheShareOfPairsInOrder(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int rows = 50 + (int) seed;
        double[] scores = new double[rows];
        double[] truth = new double[rows];
        double[] weights = new double[rows];
        for (int i = 0; i < rows; i++) {
            scores[i] = random.nextInt(12) - 5;
            truth[i] = i < 2 ? i : random.nextInt(2);
            weights[i] = random.nextInt(4) + (i < 2 ? 1 : 0);
        }
        double inOrder = 0;
        double pairs = 0;
        for (int yes = 0; yes < rows; yes++) {
            for (int no = 0; no < rows; no++) {
                double weight = truth[yes] * (1 - truth[no]) * weights[yes] * weights[no];
                pairs += weight;
                inOrder += weight * (scores[yes] > scores[no] ? 1 : scores[yes] == scores[no] ? 0.5 : 0);
            }
        }

        assertThat(Metrics.rocAuc().of(Tensor.of(scores), Tensor.of(truth), Tensor.of(weights)))
                .as("seed %d", seed)
                .isCloseTo(inOrder / pairs, EXACT);
    }

    @Test
    void areasBySeveralThousandRowsAreInOrder() {
        int rows = 5000;
        double[] scores = new double[rows];
        double[] truth = new double[rows];
        for (int i = 0; i < rows; i++) {
            scores[i] = (i * 7919) % rows;
            truth[i] = scores[i] >= 2500 ? 1 : 0;
        }

        assertThat(Metrics.rocAuc().of(Tensor.of(scores), Tensor.of(truth))).isEqualTo(1);
        assertThat(Metrics.prAuc().of(Tensor.of(scores), Tensor.of(truth))).isCloseTo(1, EXACT);
    }

    @Test
    void equalScoresAreChance() {
        assertThat(Metrics.rocAuc().of(Tensor.of(new double[4]), TRUE)).isEqualTo(0.5);
        assertThat(Metrics.prAuc().of(Tensor.of(new double[4]), TRUE)).isEqualTo(0.5);
    }

    @Test
    void twoScoresAreOneQuestion() {
        Tensor pairs = Tensor.of(new double[] {1, 0.1, 1, 0.4, 1, 0.35, 1, 0.8}, 4, 2);

        assertThat(Metrics.rocAuc().of(pairs, Tensor.of(new long[] {0, 0, 1, 1})))
                .isCloseTo(0.75, EXACT);
    }

    @Test
    void eachClassStandsAgainstTheRestByItsProbability() {
        // By raw scores of class 0 alone the first row would rank below the second.
        double[] raw = {1, 0, 0, 2, 3, 0, 0, 1, 0, 0, 0, 2};
        Tensor truth = Tensor.of(new long[] {0, 1, 1, 2});
        double zero = 1; // The first row has the highest softmax of class 0.
        double one = 1;
        double two = 1;

        assertThat(Metrics.rocAuc(Average.MACRO).of(Tensor.of(raw, 4, 3), truth))
                .isCloseTo((zero + one + two) / 3, EXACT);
    }

    @Test
    void averagesOfAreasWeighClasses() {
        // Class 0: of 0.6 and 0.3 against 0.4 and 0.1 three pairs are in order. Class 1: of 0.3 against 0.2, 0.6 and
        // 0.1 two.
        double[] p = {0.6, 0.2, 0.2, 0.3, 0.6, 0.1, 0.4, 0.3, 0.3, 0.1, 0.1, 0.8};
        Tensor truth = Tensor.of(new long[] {0, 0, 1, 2});
        double zero = 3.0 / 4;
        double one = 2.0 / 3;
        double two = 1;

        Metric macro = Metrics.rocAuc(Average.MACRO).ofProbabilities();
        Metric weighted = Metrics.rocAuc(Average.WEIGHTED).ofProbabilities();

        assertThat(macro.of(Tensor.of(p, 4, 3), truth)).isCloseTo((zero + one + two) / 3, EXACT);
        assertThat(weighted.of(Tensor.of(p, 4, 3), truth)).isCloseTo((2 * zero + one + two) / 4, EXACT);
    }

    @Test
    void labelsAreRankedByThemselvesOrTogether() {
        Tensor scores = Tensor.of(new double[] {1, 9, 2, 8}, 2, 2);
        Tensor truth = Tensor.of(new double[] {0, 1, 1, 0}, 2, 2);

        assertThat(Metrics.rocAuc(Average.MACRO).of(scores, truth)).isEqualTo(1);
        assertThat(Metrics.rocAuc(Average.MICRO).of(scores, truth)).isEqualTo(0.75);
    }

    @Test
    void oneKindOfRowsHasNoArea() {
        Tensor yes = Tensor.of(new double[] {1, 1, 1, 1});
        Tensor no = Tensor.of(new double[4]);

        assertThatThrownBy(() -> Metrics.rocAuc().of(SCORES, yes))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage(
                        "rocAuc: all rows are yes (expected: rows of both kinds); give more rows, or split them by class");
        assertThatThrownBy(() -> Metrics.prAuc().of(SCORES, no))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("prAuc: all rows are no (expected: rows of both kinds)");
        assertThat(Metrics.prAuc().of(SCORES, yes)).isEqualTo(1);
        assertThatThrownBy(() ->
                        Metrics.rocAuc(Average.MACRO).of(Tensor.of(new double[6], 2, 3), Tensor.of(new long[] {0, 1})))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("class 2: rocAuc: all rows are no");
    }

    @Test
    void theBestThresholdFollowsACriterion() {
        // Scores 6 to 1: yes, no, yes, yes, no, no.
        Tensor scores = Tensor.of(new double[] {6, 5, 4, 3, 2, 1});
        Tensor truth = Tensor.of(new double[] {1, 0, 1, 1, 0, 0});
        ThresholdCurve curve = ThresholdCurve.measure().of(scores, truth);

        Threshold f1 = curve.best(Criterion.f1());
        Threshold youden = curve.best(Criterion.youden());
        Threshold alarmed = curve.best(Criterion.cost(10, 1));
        Threshold missing = curve.best(Criterion.cost(1, 1));
        Threshold careful = curve.best(Criterion.precisionAtRecall(0.3));

        assertThat(f1.score()).isEqualTo(3);
        assertThat(f1.f1()).isCloseTo(6.0 / 7, EXACT);
        assertThat(f1.probability()).isCloseTo(1 / (1 + Math.exp(-3)), EXACT);
        assertThat(youden.score()).isEqualTo(3);
        assertThat(youden.recall() - youden.falseAlarmRate()).isCloseTo(2.0 / 3, EXACT);
        assertThat(alarmed.score()).isEqualTo(6);
        assertThat(missing).isEqualTo(new Threshold(3, f1.probability(), 3, 1, 0, 2));
        assertThat(careful.score()).isEqualTo(6);
        assertThat(curve.at(4.5)).isEqualTo(new Threshold(4.5, 1 / (1 + Math.exp(-4.5)), 1, 1, 2, 2));
        assertThat(missing.accuracy()).isCloseTo(5.0 / 6, EXACT);
    }
}
