package io.maas.training.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.maas.backend.Backends;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.train.Loss;
import io.maas.training.data.Batches;
import io.maas.training.data.Dataset;
import io.maas.training.data.Sequences;
import io.maas.training.layer.Initializer;
import io.maas.training.layer.Input;
import io.maas.training.layer.Layers;
import io.maas.training.layer.NamedValues;
import io.maas.training.layer.Network;
import io.maas.training.loss.Losses;
import io.maas.training.metric.Metrics;
import io.maas.training.optimizer.Optimizers;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Accuracies against sums made by hand, of a network that gives its input back. */
class AnswersTest {
    private static final Fit ONCE = Fit.epochs(1).batchSize(2);

    private static final Network ROWS = Network.sequential(Layers.dense(2, 2).withWeight(identity()));

    private static final Network POSITIONS = Network.of(
            List.of(Input.floats("x", Shape.symbolic("time", 2))),
            (scope, in) ->
                    NamedValues.of("scores", scope.apply(Layers.dense(2, 2).withWeight(identity()), in.get("x"))));

    private static final float[] SAYS_0 = {2, 1};
    private static final float[] SAYS_1 = {-1, 5};

    private static Initializer identity() {
        return (shape, random) -> new double[] {1, 0, 0, 1};
    }

    /** Learns so slowly that weights stay as they are. */
    private static Trainer trainer(Network network, Loss loss) {
        return Trainer.of(network, loss, Optimizers.sgd(1e-12))
                .withBackend(Backends.load().preferred());
    }

    private static Dataset threeRows(int... classes) {
        return Dataset.of(new float[][] {SAYS_0, SAYS_1, SAYS_1}, classes);
    }

    private static void assertAccuracy(Trained trained, double expected) {
        EpochReport epoch = trained.history().epochs().get(0);
        assertThat(epoch.train().accuracy()).isCloseTo(expected, within(1e-6));
        assertThat(trained.metrics().get("train.accuracy")).isCloseTo(expected, within(1e-6));
    }

    @Test
    void rowsOfWeightZeroDoNotCount() {
        Dataset data = threeRows(0, 0, 1).with("weight", Tensor.of(new float[] {1, 0, 1}));

        assertAccuracy(trainer(ROWS, Losses.softmaxCrossEntropy()).fit(data, ONCE), 2 / 3.0);
        assertAccuracy(trainer(ROWS, Losses.softmaxCrossEntropy().weighted()).fit(data, ONCE), 1);
    }

    @Test
    void otherRowsCountAsInTheLoss() {
        Dataset data = threeRows(0, 0, 1).with("weight", Tensor.of(new float[] {1, 2, 0.5f}));

        assertAccuracy(
                trainer(ROWS, Losses.softmaxCrossEntropy().weighted()).fit(data, ONCE), (1 + 0.5) / (1 + 2 + 0.5));
    }

    @Test
    void theOutcomeOfAStepSaysWhatCounted() {
        Dataset data = threeRows(0, 0, 1).with("weight", Tensor.of(new float[] {1, 2, 0.5f}));
        try (TrainingStep step =
                trainer(ROWS, Losses.softmaxCrossEntropy().weighted()).newStep(data)) {
            TrainingStep.Outcome outcome = step.step(Batches.inOrder(data, 3).batch(0));

            assertThat(outcome.correct()).isEqualTo(1.5);
            assertThat(outcome.counted()).isEqualTo(3.5);
        }
    }

    @Test
    void paddingBehindAMaskDoesNotCount() {
        // Padding is zeros, for which class 0 is said, and has class 0: it would be right.
        Sequences features = Sequences.vectors(List.of(new float[][] {SAYS_0, SAYS_1, SAYS_1}, new float[][] {SAYS_1}));
        Sequences classes = Sequences.ofInts(List.of(new int[] {0, 0, 1}, new int[] {0}));
        Dataset data = Dataset.of(features, classes).with("weight", features.mask());
        Dataset ignoring = Dataset.of(features, classes.paddedWith(-100));

        assertAccuracy(
                trainer(POSITIONS, Losses.softmaxCrossEntropy().weighted(2)).fit(data, ONCE), 2 / 4.0);
        assertAccuracy(
                trainer(POSITIONS, Losses.softmaxCrossEntropy().ignore(-100)).fit(ignoring, ONCE), 2 / 4.0);
    }

    @Test
    void aWeightOfARowIsThatOfItsPositions() {
        Tensor features = Tensor.of(new float[] {2, 1, -1, 5, 2, 1, 2, 1}, 2, 2, 2);
        Dataset data = Dataset.of(features, Tensor.of(new long[] {0, 1, 0, 1}, 2, 2))
                .with("weight", Tensor.of(new float[] {1, 3}));

        assertAccuracy(
                trainer(POSITIONS, Losses.softmaxCrossEntropy().weighted()).fit(data, ONCE), (2 + 3) / (2 + 6.0));
    }

    @Test
    void ignoredRowsDoNotCountWhateverTheyWeigh() {
        Dataset data = threeRows(0, -100, 1).with("weight", Tensor.of(new float[] {1, 100, 3}));

        assertAccuracy(
                trainer(ROWS, Losses.softmaxCrossEntropy().ignore(-100).weighted())
                        .fit(data, ONCE),
                1);
    }

    @Test
    void whereNoRowCountsThereIsNoAccuracy() {
        Dataset data = threeRows(0, 0, 1).with("weight", Tensor.of(new float[3]));
        Trained trained = trainer(ROWS, Losses.softmaxCrossEntropy().weighted()).fit(data, ONCE);

        assertThat(trained.history().epochs().get(0).train().accuracy()).isNull();
        assertThat(trained.metrics()).doesNotContainKey("train.accuracy");
    }

    @Test
    void itIsTheAccuracyThatIsMeasuredOtherwise() {
        SplittableRandom random = new SplittableRandom(4);
        float[][] features = new float[2000][2];
        int[] classes = random.ints(2000, 0, 2).toArray();
        float[] weights = new float[2000];
        for (int i = 0; i < 2000; i++) {
            features[i][0] = (float) random.nextDouble();
            features[i][1] = (float) random.nextDouble();
            weights[i] = Math.max(0, (float) random.nextDouble() - 0.3f);
        }
        Dataset data = Dataset.of(features, classes).with("weight", Tensor.of(weights));
        Trained trained = trainer(ROWS, Losses.softmaxCrossEntropy().weighted()).fit(data, ONCE);

        Scores scores = trained.evaluate(data, Metrics.accuracy());

        assertThat(scores.accuracy()).isCloseTo(scores.metrics().get("accuracy"), within(1e-6));
    }
}
