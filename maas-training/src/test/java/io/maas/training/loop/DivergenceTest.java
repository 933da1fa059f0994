package io.maas.training.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.maas.backend.Backend;
import io.maas.backend.Backends;
import io.maas.backend.tck.ReferenceBackend;
import io.maas.error.TrainingDivergedException;
import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.Tensor;
import io.maas.train.Loss;
import io.maas.train.Optimizer;
import io.maas.train.Schedule;
import io.maas.training.data.Dataset;
import io.maas.training.layer.Initializer;
import io.maas.training.layer.Layer;
import io.maas.training.layer.Layers;
import io.maas.training.layer.Network;
import io.maas.training.loss.Losses;
import io.maas.training.optimizer.Optimizers;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DivergenceTest {
    static Stream<Backend> engines() {
        return Stream.of(new ReferenceBackend(), Backends.load().preferred());
    }

    private static TrainingDivergedException diverged(Trainer trainer, Dataset data, Fit fit) {
        return Objects.requireNonNull(
                catchThrowableOfType(TrainingDivergedException.class, () -> trainer.fit(data, fit)), "diverged");
    }

    private static Trainer trainer(Backend engine, Network network, Loss loss, Optimizer optimizer) {
        return Trainer.of(network, loss, optimizer).withBackend(engine);
    }

    private static Layer op(Op op) {
        return (scope, x) -> scope.graph().node(op, Attributes.none(), x);
    }

    @ParameterizedTest
    @MethodSource("engines")
    void theLogarithmOfZeroInsideALayerIsNamed(Backend engine) {
        // Every row but one has a logarithm.
        Dataset line = Problems.line(40);
        float[] features = new float[40];
        for (int i = 0; i < 40; i++) {
            features[i] = i == 17 ? 0 : 1 + i;
        }
        Dataset data = Dataset.of(Tensor.of(features, 40, 1), line.targets());
        Network network = Network.sequential(Layers.named("risky", op(Op.LOG)), Layers.dense(1));

        TrainingDivergedException e = diverged(
                trainer(engine, network, Losses.meanSquared(), Optimizers.sgd(1e-3)),
                data,
                Fit.epochs(3).batchSize(7));

        assertThat(e.step()).isBetween(1L, 6L);
        assertThat(e.origin()).startsWith("Log \"risky").contains(" made an infinity at [");
        assertThat(e).hasMessageContaining("it began here: Log \"risky");
    }

    @ParameterizedTest
    @MethodSource("engines")
    void aNumberThatIsBadOnlyInTheGradientIsNamed(Backend engine) {
        // sqrt(0) is 0, and its slope there is infinite.
        Network network = Network.of((scope, x) -> {
            GraphBuilder b = scope.graph();
            Value weight = scope.parameter("weight", Initializer.zeros(), 2, 1);
            return b.node(Op.SQRT, Attributes.none(), b.node(Op.ABS, Attributes.none(), b.matmul(x, weight)));
        });

        TrainingDivergedException e = diverged(
                trainer(engine, network, Losses.meanSquared(), Optimizers.sgd(0.1)), Problems.line(8), Fit.epochs(1));

        assertThat(e.step()).isEqualTo(1);
        assertThat(e.origin()).contains(" made ").contains("gradient");
    }

    @ParameterizedTest
    @MethodSource("engines")
    void aGradientIsSeenAlsoWhereTheUpdateHidesIt(Backend engine) {
        // The slope is 1e39, beyond float32; an update by its sign, or within bounds, is a number all the same.
        Network network = Network.of((scope, x) -> {
            GraphBuilder b = scope.graph();
            Value weight = scope.parameter("weight", Initializer.zeros(), 2, 1);
            return b.mul(b.mul(b.matmul(x, weight), 1e20), 1e19);
        });

        for (Optimizer optimizer :
                new Optimizer[] {Optimizers.clipByValue(Optimizers.sgd(0.1), 1), Optimizers.lion(0.1)}) {
            TrainingDivergedException e = diverged(
                    trainer(engine, network, Losses.meanAbsolute(), optimizer),
                    Problems.line(8),
                    Fit.epochs(1).batchSize(1));

            assertThat(e.step()).as(optimizer.name()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @MethodSource("engines")
    void anExplodingRateStopsWithTheLastGoodCheckpoint(Backend engine, @TempDir Path folder) {
        Schedule explodes = Schedule.of("explodes", step -> step < 25 ? 1 : 1e30);
        Trainer trainer = trainer(
                engine,
                Network.sequential(Layers.dense(2, 4), Layers.dropout(0.2), Layers.dense(1)),
                Losses.meanSquared(),
                Optimizers.scheduled(Optimizers.sgd(0.01), explodes));
        Fit fit = Fit.epochs(9).batchSize(8).checkpoint(Checkpoints.in(folder).everySteps(5));

        TrainingDivergedException e = diverged(trainer, Problems.line(60), fit);

        assertThat(e.step()).isBetween(25L, 28L);
        assertThat(e.origin()).isNotNull();
        Path checkpoint = Path.of(Objects.requireNonNull(e.checkpoint()));
        assertThat(checkpoint).isRegularFile();
        assertThat(checkpoint.getFileName().toString()).contains("-step-2");
        assertThat(e).hasMessageContaining("the last good checkpoint is " + checkpoint);
        // It is whole, and leads to the same step again.
        assertThat(diverged(trainer, Problems.line(60), fit).step()).isEqualTo(e.step());
    }

    @Test
    void findsTheStepAgainFromALaterCopyOfTheState() {
        // A second a step: the copy of the state is one of step 20, an epoch and some batches later than the first.
        StepClock clock = new StepClock();
        Schedule explodes = Schedule.of("explodes", step -> step < 25 ? 1 : 1e30);
        Trainer trainer = trainer(
                        new ReferenceBackend(),
                        Network.sequential(Layers.dense(2, 4), Layers.dropout(0.2), Layers.dense(1)),
                        Losses.meanSquared(),
                        Optimizers.scheduled(Optimizers.adam(0.01), explodes))
                .withTicker(clock);

        TrainingDivergedException e =
                diverged(trainer, Problems.line(60), Fit.epochs(9).batchSize(8).listen(clock));

        // Weights of 1e28 are numbers still; their squares are not.
        assertThat(e.step()).isEqualTo(26);
        assertThat(e.origin()).contains("made an infinity");
        assertThat(e.getCause()).isNotNull();
    }

    @Test
    void aLossThatIsBadOnTheValidationSetIsNamedToo() {
        // What overflows is not in the training set.
        Dataset held = Dataset.of(Tensor.of(new float[] {0, 0, 300, 0}, 2, 2), Tensor.of(new float[2]));
        Network network = Network.sequential(Layers.named("risky", op(Op.EXP)), Layers.dense(1));

        TrainingDivergedException e = diverged(
                trainer(new ReferenceBackend(), network, Losses.meanSquared(), Optimizers.sgd(0.01)),
                Problems.line(16),
                Fit.epochs(2).validateOn(held));

        assertThat(e).hasMessageStartingWith("training diverged at step 1: validation loss is ");
        assertThat(e.origin()).startsWith("Exp \"risky");
    }
}
