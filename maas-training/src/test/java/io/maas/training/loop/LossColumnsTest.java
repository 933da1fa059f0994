package io.maas.training.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.maas.backend.ProgramOptions;
import io.maas.backend.tck.ReferenceBackend;
import io.maas.error.InvalidInputException;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.train.Loss;
import io.maas.training.data.Batches;
import io.maas.training.data.Dataset;
import io.maas.training.layer.Layers;
import io.maas.training.layer.Network;
import io.maas.training.loss.Losses;
import io.maas.training.optimizer.Optimizers;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Losses that read more of the data than its targets, through the whole of a training. */
class LossColumnsTest {
    private static final Network LINEAR = Network.sequential(Layers.dense(2, 1));
    private static final Network CLASSIFIER = Network.sequential(Layers.dense(2, 3));

    private static Trainer trainer(Network network, Loss loss) {
        return Trainer.of(network, loss, Optimizers.sgd(0.1)).withBackend(new ReferenceBackend());
    }

    /** The line of {@link Problems}, then as many rows of nonsense. */
    private static Dataset halfNonsense() {
        Dataset good = Problems.line(8);
        float[] features = Arrays.copyOf(good.features().toFloatArray(), 32);
        float[] targets = Arrays.copyOf(good.targets().toFloatArray(), 16);
        Arrays.fill(features, 16, 32, 0.5f);
        Arrays.fill(targets, 8, 16, -77);
        return Dataset.of(Tensor.of(features, 16, 2), Tensor.of(targets));
    }

    private static Tensor weights() {
        float[] weights = new float[16];
        Arrays.fill(weights, 0, 8, 2);
        return Tensor.of(weights);
    }

    @Test
    void rowsOfWeightZeroTeachNothing() {
        Trained some = trainer(LINEAR, Losses.meanSquared().weighted())
                .fit(
                        halfNonsense().with("weight", weights()),
                        Fit.epochs(20).batchSize(16).validateOn(halfNonsense().with("weight", weights())));
        Trained good = trainer(LINEAR, Losses.meanSquared())
                .fit(Problems.line(8), Fit.epochs(20).batchSize(8));

        assertThat(some.weights().get("dense_1/weight").toDoubleArray())
                .containsExactly(good.weights().get("dense_1/weight").toDoubleArray(), within(1e-5));
        assertThat(some.metrics().get("train.loss"))
                .isCloseTo(Objects.requireNonNull(good.metrics().get("train.loss")), within(1e-5));
        assertThat(some.metrics().get("validation.loss"))
                .isEqualTo(some.metrics().get("train.loss"));
        assertThat(some.lineage().settings()).containsEntry("loss", "meanSquared.weighted(1)");
    }

    @Test
    void weightsFollowTheirRowsThroughEveryShuffle() {
        // Each weight belongs to its row: with any other order nonsense would be learned.
        Trained some = trainer(LINEAR, Losses.meanSquared().weighted())
                .fit(
                        halfNonsense().with("weight", weights()).shuffled(3),
                        Fit.epochs(300).batchSize(3));

        assertThat(some.weights().get("dense_1/weight").toDoubleArray())
                .containsExactly(new double[] {3, -2}, within(0.05));
    }

    @Test
    void ignoredTargetsCountNeitherForLossNorAccuracy() {
        float[] features = {2, 0, 0, 2, -2, -2, 2, 2};
        Dataset all = Dataset.of(Tensor.of(features, 4, 2), Tensor.of(new long[] {0, 1, 2, -100}));
        Dataset known = Dataset.of(Tensor.of(Arrays.copyOf(features, 6), 3, 2), Tensor.of(new long[] {0, 1, 2}));
        Fit fit = Fit.epochs(50).batchSize(4);

        Trained some =
                trainer(CLASSIFIER, Losses.softmaxCrossEntropy().ignore(-100)).fit(all, fit);
        Trained same = trainer(CLASSIFIER, Losses.softmaxCrossEntropy()).fit(known, fit);

        assertThat(some.metrics()).containsEntry("train.accuracy", 1.0);
        assertThat(some.history().epochs().get(0).train().accuracy())
                .isEqualTo(same.history().epochs().get(0).train().accuracy());
        assertThat(some.metrics().get("train.loss"))
                .isCloseTo(Objects.requireNonNull(same.metrics().get("train.loss")), within(1e-5));
    }

    @Test
    void aClassThatIsIgnoredIsNoRightAnswer() {
        // Class 0 stands for padding; the network says it wherever it can.
        Dataset data = Dataset.of(Tensor.of(new float[12], 6, 2), Tensor.of(new long[] {0, 0, 0, 1, 1, 2}));
        Trained trained = trainer(CLASSIFIER, Losses.softmaxCrossEntropy().ignore(0))
                .fit(data, Fit.epochs(1).batchSize(6));

        assertThat(trained.history().epochs().get(0).train().accuracy()).isZero();
        assertThat(trained.metrics()).containsEntry("train.accuracy", 2 / 3.0);
    }

    @Test
    void whereNoTargetCountsThereIsNoAccuracy() {
        Dataset data = Dataset.of(Tensor.of(new float[] {1, 2, 3, 4}, 2, 2), Tensor.of(new long[] {-1, -1}));
        Trained trained = trainer(CLASSIFIER, Losses.softmaxCrossEntropy().ignore(-1))
                .fit(data, Fit.epochs(1).batchSize(4));

        assertThat(trained.metrics()).containsEntry("train.loss", 0.0).doesNotContainKey("train.accuracy");
    }

    @Test
    void aPriceOnParametersPullsThemTowardsZero() {
        Dataset data = Problems.line(8);
        Tensors before;
        Tensors plain;
        Tensors priced;
        try (TrainingStep step = trainer(LINEAR, Losses.meanSquared()).newStep(data)) {
            before = step.weights();
            step.step(fitting(data));
            plain = step.weights();
        }
        Loss loss = Losses.sum(Losses.meanSquared(), Losses.l2(0.5, "*/weight"));
        try (TrainingStep step = trainer(LINEAR, loss).newStep(data)) {
            step.step(fitting(data));
            priced = step.weights();
        }

        for (int i = 0; i < 2; i++) {
            double w = before.get("dense_1/weight").floats().get(i);
            double expected = plain.get("dense_1/weight").floats().get(i) - 0.1 * 2 * 0.5 * w;
            assertThat((double) priced.get("dense_1/weight").floats().get(i)).isCloseTo(expected, within(1e-6));
        }
        assertThat(priced.get("dense_1/bias")).isEqualTo(plain.get("dense_1/bias"));
    }

    private static Batches.Batch fitting(Dataset data) {
        Dataset rows = Dataset.of(data.features(), data.targets().reshape(Shape.of(data.rows(), 1)));
        return Batches.of(rows, data.rows()).batch(0);
    }

    @Test
    void aLossMayReadNoTargets() {
        SplittableRandom random = new SplittableRandom(1);
        float[] features = new float[16 * 3 * 2];
        for (int row = 0; row < 16; row++) {
            // Anchor and positive differ in their first number only, the negative in its second.
            float common = (float) random.nextDouble();
            for (int i = 0; i < 3; i++) {
                features[6 * row + 2 * i] = (float) random.nextDouble();
                features[6 * row + 2 * i + 1] = i == 2 ? common + 0.5f : common;
            }
        }
        Dataset data = Dataset.of(Tensor.of(features, 16, 3, 2), Tensor.of(new long[16]));
        Trained trained = trainer(Network.sequential(Layers.dense(2)), Losses.triplet(1))
                .fit(data, Fit.epochs(150).batchSize(4));

        assertThat(trained.metrics().get("train.loss"))
                .isLessThan(0.5 * trained.history().epochs().get(0).train().loss());
    }

    @Test
    void sequencesLearnWithoutBeingAligned() {
        // Each of the steps shows one label's feature; the targets do not say where.
        Dataset data = Dataset.of(
                        Tensor.of(
                                new float[] {
                                    1, 0, 1, 0, 0, 1, 0, 0, // one, then two
                                    0, 1, 0, 0, 1, 0, 1, 0, // two, then one
                                    0, 0, 1, 0, 0, 0, 9, 9, // one, and padding
                                },
                                3,
                                4,
                                2),
                        Tensor.of(new long[] {1, 2, 2, 1, 1, 0}, 3, 2))
                .with("input_length", Tensor.of(new long[] {4, 4, 3}))
                .with("target_length", Tensor.of(new long[] {2, 2, 1}));
        Trained trained = Trainer.of(Network.sequential(Layers.dense(3)), Losses.ctc(2), Optimizers.adam(0.1))
                .withBackend(new ReferenceBackend())
                .fit(data, Fit.epochs(100).batchSize(3));

        assertThat(trained.metrics().get("train.loss")).isLessThan(0.1);
        assertThat(trained.metrics()).doesNotContainKey("train.accuracy");
    }

    @Test
    void aStepMayHaveALossOfEachOfItsOutputs() {
        GraphBuilder b = new GraphBuilder("two heads");
        Value x = b.input("x", DataType.FLOAT32, Shape.symbolic("batch", 2));
        Value first = b.input("first", DataType.FLOAT32, Shape.of(2, 1));
        Value second = b.input("second", DataType.FLOAT32, Shape.of(2, 1));
        Map<String, Value> outputs = new LinkedHashMap<>();
        outputs.put("slope", b.matmul(x, first));
        outputs.put("sign", b.matmul(x, second));
        Map<Value, Tensor> parameters = Map.of(
                first, Tensor.zeros(DataType.FLOAT32, Shape.of(2, 1)),
                second, Tensor.zeros(DataType.FLOAT32, Shape.of(2, 1)));
        Loss loss =
                Losses.sum(Losses.meanSquared(), Losses.scaled(0.5, Losses.on("sign", Losses.binaryCrossEntropy())));
        Objective objective = Objective.of(b, outputs, loss, parameters, Map.of());
        Dataset line = Problems.line(16);
        float[] slopes = line.targets().toFloatArray();
        float[] signs = new float[16];
        for (int i = 0; i < 16; i++) {
            slopes[i] -= 1;
            signs[i] = slopes[i] > 0 ? 1 : 0;
        }
        Tensors inputs = Tensors.of(
                "x",
                line.features(),
                Objective.TARGET,
                Tensor.of(slopes, 16, 1),
                "training/sign/target",
                Tensor.of(signs, 16, 1));

        assertThat(objective.columns().keySet()).containsExactly("target", "sign/target");
        try (TrainingStep step = TrainingStep.of(
                objective,
                Optimizers.adam(0.1),
                new ReferenceBackend(),
                ProgramOptions.training(),
                (graph, carried) -> graph)) {
            for (int i = 0; i < 200; i++) {
                step.step(inputs);
            }
            assertThat(step.weights().get("first").toDoubleArray()).containsExactly(new double[] {3, -2}, within(0.01));
            assertThat(step.weights().get("second").floats().get(0)).isGreaterThan(2);
            assertThat(step.weights().get("second").floats().get(1)).isLessThan(-1);
        }
    }

    @Test
    void whatTheLossReadsHasToBeThere() {
        Loss weighted = Losses.meanSquared().weighted();
        Dataset with = halfNonsense().with("weight", weights());

        assertThatThrownBy(() -> trainer(LINEAR, weighted).fit(halfNonsense(), Fit.epochs(1)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("weight of the training set: none (expected: float32[batch], which the loss reads); add a"
                        + " column \"weight\"");
        assertThatThrownBy(
                        () -> trainer(LINEAR, weighted).fit(with, Fit.epochs(1).validateOn(halfNonsense())))
                .hasMessageStartingWith("weight of the validation set: none");
        assertThatThrownBy(() -> trainer(LINEAR, weighted)
                        .fit(halfNonsense().with("weight", Tensor.of(new long[16])), Fit.epochs(1)))
                .hasMessage("weight of the training set does not fit loss \"meanSquared.weighted(1)\": got int64[16],"
                        + " expected float32[batch]; convert the values");
        try (TrainingStep step = trainer(LINEAR, weighted).newStep(with)) {
            assertThatThrownBy(() -> step.step(fitting(halfNonsense())))
                    .hasMessageStartingWith("weight of the batch: none (expected: float32[batch]");
        }
    }

    @Test
    void columnsThatTheLossDoesNotReadDoNoHarm() {
        Dataset data = Problems.line(8);
        Fit fit = Fit.epochs(2).batchSize(4);

        assertThat(trainer(LINEAR, Losses.meanSquared())
                        .fit(data.with("weight", Tensor.of(new float[8])), fit)
                        .weights())
                .isEqualTo(trainer(LINEAR, Losses.meanSquared()).fit(data, fit).weights());
    }

    @Test
    void aLossThatIsNoNumberCannotBeLearnedFrom() {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> trainer(LINEAR, Losses.meanSquared().unreduced()).fit(Problems.line(4), Fit.epochs(1)))
                .withMessageStartingWith("loss \"meanSquared.reduction=none\": ")
                .withMessageEndingWith("float32[batch, 1] (expected: a scalar []; reduce it to its mean or sum)");
    }
}
