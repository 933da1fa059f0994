package io.maas.training.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.maas.error.InvalidInputException;
import io.maas.tensor.Tensor;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** Values without another source are those of the examples in scikit-learn's reference documentation. */
class ClassMetricsTest {
    private static final Offset<Double> EXACT = within(1e-12);

    /** Scores that are highest at the given classes. */
    private static Tensor saying(int classes, int... predicted) {
        float[] scores = new float[predicted.length * classes];
        for (int i = 0; i < predicted.length; i++) {
            scores[i * classes + predicted[i]] = 1;
        }
        return Tensor.of(scores, predicted.length, classes);
    }

    private static Tensor classes(long... classes) {
        return Tensor.of(classes);
    }

    private static final Tensor SAID = saying(3, 0, 2, 1, 0, 0, 1);
    private static final Tensor TRUE = classes(0, 1, 2, 0, 1, 2);

    @Test
    void accuracyIsTheShareOfRightClasses() {
        assertThat(Metrics.accuracy().of(saying(4, 0, 2, 1, 3), classes(0, 1, 2, 3)))
                .isEqualTo(0.5);
    }

    @Test
    void accuracyOfYesAndNoGoesByTheThreshold() {
        Tensor truth = Tensor.of(new float[] {1, 0, 1, 0}, 4, 1);

        assertThat(Metrics.accuracy().of(Tensor.of(new float[] {2, -1, 0, 0.1f}, 4, 1), truth))
                .isEqualTo(0.75);
        assertThat(Metrics.accuracy()
                        .ofProbabilities()
                        .of(Tensor.of(new float[] {0.9f, 0.4f, 0.5f, 0.6f}, 4, 1), truth))
                .isEqualTo(0.75);
    }

    @Test
    void accuracyOfLabelsWantsTheWholeRow() {
        Tensor scores = Tensor.of(new float[] {-1, 1, -1, -1}, 2, 2);

        assertThat(Metrics.accuracy().of(scores, Tensor.of(new float[] {0, 1, 1, 1}, 2, 2)))
                .isEqualTo(0.5);
    }

    @Test
    void topAccuracyLooksAtTheHighest() {
        Tensor scores = Tensor.of(new double[] {0.5, 0.2, 0.2, 0.3, 0.4, 0.2, 0.2, 0.4, 0.3, 0.7, 0.2, 0.1}, 4, 3);

        assertThat(Metrics.topAccuracy(2).of(scores, classes(0, 1, 2, 2))).isEqualTo(0.75);
        assertThat(Metrics.topAccuracy(1).of(scores, classes(0, 1, 2, 2)))
                .isEqualTo(Metrics.accuracy().of(scores, classes(0, 1, 2, 2)));
        assertThat(Metrics.topAccuracy(5).name()).isEqualTo("top5Accuracy");
    }

    @Test
    void equalScoresCountInTheOrderOfTheClasses() {
        Tensor equal = Tensor.of(new float[] {1, 1, 1}, 1, 3);

        assertThat(Metrics.topAccuracy(2).of(equal, classes(1))).isEqualTo(1);
        assertThat(Metrics.topAccuracy(2).of(equal, classes(2))).isEqualTo(0);
        assertThat(Metrics.accuracy().of(equal, classes(0))).isEqualTo(1);
    }

    @Test
    void precisionIsAveragedOverClasses() {
        assertThat(Metrics.precision(Average.MACRO).of(SAID, TRUE)).isCloseTo(2.0 / 9, EXACT);
        assertThat(Metrics.precision(Average.MICRO).of(SAID, TRUE)).isCloseTo(1.0 / 3, EXACT);
        assertThat(Metrics.precision(Average.WEIGHTED).of(SAID, TRUE)).isCloseTo(2.0 / 9, EXACT);
    }

    @Test
    void recallIsAveragedOverClasses() {
        for (Average average : List.of(Average.MACRO, Average.MICRO, Average.WEIGHTED)) {
            assertThat(Metrics.recall(average).of(SAID, TRUE)).isCloseTo(1.0 / 3, EXACT);
        }
    }

    @Test
    void f1IsAveragedOverClasses() {
        assertThat(Metrics.f1(Average.MACRO).of(SAID, TRUE)).isCloseTo(0.8 / 3, EXACT);
        assertThat(Metrics.f1(Average.MICRO).of(SAID, TRUE)).isCloseTo(1.0 / 3, EXACT);
        assertThat(Metrics.f1(Average.WEIGHTED).of(SAID, TRUE)).isCloseTo(0.8 / 3, EXACT);
        assertThat(Metrics.fBeta(0.5, Average.MACRO).of(SAID, TRUE)).isCloseTo(5.0 / 21, EXACT);
    }

    @Test
    void unequalSupportSetsTheAveragesApart() {
        // Class 0: 3 hits, 1 miss, 0 alarms. Class 1: 1 hit, 0 misses, 1 alarm.
        Tensor said = saying(2, 0, 0, 0, 1, 1);
        Tensor truth = classes(0, 0, 0, 0, 1);

        assertThat(Metrics.precision(Average.MACRO).of(said, truth)).isCloseTo((1 + 0.5) / 2, EXACT);
        assertThat(Metrics.precision(Average.WEIGHTED).of(said, truth)).isCloseTo((4 * 1 + 0.5) / 5, EXACT);
        assertThat(Metrics.precision().of(said, truth)).isCloseTo(0.5, EXACT);
        assertThat(Metrics.recall().of(said, truth)).isCloseTo(1, EXACT);
        assertThat(Metrics.recall(Average.MACRO).of(said, truth)).isCloseTo((0.75 + 1) / 2, EXACT);
        assertThat(Metrics.f1().of(said, truth)).isCloseTo(2.0 / 3, EXACT);
    }

    @Test
    void labelsAreAveragedLikeClasses() {
        Tensor truth = Tensor.of(new float[] {0, 0, 0, 1, 1, 1, 0, 1, 1}, 3, 3);
        Tensor said = Tensor.of(new float[] {-1, -1, -1, 1, 1, 1, 1, 1, -1}, 3, 3);

        assertThat(Metrics.f1(Average.MACRO).of(said, truth)).isCloseTo((2.0 / 3 + 1 + 2.0 / 3) / 3, EXACT);
        assertThat(Metrics.f1(Average.MICRO).of(said, truth)).isCloseTo(0.8, EXACT);
        assertThatThrownBy(() -> Metrics.f1().of(said, truth))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("average: BINARY for 3 labels (expected: two classes); choose MACRO, MICRO or WEIGHTED");
    }

    @Test
    void whatWasNeverPredictedHasPrecisionZero() {
        assertThat(Metrics.precision().of(saying(2, 0, 0), classes(0, 1))).isZero();
        assertThat(Metrics.recall().of(saying(2, 0, 1), classes(0, 0))).isZero();
        assertThat(Metrics.f1().of(saying(2, 0, 0), classes(0, 0))).isZero();
    }

    @Test
    void classesThatDoNotOccurAreLeftOutOfTheMean() {
        assertThat(Metrics.f1(Average.MACRO).of(saying(5, 0, 1), classes(0, 1))).isEqualTo(1);
    }

    @Test
    void classOneOfSeveralHasToBeAskedForOtherwise() {
        assertThatThrownBy(() -> Metrics.precision().of(SAID, TRUE))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("average: BINARY for 3 classes (expected: two classes)");
    }

    @Test
    void logLossTakesProbabilitiesAndRawScores() {
        Tensor truth = classes(1, 0, 0, 1);
        double[] p = {0.1, 0.9, 0.9, 0.1, 0.8, 0.2, 0.35, 0.65};
        double[] raw = new double[8];
        float[] logits = new float[4];
        for (int i = 0; i < 8; i++) {
            raw[i] = Math.log(p[i]) + 7;
        }
        for (int i = 0; i < 4; i++) {
            logits[i] = (float) Math.log(p[2 * i + 1] / p[2 * i]);
        }
        double expected = -(Math.log(0.9) + Math.log(0.9) + Math.log(0.8) + Math.log(0.65)) / 4;

        assertThat(expected).isCloseTo(0.21616, within(1e-5));
        assertThat(Metrics.logLoss().ofProbabilities().of(Tensor.of(p, 4, 2), truth))
                .isCloseTo(expected, EXACT);
        assertThat(Metrics.logLoss().of(Tensor.of(raw, 4, 2), truth)).isCloseTo(expected, EXACT);
        assertThat(Metrics.logLoss().of(Tensor.of(logits, 4, 1), truth)).isCloseTo(expected, within(1e-6));
        assertThat(Metrics.perplexity().of(Tensor.of(raw, 4, 2), truth)).isCloseTo(Math.exp(expected), EXACT);
    }

    @Test
    void logLossIsFinite() {
        assertThat(Metrics.logLoss().of(Tensor.of(new float[] {1000, -1000}, 1, 2), classes(1)))
                .isEqualTo(2000);
        assertThat(Metrics.logLoss().ofProbabilities().of(Tensor.of(new float[] {1, 0}, 1, 2), classes(1)))
                .isCloseTo(52 * Math.log(2), EXACT);
    }

    @Test
    void perplexityCountsTokensThatAreNotIgnored() {
        // Two rows of three tokens over four words; even scores cost log 4 each.
        Measure.Running<Double> running = Metrics.perplexity().start();
        running.add(Portion.of(
                Tensor.of(new float[24], 2, 3, 4),
                Tensor.of(new long[] {1, 2, -100, 3, -100, -100}, 2, 3),
                null,
                -100L,
                Reads.DEFAULT));

        assertThat(running.value()).isCloseTo(4, EXACT);
    }

    @Test
    void oneHotTargetsNameAClass() {
        Tensor hot = Tensor.of(new float[] {0, 1, 0, 0.1f, 0, 0.9f}, 2, 3);

        assertThat(Metrics.accuracy().ofOneHot().of(saying(3, 1, 0), hot)).isEqualTo(0.5);
    }

    @Test
    void calibrationErrorComparesConfidenceWithSuccess() {
        // One bin holds 0.8 (right) and 0.75 (wrong), another 0.6 (right): |1/2 - 0.775|·2/3 + |1 - 0.6|/3.
        Tensor p = Tensor.of(new double[] {0.8, 0.1, 0.1, 0.2, 0.75, 0.05, 0.2, 0.2, 0.6}, 3, 3);
        double expected = 0.275 * 2 / 3 + 0.4 / 3;

        assertThat(Metrics.calibrationError(5).ofProbabilities().of(p, classes(0, 0, 2)))
                .isCloseTo(expected, EXACT);
    }

    @Test
    void weightsCountRows() {
        Tensor weights = Tensor.of(new float[] {3, 1, 0, 1});
        Metric accuracy = Metrics.accuracy();

        assertThat(accuracy.of(saying(2, 0, 0, 0, 1), classes(0, 1, 1, 1), weights))
                .isEqualTo(0.8);
        assertThat(Metrics.precision(Average.MACRO).of(saying(2, 0, 0, 0, 1), classes(0, 1, 1, 1), weights))
                .isCloseTo((0.75 + 1) / 2, EXACT);
    }

    @Test
    void maskedPositionsAreNotLookedAt() {
        // The padded positions hold no class at all.
        Tensor scores = Tensor.of(new float[] {1, 0, 0, 1, 0, 1, 0, 1}, 2, 2, 2);
        Tensor mask = Tensor.of(new float[] {1, 1, 1, 0}, 2, 2);

        assertThat(Metrics.accuracy().of(scores, Tensor.of(new long[] {0, 1, 0, 99}, 2, 2), mask))
                .isCloseTo(2.0 / 3, EXACT);
    }

    @Test
    void portionsComeToTheSameAsTheWhole() {
        for (Metric metric : List.of(
                Metrics.accuracy(),
                Metrics.f1(Average.MACRO),
                Metrics.logLoss(),
                Metrics.rocAuc(Average.MACRO),
                Metrics.prAuc(Average.WEIGHTED),
                Metrics.calibrationError())) {
            Measure.Running<Double> running = metric.start();
            for (int[] part : new int[][] {{0, 1}, {1, 5}, {5, 6}}) {
                running.add(Portion.of(
                        SAID.rows(part[0], part[1]), TRUE.rows(part[0], part[1]), null, null, Reads.DEFAULT));
            }
            assertThat(running.value()).as(metric.name()).isCloseTo(metric.of(SAID, TRUE), EXACT);
        }
    }

    @Test
    void refusesWhatDoesNotFit() {
        assertThatThrownBy(() -> Metrics.accuracy().of(SAID, classes(0, 1)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("rows: predictions float32[6, 3] and targets int64[2] (expected: ");
        assertThatThrownBy(() -> Metrics.accuracy().of(saying(3, 0), classes(7)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("target 0: class 7 (expected: 0 <= class < 3");
        assertThatThrownBy(() -> Metrics.accuracy().of(Tensor.of(new float[] {1}), Tensor.of(new float[] {0.5f})))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("target 0: 0.5 (expected: 1 for yes, and 0 or -1 for no)");
        assertThatThrownBy(() ->
                        Metrics.logLoss().ofProbabilities().of(Tensor.of(new float[] {3, 1}, 1, 2), classes(0)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("predictions hold 3.0 at position 0 (expected: probabilities");
        assertThatThrownBy(() ->
                        Metrics.logLoss().ofProbabilities().of(Tensor.of(new float[] {1, 1}, 1, 2), classes(0)))
                .hasMessageStartingWith("predictions of position 0 add up to 2.0 (expected: probabilities");
        assertThatThrownBy(() -> Metrics.accuracy().of(Tensor.of(new float[] {Float.NaN}), Tensor.of(new float[] {0})))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("prediction of position 0: NaN (expected: a finite number)");
        assertThatThrownBy(() -> Metrics.accuracy().of(SAID, TRUE, Tensor.of(new float[6])))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("accuracy: 0 rows that count (expected: at least one)");
        assertThatThrownBy(() -> Metrics.accuracy().of(SAID, TRUE, Tensor.of(new float[4])))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("weights: float32[4] (expected: one for each of 6 rows");
    }

    @Test
    void anotherOutputHasTargetsOfItsOwn() {
        Metric metric = Metrics.accuracy().on("sex").weightedBy("importance");

        assertThat(metric.name()).isEqualTo("sex/accuracy");
        assertThat(metric.reads()).isEqualTo(new Reads("sex", "importance", false, false));
        assertThat(metric.reads().target()).isEqualTo("sex/target");
        assertThat(metric.higherIsBetter()).isTrue();
        assertThat(metric.unweighted().named("plain").reads().weight()).isEmpty();
    }
}
