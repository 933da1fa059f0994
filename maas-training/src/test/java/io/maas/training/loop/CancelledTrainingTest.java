package io.maas.training.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.backend.Backend;
import io.maas.backend.Cancellation;
import io.maas.backend.onnxruntime.OnnxRuntimeBackend;
import io.maas.backend.tck.ReferenceBackend;
import io.maas.error.CancelledException;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.training.data.Dataset;
import io.maas.training.layer.Layers;
import io.maas.training.layer.Network;
import io.maas.training.loss.Losses;
import io.maas.training.optimizer.Optimizers;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training that somebody ends. */
class CancelledTrainingTest {
    private static final Dataset LINE = Problems.line(40);

    private static Trainer trainer(Network network, Backend backend) {
        return Trainer.of(network, Losses.meanSquared(), Optimizers.adam(0.01))
                .withBackend(backend)
                .withSeed(3);
    }

    private static Trainer line() {
        return trainer(Network.sequential(Layers.dense(2, 1)), new ReferenceBackend());
    }

    /** Does something behind each step. */
    private static TrainingListener behindStep(Consumer<StepReport> action) {
        return new TrainingListener() {
            @Override
            public void onEpoch(EpochReport report) {
                // Steps are what counts here.
            }

            @Override
            public void onStep(StepReport report) {
                action.accept(report);
            }
        };
    }

    private static void onAnotherThread(Runnable action) {
        Thread other = new Thread(action, "who cancels");
        other.start();
        try {
            other.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void anotherThreadEndsItBeforeTheNextStep() {
        Cancellation cancellation = new Cancellation();
        AtomicInteger steps = new AtomicInteger();
        TrainingListener third = behindStep(report -> {
            if (steps.incrementAndGet() == 3) {
                onAnotherThread(cancellation::cancel);
            }
        });

        assertThatThrownBy(() -> line().fit(
                                LINE,
                                Fit.epochs(10)
                                        .batchSize(8)
                                        .cancelWhen(cancellation)
                                        .listen(third)))
                .isInstanceOf(CancelledException.class);
        assertThat(steps).hasValue(3);
    }

    @Test
    void whatIsCancelledBeforehandDoesNoStep() {
        Cancellation cancellation = new Cancellation();
        cancellation.cancel();
        AtomicInteger steps = new AtomicInteger();

        assertThatThrownBy(() -> line().fit(
                                LINE,
                                Fit.epochs(1)
                                        .cancelWhen(cancellation)
                                        .listen(behindStep(r -> steps.incrementAndGet()))))
                .isInstanceOf(CancelledException.class);
        assertThat(steps).hasValue(0);
    }

    @Test
    void anInterruptEndsItAndStaysSet() {
        TrainingListener interrupting =
                behindStep(report -> Thread.currentThread().interrupt());
        try {
            assertThatThrownBy(
                            () -> line().fit(LINE, Fit.epochs(10).batchSize(8).listen(interrupting)))
                    .isInstanceOf(CancelledException.class);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void itGoesOnFromWhereItWasCancelled(@TempDir Path folder) {
        Fit fit = Fit.epochs(4).batchSize(8);
        Fit kept = fit.checkpoint(Checkpoints.in(folder));
        Cancellation cancellation = new Cancellation();
        TrainingListener seventh = behindStep(report -> {
            if (report.step() == 7) {
                cancellation.cancel();
            }
        });
        assertThatThrownBy(() -> line().fit(LINE, kept.cancelWhen(cancellation).listen(seventh)))
                .isInstanceOf(CancelledException.class)
                .hasMessageContaining(folder.toString());

        AtomicInteger more = new AtomicInteger();
        Trained trained = line().fit(LINE, kept.listen(behindStep(report -> more.incrementAndGet())));

        assertThat(more).as("steps of 20 that were left").hasValue(13);
        assertThat(trained.weights()).isEqualTo(line().fit(LINE, fit).weights());
    }

    @Test
    void aStepUnderWayEndsInsideOfTheEngine() {
        // About 200 billion operations a step: it is cancelled as soon as the engine is seen at the second one.
        int width = 4096;
        Dataset rows = Dataset.of(
                Tensor.zeros(DataType.FLOAT32, Shape.of(2048, width)),
                Tensor.zeros(DataType.FLOAT32, Shape.of(2048, width)));
        Cancellation cancellation = new Cancellation();
        AtomicInteger steps = new AtomicInteger();
        Thread training = Thread.currentThread();
        TrainingListener first = behindStep(report -> {
            if (steps.incrementAndGet() == 1) {
                new Thread(() -> cancelInEngine(training, cancellation), "who cancels").start();
            }
        });

        assertThatThrownBy(() -> trainer(
                                Network.sequential(Layers.dense(width, width), Layers.dense(width, width)),
                                new OnnxRuntimeBackend())
                        .fit(
                                rows,
                                Fit.epochs(1000)
                                        .batchSize(2048)
                                        .cancelWhen(cancellation)
                                        .listen(first)))
                .isInstanceOf(CancelledException.class);
        assertThat(steps).as("steps that came to their end").hasValue(1);
    }

    private static void cancelInEngine(Thread training, Cancellation cancellation) {
        while (Arrays.stream(training.getStackTrace())
                .limit(1)
                .noneMatch(frame -> frame.getClassName().startsWith("ai.onnxruntime.OrtSession"))) {
            Thread.onSpinWait();
        }
        cancellation.cancel();
    }
}
