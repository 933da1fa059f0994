package io.maas.training.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import io.maas.backend.Backend;
import io.maas.backend.onnxruntime.OnnxRuntimeBackend;
import io.maas.backend.tck.ReferenceBackend;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.train.Optimizer;
import io.maas.train.Schedule;
import io.maas.train.UpdateScope;
import io.maas.training.data.Batches;
import io.maas.training.data.Dataset;
import io.maas.training.layer.Layers;
import io.maas.training.layer.Network;
import io.maas.training.loss.Losses;
import io.maas.training.optimizer.Averaging;
import io.maas.training.optimizer.Optimizers;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Several batches for one update. */
class GatheringTest {
    private static final Network NETWORK = Network.sequential(Layers.dense(3, 8), Layers.tanh(), Layers.dense(2));

    private static Dataset data(int rows) {
        SplittableRandom random = new SplittableRandom(5);
        float[] features = new float[rows * 3];
        float[] targets = new float[rows * 2];
        for (int i = 0; i < features.length; i++) {
            features[i] = (float) random.nextDouble(-1, 1);
        }
        for (int i = 0; i < targets.length; i++) {
            targets[i] = (float) random.nextDouble(-1, 1);
        }
        return Dataset.of(Tensor.of(features, rows, 3), Tensor.of(targets, rows, 2));
    }

    private static Trainer trainer(Optimizer optimizer, Backend backend) {
        return Trainer.of(NETWORK, Losses.meanSquared(), optimizer).withSeed(3).withBackend(backend);
    }

    private static void same(Tensors found, Tensors expected) {
        assertThat(found.names()).isEqualTo(expected.names());
        for (Tensors.Entry each : expected) {
            assertThat(found.get(each.name()).toDoubleArray())
                    .as(each.name())
                    .containsExactly(each.tensor().toDoubleArray(), within(1e-6));
        }
    }

    private static Optimizer rich() {
        Optimizer momentum = Optimizers.clipByNorm(Optimizers.momentum(0.05, 0.9), 0.5);
        return Optimizers.averaged(
                Optimizers.scheduled(momentum, Schedule.warmUp(5).then(Schedule.cosine(20))),
                Averaging.exponential(0.7));
    }

    static Stream<Arguments> cases() {
        return Stream.of(new ReferenceBackend(), new OnnxRuntimeBackend())
                .flatMap(backend -> Stream.of(24, 20, 22, 23, 3)
                        .flatMap(rows -> Stream.of(Optimizers.momentum(0.1, 0.9), rich())
                                .map(optimizer -> Arguments.of(backend, rows, optimizer))));
    }

    /** Whatever is left at the end of an epoch: three batches of 4 rows are one of 12. */
    @ParameterizedTest
    @MethodSource("cases")
    void severalBatchesAreOneOfAllTheirRows(Backend backend, int rows, Optimizer optimizer) {
        Tensors whole = trainer(optimizer, backend)
                .fit(data(rows), Fit.epochs(3).batchSize(12))
                .weights();
        Tensors gathered = trainer(Optimizers.accumulated(optimizer, 3), backend)
                .fit(data(rows), Fit.epochs(3).batchSize(4))
                .weights();

        same(gathered, whole);
    }

    @Test
    void itMakesNoDifferenceWhereTheGatheringStands() {
        Optimizer momentum = Optimizers.accumulated(Optimizers.momentum(0.05, 0.9), 3);
        Optimizer inside = Optimizers.averaged(
                Optimizers.scheduled(
                        Optimizers.clipByNorm(momentum, 0.5), Schedule.warmUp(5).then(Schedule.cosine(20))),
                Averaging.exponential(0.7));
        Fit fit = Fit.epochs(3).batchSize(4);

        same(
                trainer(inside, new ReferenceBackend()).fit(data(22), fit).weights(),
                trainer(Optimizers.accumulated(rich(), 3), new ReferenceBackend())
                        .fit(data(22), fit)
                        .weights());
    }

    @Test
    void nothingMovesUntilTheLastOfTheBatches() {
        Optimizer optimizer = Optimizers.accumulated(Optimizers.adam(0.1), 3);
        Batches batches = Batches.of(data(20), 4);
        try (TrainingStep step = trainer(optimizer, new OnnxRuntimeBackend()).newStep(data(20))) {
            Tensors start = step.weights();
            step.step(batches.batch(0));
            step.step(batches.batch(1));
            assertThat(step.weights()).isEqualTo(start);
            assertThat(step.steps()).isEqualTo(2);
            assertThat(step.updates()).isZero();
            step.step(batches.batch(2));
            assertThat(step.updates()).isEqualTo(1);
            Tensors one = step.weights();
            assertThat(one).isNotEqualTo(start);
            step.step(batches.batch(3));
            assertThat(step.weights()).isEqualTo(one);
            step.step(batches.batch(4), true);
            assertThat(step.updates()).isEqualTo(2);
            assertThat(step.weights()).isNotEqualTo(one);
        }
    }

    /** A gradient that is not finite shows in the step that would move by it. */
    @Test
    void aBatchThatOverflowsDoesNotMoveAnythingBefore() {
        Optimizer optimizer = Optimizers.accumulated(Optimizers.adam(0.1), 2);
        float[] huge = new float[12];
        Arrays.fill(huge, (float) 1e18);
        Dataset wild = Dataset.of(Tensor.of(huge, 4, 3), Tensor.of(new float[8], 4, 2));
        Network linear = Network.sequential(Layers.dense(3, 2));
        Trainer trainer =
                Trainer.of(linear, Losses.meanSquared(), optimizer).withSeed(3).withBackend(new OnnxRuntimeBackend());
        try (TrainingStep step = trainer.newStep(wild)) {
            Tensors start = step.weights();
            // The squares of these gradients are beyond float32: the second moment would be infinite.
            step.step(Batches.of(wild, 4).batch(0));
            assertThat(step.weights()).isEqualTo(start);
        }
    }

    @Test
    void goesOnFromTheMiddle() {
        for (Backend backend : List.of(new ReferenceBackend(), new OnnxRuntimeBackend())) {
            Optimizer optimizer = Optimizers.accumulated(rich(), 3);
            Batches batches = Batches.of(data(20), 4);
            try (TrainingStep straight = trainer(optimizer, backend).newStep(data(20));
                    TrainingStep first = trainer(optimizer, backend).newStep(data(20));
                    TrainingStep second = trainer(optimizer, backend).newStep(data(20))) {
                first.measured(0.5);
                straight.measured(0.5);
                for (int i = 0; i < 4; i++) {
                    straight.step(batches.batch(i));
                    first.step(batches.batch(i));
                }
                second.restore(first.snapshot());
                assertThat(second.snapshot()).isEqualTo(straight.snapshot());
                for (int i = 0; i < 8; i++) {
                    straight.step(batches.batch(i % 5), i % 5 == 4);
                    second.step(batches.batch(i % 5), i % 5 == 4);
                }
                assertThat(second.snapshot()).isEqualTo(straight.snapshot());
                assertThat(second.weights()).isEqualTo(straight.weights());
                assertThat(second.updates()).isEqualTo(4);
            }
        }
    }

    @Test
    void mistakesAreNamed() {
        Optimizer two = Optimizers.accumulated(Optimizers.sgd(0.1), 2);
        assertThat(two.name()).isEqualTo("sgd(learningRate=0.1).accumulated(2)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Optimizers.accumulated(two, 3))
                .withMessage(
                        "optimizer: sgd(learningRate=0.1).accumulated(2) (expected: one that does not gather batches"
                                + " already)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Optimizers.accumulated(Optimizers.sgd(0.1), 0))
                .withMessage("batches: 0 (expected: batches > 0)");
        assertThatIllegalStateException()
                .isThrownBy(
                        () -> trainer(new Hiding(two), new ReferenceBackend()).newStep(data(4)))
                .withMessage(
                        "batches of an update: 1 (expected: 2, of sgd(learningRate=0.1).accumulated(2)); an optimizer"
                                + " around it must answer batches() as it does");
    }

    /** Does not say that the optimizer in it gathers batches. */
    private record Hiding(Optimizer optimizer) implements Optimizer {
        @Override
        public String name() {
            return "hiding";
        }

        @Override
        public void update(UpdateScope scope) {
            optimizer.update(scope);
        }
    }
}
