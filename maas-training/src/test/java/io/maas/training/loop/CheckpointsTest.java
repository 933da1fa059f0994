package io.maas.training.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.backend.Backend;
import io.maas.backend.Backends;
import io.maas.backend.tck.ReferenceBackend;
import io.maas.error.CheckpointException;
import io.maas.storage.FaultyStorage;
import io.maas.training.layer.Layers;
import io.maas.training.layer.Network;
import io.maas.training.loss.Losses;
import io.maas.training.optimizer.Optimizers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointsTest {
    private static final Trainer TRAINER = BrokenOff.trainer(8).withBackend(new ReferenceBackend());
    private static Trained whole;

    @TempDir
    private Path folder;

    @BeforeAll
    static void trainWithoutABreak() {
        whole = TRAINER.fit(BrokenOff.data(), BrokenOff.plain());
    }

    /** Breaks training off after some step. */
    private record Breaker(long step) implements TrainingListener {
        @Override
        public void onStep(StepReport report) {
            if (report.step() == step) {
                throw new IllegalStateException("broken off");
            }
        }

        @Override
        public void onEpoch(EpochReport report) {}
    }

    /** Notes what it is told. */
    private static final class Notes implements TrainingListener {
        private final List<Path> checkpoints = new ArrayList<>();
        private final List<CheckpointException> failures = new ArrayList<>();
        private @Nullable TrainingPlan plan;

        @Override
        public void onStart(TrainingPlan started) {
            plan = started;
        }

        @Override
        public void onEpoch(EpochReport report) {}

        @Override
        public void onCheckpoint(Path file, long step) {
            checkpoints.add(file);
        }

        @Override
        public void onCheckpointFailure(CheckpointException failure) {
            failures.add(failure);
        }

        TrainingPlan plan() {
            return Objects.requireNonNull(plan);
        }
    }

    private static void assertSame(Trained resumed) {
        assertThat(BrokenOff.hash(resumed.weights())).isEqualTo(BrokenOff.hash(whole.weights()));
        assertThat(resumed.metrics()).isEqualTo(whole.metrics());
        assertThat(timeless(resumed.history())).isEqualTo(timeless(whole.history()));
    }

    private static History timeless(History history) {
        return new History(
                history.epochs().stream()
                        .map(each -> new EpochReport(
                                each.epoch(), each.epochs(), each.train(), each.validation(), Duration.ZERO))
                        .toList(),
                history.keptEpoch());
    }

    private List<Path> checkpoints() {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".safetensors"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void theTrainingIsWorthBreaking() {
        // Stops early, and keeps another epoch than the last: both have to survive.
        assertThat(whole.history().epochs()).hasSizeBetween(2, BrokenOff.EPOCHS);
        assertThat(whole.history().keptEpoch())
                .isLessThan(whole.history().epochs().size());
    }

    @Test
    void goesOnFromWhereItWasBrokenOffWithTheSameBits() {
        long last = (long) whole.history().epochs().size() * BrokenOff.BATCHES;
        for (long step : new long[] {1, 2, 3, 9, 10, 13, 14, 18, 23, last - 1, last}) {
            assertThatThrownBy(() ->
                            TRAINER.fit(BrokenOff.data(), BrokenOff.fit(folder).listen(new Breaker(step))))
                    .hasMessage("broken off");
        }
        assertSame(TRAINER.fit(BrokenOff.data(), BrokenOff.fit(folder)));
    }

    @Test
    void theEngineGivesTheSameBitsToo() {
        Backend engine = Backends.load().preferred();
        Trainer trainer = BrokenOff.trainer(8).withBackend(engine);
        Trained expected = trainer.fit(BrokenOff.data(), BrokenOff.plain());

        for (long step : new long[] {5, 17, 18, 20}) {
            assertThatThrownBy(() ->
                            trainer.fit(BrokenOff.data(), BrokenOff.fit(folder).listen(new Breaker(step))))
                    .hasMessage("broken off");
        }

        Trained resumed = trainer.fit(BrokenOff.data(), BrokenOff.fit(folder));
        assertThat(BrokenOff.hash(resumed.weights())).isEqualTo(BrokenOff.hash(expected.weights()));
        assertThat(resumed.metrics()).isEqualTo(expected.metrics());
    }

    @Test
    void whatIsDoneIsNotDoneAgain() {
        Notes notes = new Notes();
        TRAINER.fit(BrokenOff.data(), BrokenOff.fit(folder));

        Trained again = TRAINER.fit(
                BrokenOff.data(), BrokenOff.fit(folder).listen(new Breaker(0)).listen(notes));

        assertSame(again);
        assertThat(notes.plan().resumed())
                .isEqualTo(checkpoints().get(checkpoints().size() - 1));
        assertThat(notes.plan().step())
                .isEqualTo((long) whole.history().epochs().size() * BrokenOff.BATCHES);
    }

    @Test
    void moreEpochsGoOnFromTheLast() {
        Fit two = Fit.epochs(2).batchSize(16).checkpoint(Checkpoints.in(folder));
        TRAINER.fit(BrokenOff.data(), two);

        Trained more = TRAINER.fit(BrokenOff.data(), two.lasting(3));

        Trained atOnce = TRAINER.fit(BrokenOff.data(), Fit.epochs(3).batchSize(16));
        assertThat(more.weights()).isEqualTo(atOnce.weights());
        assertThatThrownBy(() -> TRAINER.fit(BrokenOff.data(), two.lasting(1)))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("is of a training of more epochs: 3 are done (expected: at most 1)");
    }

    @Test
    void onlyTheLatestStay() {
        TRAINER.fit(
                BrokenOff.data(),
                Fit.epochs(2)
                        .batchSize(16)
                        .checkpoint(Checkpoints.in(folder).everySteps(1).keep(3)));

        assertThat(checkpoints()).hasSize(3);
        assertThat(checkpoints().get(2).getFileName().toString()).contains("-step-18-");
    }

    @Test
    void withoutStepsThereIsOneAnEpoch() {
        Notes notes = new Notes();

        TRAINER.fit(
                BrokenOff.data(),
                Fit.epochs(5)
                        .batchSize(16)
                        .checkpoint(Checkpoints.in(folder).everyEpochs(2))
                        .listen(notes));

        assertThat(notes.checkpoints)
                .extracting(file -> file.getFileName().toString().replaceAll("-[0-9a-f]{64}.*", ""))
                .containsExactly("00000001-step-18", "00000002-step-36", "00000003-step-45");
    }

    @Test
    void aCheckpointOfAnotherTrainingIsRefused() {
        TRAINER.fit(BrokenOff.data(), BrokenOff.fit(folder));
        Fit fit = BrokenOff.fit(folder);

        assertRefused(TRAINER.withSeed(12), fit, "seed is 11 there and 12 here");
        assertRefused(TRAINER, fit.batchSize(8), "batchSize is 16 there and 8 here");
        assertRefused(
                Trainer.of(TRAINER.network(), TRAINER.loss(), Optimizers.sgd(0.1))
                        .withSeed(11)
                        .withOptions(TRAINER.options())
                        .withBackend(new ReferenceBackend()),
                fit,
                "optimizer is adam(");
        assertRefused(BrokenOff.trainer(9).withBackend(new ReferenceBackend()), fit, "network is [6] > dense_1[8]");
        assertRefused(
                Trainer.of(TRAINER.network(), Losses.softmaxCrossEntropy().labelSmoothing(0.1), TRAINER.optimizer())
                        .withSeed(11)
                        .withOptions(TRAINER.options())
                        .withBackend(new ReferenceBackend()),
                fit,
                "loss is softmaxCrossEntropy there and ");
        assertRefused(TRAINER.withBackend(Backends.load().preferred()), fit, "backend is reference there and ");
        assertRefused(TRAINER.withOptions(TRAINER.options().withThreads(1)), fit, "threads is 2 there and 1 here");
        assertRefused(TRAINER, fit.validateOn(BrokenOff.rows(3, 40)), "validation data is ");
        assertThatThrownBy(() -> TRAINER.fit(BrokenOff.rows(5, 131), fit))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("is of another training: training data is ");
    }

    private static void assertRefused(Trainer trainer, Fit fit, String difference) {
        assertThatThrownBy(() -> trainer.fit(BrokenOff.data(), fit))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith("checkpoint /")
                .hasMessageContaining("is of another training: ")
                .hasMessageContaining(difference)
                .hasMessageEndingWith("choose another folder for this training");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aDamagedCheckpointIsPutAsideForTheOneBefore(boolean cut) throws IOException {
        assertThatThrownBy(() ->
                        TRAINER.fit(BrokenOff.data(), BrokenOff.fit(folder).listen(new Breaker(15))))
                .hasMessage("broken off");
        Path latest = checkpoints().get(1);
        byte[] bytes = Files.readAllBytes(latest);
        if (cut) {
            Files.write(latest, java.util.Arrays.copyOf(bytes, bytes.length / 2));
        } else {
            bytes[bytes.length - 5] ^= 1;
            Files.write(latest, bytes);
        }
        Notes notes = new Notes();

        assertSame(TRAINER.fit(BrokenOff.data(), BrokenOff.fit(folder).listen(notes)));

        assertThat(notes.plan().step()).isEqualTo(12);
        assertThat(notes.plan().damaged()).containsExactly(latest.resolveSibling(latest.getFileName() + ".damaged"));
    }

    @Test
    void whereAllAreDamagedTrainingDoesNotBeginAnewUnasked() throws IOException {
        TRAINER.fit(BrokenOff.data(), BrokenOff.fit(folder));
        for (Path file : checkpoints()) {
            Files.write(file, new byte[10]);
        }

        assertThatThrownBy(() -> TRAINER.fit(BrokenOff.data(), BrokenOff.fit(folder)))
                .isInstanceOf(CheckpointException.class)
                .hasMessage("checkpoints in " + folder
                        + ": all 2 are damaged (expected: one that is whole); to begin anew choose an empty folder");
    }

    @Test
    void aFolderIsForOneTrainingAtATime() {
        Fit inside = BrokenOff.fit(folder).listen(new TrainingListener() {
            @Override
            public void onEpoch(EpochReport report) {
                TRAINER.fit(BrokenOff.data(), BrokenOff.fit(folder));
            }
        });

        assertThatThrownBy(() -> TRAINER.fit(BrokenOff.data(), inside))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith("checkpoints in " + folder + ": locked by another training");
        assertSame(TRAINER.fit(BrokenOff.data(), BrokenOff.fit(folder)));
    }

    // ---- disks

    /** At every single call of the disk in turn, until training needs fewer calls. */
    @ParameterizedTest
    @EnumSource(FaultyStorage.Fault.class)
    void whateverCallOfTheDiskFailsNothingIsLost(FaultyStorage.Fault fault) {
        Trainer small = Trainer.of(
                        Network.sequential(Layers.dense(6, 3)), Losses.softmaxCrossEntropy(), Optimizers.sgd(0.1))
                .withBackend(new ReferenceBackend());
        Fit fit = Fit.epochs(1).batchSize(64);
        Trained expected = small.fit(BrokenOff.data(), fit);
        boolean struck = true;
        for (long call = 1; struck; call++) {
            Path own = folder.resolve("at-" + call);
            Checkpoints checkpoints = Checkpoints.in(own).everySteps(1);
            FaultyStorage disk = FaultyStorage.armed(fault, call);
            try {
                Trained trained = small.fit(BrokenOff.data(), fit.checkpoint(checkpoints.on(disk)));
                assertThat(trained.weights()).isEqualTo(expected.weights());
            } catch (CheckpointException | FaultyStorage.Killed e) {
                assertThat(disk.struck()).isTrue();
            }
            struck = disk.struck();

            Trained resumed = small.fit(BrokenOff.data(), fit.checkpoint(checkpoints));
            assertThat(resumed.weights()).as("call %d", call).isEqualTo(expected.weights());
            assertThat(own.toFile().list())
                    .as("call %d", call)
                    .noneMatch(name -> name.endsWith(".part") || name.endsWith(".damaged"));
        }
    }

    @Test
    void aFullDiskEndsTrainingWithTheCheckpointsBeforeIntact() {
        FaultyStorage disk = FaultyStorage.armed(FaultyStorage.Fault.FULL, 100);
        Fit fit = BrokenOff.plain();

        assertThatThrownBy(() -> TRAINER.fit(
                        BrokenOff.data(),
                        fit.checkpoint(Checkpoints.in(folder).everySteps(2).on(disk))))
                .isInstanceOf(CheckpointException.class)
                .hasMessageMatching("checkpoint of step [0-9]+ cannot be written to .*: IOException: .*No space left on"
                        + " device; those before are intact; make space or mend the disk, and call again");
        assertThat(checkpoints()).isNotEmpty();
        assertThat(folder.toFile().list()).noneMatch(name -> name.endsWith(".part"));

        assertSame(TRAINER.fit(BrokenOff.data(), BrokenOff.fit(folder)));
    }

    @Test
    void trainingMayGoOnOverAFullDisk() {
        FaultyStorage disk = FaultyStorage.armed(FaultyStorage.Fault.FAIL, 100);
        Notes notes = new Notes();

        Trained trained = TRAINER.fit(
                BrokenOff.data(),
                BrokenOff.plain()
                        .checkpoint(
                                Checkpoints.in(folder).everySteps(2).orGoOn().on(disk))
                        .listen(notes));

        assertSame(trained);
        assertThat(disk.struck()).isTrue();
        assertThat(notes.failures).hasSize(1);
        assertThat(checkpoints()).hasSize(2);
    }

    @Test
    void aFolderThatCannotBeMadeIsSaid() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));

        assertThatThrownBy(() ->
                        TRAINER.fit(BrokenOff.data(), Fit.epochs(1).checkpoint(Checkpoints.in(file.resolve("below")))))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith("checkpoints in " + file.resolve("below") + " cannot be kept: ");
    }

    @Test
    void settingsAreChecked() {
        Checkpoints checkpoints = Checkpoints.in(folder);

        assertThatIllegalArgumentException().isThrownBy(() -> checkpoints.everySteps(0));
        assertThatIllegalArgumentException().isThrownBy(() -> checkpoints.everyEpochs(-1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> checkpoints.keep(0))
                .withMessage("keep: 0 (expected: keep > 0)");
    }
}
