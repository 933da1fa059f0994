package io.maas.training.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.maas.backend.ProgramOptions;
import io.maas.backend.tck.ReferenceBackend;
import io.maas.graph.Graph;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.train.Optimizer;
import io.maas.train.Plateau;
import io.maas.train.Schedule;
import io.maas.training.data.Batches;
import io.maas.training.data.Dataset;
import io.maas.training.layer.Layers;
import io.maas.training.layer.Mode;
import io.maas.training.layer.Network;
import io.maas.training.loss.Losses;
import io.maas.training.optimizer.Averaging;
import io.maas.training.optimizer.Groups;
import io.maas.training.optimizer.Optimizers;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What optimizers ask of the step around them: averages, frozen parameters, measured values. */
class OptimizersInTrainingTest {
    /** With targets as the step takes them. */
    private static Dataset line(int rows) {
        Dataset flat = Problems.line(rows);
        return Dataset.of(flat.features(), flat.targets().reshape(Shape.of(rows, 1)));
    }

    private static final Network LINE = Network.sequential(Layers.dense(2, 1));

    private static Trainer trainer(Network network, Optimizer optimizer) {
        return Trainer.of(network, Losses.meanSquared(), optimizer).withSeed(1).withBackend(new ReferenceBackend());
    }

    // ---- averages

    @Test
    void whatComesOutIsTheAverage() {
        Dataset data = line(16);
        Trainer plain = trainer(LINE, Optimizers.sgd(0.3));
        double[] average = new double[2];
        Batches batches = Batches.of(data, 4);
        try (TrainingStep step = plain.newStep(data)) {
            average = step.weights().get("dense_1/weight").toDoubleArray();
            for (int i = 0; i < 4; i++) {
                step.step(batches.batch(i));
                double[] weight = step.weights().get("dense_1/weight").toDoubleArray();
                for (int k = 0; k < 2; k++) {
                    average[k] = 0.6 * average[k] + 0.4 * weight[k];
                }
            }
        }
        Optimizer averaged = Optimizers.averaged(Optimizers.sgd(0.3), Averaging.exponential(0.6));
        try (TrainingStep step = trainer(LINE, averaged).newStep(data)) {
            for (int i = 0; i < 4; i++) {
                step.step(batches.batch(i));
            }
            assertThat(step.weights().get("dense_1/weight").toDoubleArray()).containsExactly(average, within(1e-6));
            // The weights themselves go on being trained.
            assertThat(step.snapshot().state().names())
                    .contains("dense_1/weight", "dense_1/weight/average", "dense_1/bias/average");
        }
    }

    @Test
    void validationAndTheModelSeeTheAverage() {
        Dataset data = line(16);
        Optimizer averaged = Optimizers.averaged(Optimizers.sgd(0.3), Averaging.exponential(0.6));
        Trained trained =
                trainer(LINE, averaged).fit(data, Fit.epochs(3).batchSize(4).validateOn(data));

        Tensors weights = trained.weights();
        double[] weight = weights.get("dense_1/weight").toDoubleArray();
        double bias = weights.get("dense_1/bias").item();
        double[] features = data.features().toDoubleArray();
        double[] targets = data.targets().toDoubleArray();
        double sum = 0;
        for (int i = 0; i < targets.length; i++) {
            double error = weight[0] * features[2 * i] + weight[1] * features[2 * i + 1] + bias - targets[i];
            sum += error * error;
        }
        assertThat(trained.metrics().get("validation.loss")).isCloseTo(sum / targets.length, within(1e-5));
        double[] outputs = trained.predict(Tensors.of("input", data.features()))
                .iterator()
                .next()
                .tensor()
                .toDoubleArray();
        assertThat(outputs[0]).isCloseTo(weight[0] * features[0] + weight[1] * features[1] + bias, within(1e-5));
    }

    // ---- frozen parameters

    private static final Network DEEP = Network.sequential(Layers.dense(2, 3), Layers.tanh(), Layers.dense(1));

    @Test
    void whatIsFrozenStaysAndNothingIsComputedForIt() {
        Dataset data = line(16);
        Optimizer frozen = Optimizers.clipByNorm(
                Optimizers.groups(Optimizers.adam(0.1)).with("dense_1/*", Optimizers.frozen()), 0.1);
        try (TrainingStep step = trainer(DEEP, frozen).newStep(data)) {
            Tensors before = step.weights();
            step.step(Batches.of(data, 16).batch(0));
            Tensors after = step.weights();
            assertThat(after.get("dense_1/weight")).isEqualTo(before.get("dense_1/weight"));
            assertThat(after.get("dense_1/bias")).isEqualTo(before.get("dense_1/bias"));
            assertThat(after.get("dense_2/weight")).isNotEqualTo(before.get("dense_2/weight"));
            assertThat(step.snapshot().state().names())
                    .contains("dense_1/weight", "dense_2/weight/moment1")
                    .doesNotContain("dense_1/weight/moment1");
        }
        assertThat(nodes(frozen)).isLessThan(nodes(Optimizers.clipByNorm(Optimizers.adam(0.1), 0.1)) - 20);
    }

    private static int nodes(Optimizer optimizer) {
        Task task = Task.of(DEEP, Losses.meanSquared(), line(4));
        AtomicReference<Graph> graph = new AtomicReference<>();
        Objective objective = Objective.of(task.forward("step", Mode.TRAINING, 0), 0);
        TrainingStep.of(objective, optimizer, new ReferenceBackend(), ProgramOptions.training(), (made, carried) -> {
                    graph.set(made);
                    return made;
                })
                .close();
        return Objects.requireNonNull(graph.get()).nodes().size();
    }

    @Test
    void aTrainingThatMovesNothingIsRefused() {
        Optimizer all = Optimizers.groups(Optimizers.frozen()).with("dense_1/*", Optimizers.frozen());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> trainer(LINE, all).newStep(line(4)))
                .withMessage(
                        "optimizer: groups(frozen).with(\"dense_1/*\", frozen) (expected: one that moves a parameter,"
                                + " of [dense_1/weight, dense_1/bias])");
    }

    @Test
    void aPatternThatMatchesOnlyWhatIsFrozenIsFine() {
        Groups groups = Optimizers.groups(Optimizers.sgd(0.1)).with("*bias", Optimizers.frozen());
        try (TrainingStep step = trainer(LINE, groups).newStep(line(4))) {
            step.step(Batches.of(line(4), 4).batch(0));
            assertThat(step.weights().get("dense_1/bias").item()).isZero();
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        trainer(LINE, groups.with("*scale", Optimizers.sgd(1))).newStep(line(4)))
                .withMessage(
                        "pattern of a group: \"*scale\" (expected: one that matches a parameter, of [dense_1/weight,"
                                + " dense_1/bias])");
    }

    // ---- measured values

    @Test
    void theRateFallsWhenWhatIsMeasuredDoes() {
        Schedule schedule =
                Schedule.onPlateau(Plateau.defaults().withFactor(0.5).withPatience(1));
        Dataset one = Dataset.of(Tensor.of(new float[] {1, 0}, 1, 2), Tensor.of(new float[] {100}, 1, 1));
        Trainer trainer = trainer(LINE, Optimizers.scheduled(Optimizers.sgd(0.01), schedule));
        try (TrainingStep step = trainer.newStep(one)) {
            double[] moves = new double[3];
            for (int i = 0; i < 3; i++) {
                double before = step.weights().get("dense_1/bias").item();
                double error = step.weights().get("dense_1/weight").toDoubleArray()[0] + before - 100;
                step.step(Batches.of(one, 1).batch(0));
                moves[i] = (before - step.weights().get("dense_1/bias").item()) / (2 * error);
                step.measured(7);
            }
            assertThat(moves).containsExactly(new double[] {0.01, 0.01, 0.005}, within(1e-5));
            assertThat(step.snapshot().measured()).hasSize(3);
        }
    }
}
