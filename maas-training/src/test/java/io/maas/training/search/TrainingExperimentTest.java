package io.maas.training.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.maas.backend.Cancellation;
import io.maas.backend.ProgramOptions;
import io.maas.backend.tck.ReferenceBackend;
import io.maas.error.CancelledException;
import io.maas.error.MaasException;
import io.maas.tensor.Tensor;
import io.maas.training.data.Dataset;
import io.maas.training.data.Split;
import io.maas.training.layer.Layers;
import io.maas.training.layer.Network;
import io.maas.training.loop.Checkpoints;
import io.maas.training.loop.EpochReport;
import io.maas.training.loop.Fit;
import io.maas.training.loop.Trained;
import io.maas.training.loop.Trainer;
import io.maas.training.loss.Losses;
import io.maas.training.optimizer.Optimizers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainingExperimentTest {
    private static final Dataset LINE = line(40);
    private static final Split HALVES = new Split(LINE.rows(0, 30), LINE.rows(30, 40));
    private static final Space RATES = Space.of(Setting.choice("rate", 1e-5, 0.1, 1e30));
    private static final Fit FIT = Fit.epochs(4).batchSize(10).validateOn(HALVES.test());

    /** {@code y = 3a - 2b + 1}, with a little noise. */
    private static Dataset line(int rows) {
        SplittableRandom random = new SplittableRandom(1);
        float[] features = new float[2 * rows];
        float[] targets = new float[rows];
        for (int i = 0; i < rows; i++) {
            features[2 * i] = (float) (2 * random.nextDouble() - 1);
            features[2 * i + 1] = (float) (2 * random.nextDouble() - 1);
            targets[i] = 3 * features[2 * i] - 2 * features[2 * i + 1] + 1 + (float) random.nextDouble() / 10;
        }
        return Dataset.of(Tensor.of(features, rows, 2), Tensor.of(targets));
    }

    private static Trainer trainer(Settings settings) {
        return Trainer.of(
                        Network.sequential(Layers.dense(1)),
                        Losses.meanSquared(),
                        Optimizers.sgd(settings.real("rate")))
                .withBackend(new ReferenceBackend())
                .withOptions(ProgramOptions.serving());
    }

    @Test
    void scoresByTheValidationLossOfEveryEpoch() {
        SearchReport report =
                Search.over(RATES, Strategy.grid()).train(TrainingExperimentTest::trainer, HALVES.train(), FIT);

        Trial best = report.best();
        assertThat(best.settings().real("rate")).isEqualTo(0.1);
        assertThat(best.budget()).isEqualTo(4);
        Trained alone = trainer(best.settings()).fit(HALVES.train(), FIT);
        assertThat(best.score()).isEqualTo(alone.metrics().get("validation.loss"));
        assertThat(best.marks())
                .isEqualTo(alone.history().epochs().stream()
                        .map(epoch -> new Mark(
                                epoch.epoch(),
                                Objects.requireNonNull(epoch.validation()).loss()))
                        .toList());
        Trial diverged = report.trials().get(2);
        assertThat(diverged.settings().real("rate")).isEqualTo(1e30);
        assertThat(diverged.state()).isEqualTo(Trial.State.FAILED);
        assertThat(diverged.reason()).startsWith("TrainingDivergedException: training diverged at step ");
    }

    @Test
    void halvingGivesMoreEpochsToTheBest() {
        List<Integer> epochs = new ArrayList<>();
        Search search = Search.over(
                Space.of(Setting.logUniform("rate", 1e-4, 0.3)),
                Strategy.halving(6, 1, 4).withEta(2));

        SearchReport report = search.run(TrainingExperiment.of(TrainingExperimentTest::trainer, HALVES.train(), FIT)
                .fitting((settings, fit) -> fit.batchSize(15).listen(each -> epochs.add(each.epochs()))));

        assertThat(epochs).contains(1, 2, 4);
        Trial best = report.best();
        assertThat(best.budget()).isEqualTo(4);
        assertThat(best.score())
                .isEqualTo(trainer(best.settings())
                        .fit(HALVES.train(), FIT.batchSize(15))
                        .metrics()
                        .get("validation.loss"));
        assertThat(best.marks()).extracting(Mark::budget).containsExactly(1, 2, 3, 4);
    }

    @Test
    void foldsGiveMeanAndSpread() {
        List<Split> folds = List.of(
                new Split(LINE.rows(0, 20), LINE.rows(20, 40)),
                new Split(LINE.rows(20, 40), LINE.rows(0, 20)),
                new Split(LINE.rows(10, 40), LINE.rows(0, 10)));
        Fit fit = Fit.epochs(2).batchSize(5);

        Trial best = Search.over(RATES, Strategy.grid())
                .run(TrainingExperiment.folds(TrainingExperimentTest::trainer, folds, fit))
                .best();

        double[] losses = folds.stream()
                .mapToDouble(fold -> trainer(best.settings())
                        .fit(fold.train(), fit.validateOn(fold.test()))
                        .metrics()
                        .get("validation.loss"))
                .toArray();
        double mean = (losses[0] + losses[1] + losses[2]) / 3;
        double variance =
                (Math.pow(losses[0] - mean, 2) + Math.pow(losses[1] - mean, 2) + Math.pow(losses[2] - mean, 2)) / 2;
        assertThat(best.score()).isEqualTo(mean, within(1e-12));
        assertThat(best.figures()).containsOnlyKeys("spread");
        assertThat(best.figures().get("spread")).isEqualTo(Math.sqrt(variance), within(1e-12));
    }

    /** As many epochs are trained as the rungs ask for, and not those before them again; with and without patience. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void withAFolderTrialsGoOnFromTheirCheckpoints(boolean patient, @TempDir Path folder) throws IOException {
        Search search = Search.over(Space.of(Setting.logUniform("rate", 1e-3, 0.5)), Strategy.halving(8, 1, 9));
        AtomicInteger epochs = new AtomicInteger();
        Fit fit = patient ? FIT.stopEarly(1) : FIT;
        TrainingExperiment experiment = TrainingExperiment.of(TrainingExperimentTest::trainer, HALVES.train(), fit)
                .fitting((settings, each) -> each.listen(report -> epochs.incrementAndGet()));

        SearchReport again = search.run(experiment);
        int all = epochs.getAndSet(0);
        SearchReport kept = search.withFolder(folder).run(experiment);

        assertThat(kept.trials())
                .usingRecursiveFieldByFieldElementComparatorIgnoringFields("duration", "settings.values")
                .isEqualTo(again.trials());
        int needed =
                kept.trials().stream().mapToInt(trial -> trial.marks().size()).sum();
        assertThat(epochs.get()).isEqualTo(needed).isLessThan(all);
        try (Stream<Path> folders = Files.list(folder)) {
            assertThat(folders.filter(Files::isDirectory)
                            .map(each -> each.getFileName().toString()))
                    .doesNotContain("trial-" + kept.best().number())
                    .isNotEmpty();
        }
    }

    @Test
    void aCancelledTrialGoesOnInTheNextSearch(@TempDir Path folder) {
        Search search = Search.over(Space.of(Setting.choice("rate", 0.1)), Strategy.grid());
        List<Integer> epochs = new ArrayList<>();
        Cancellation cancellation = new Cancellation();
        TrainingExperiment experiment = TrainingExperiment.of(TrainingExperimentTest::trainer, HALVES.train(), FIT)
                .fitting((settings, fit) -> fit.listen(report -> {
                    epochs.add(report.epoch());
                    if (epochs.size() == 2) {
                        cancellation.cancel();
                    }
                }));

        assertThatThrownBy(() ->
                        search.withFolder(folder).withCancellation(cancellation).run(experiment))
                .isInstanceOf(CancelledException.class);
        SearchReport whole = search.withFolder(folder).run(experiment);

        assertThat(epochs).containsExactly(1, 2, 3, 4);
        Trial alone = search.run(experiment).best();
        assertThat(whole.best().score()).isEqualTo(alone.score());
        assertThat(whole.best().marks()).isEqualTo(alone.marks()).hasSize(4);
    }

    @Test
    void aCheckpointThatDoesNotFitIsLeftBehind(@TempDir Path folder) throws IOException {
        Search search = Search.over(Space.of(Setting.choice("rate", 0.1)), Strategy.grid())
                .withFolder(folder);
        TrainingExperiment experiment = TrainingExperiment.of(TrainingExperimentTest::trainer, HALVES.train(), FIT);
        trainer(Settings.copyOf(java.util.Map.of("rate", 0.2)))
                .fit(
                        LINE,
                        Fit.epochs(1)
                                .checkpoint(Checkpoints.in(Files.createDirectories(folder.resolve("trial-0"))
                                        .resolve("fold-0"))));

        SearchReport report = search.run(experiment);

        assertThat(report.best().score())
                .isEqualTo(trainer(report.best().settings())
                        .fit(HALVES.train(), FIT)
                        .metrics()
                        .get("validation.loss"));
        assertThatThrownBy(() -> TrainingExperiment.of(
                        TrainingExperimentTest::trainer, LINE, FIT.checkpoint(Checkpoints.in(folder))))
                .hasMessage("checkpoints: " + folder + " (expected: none: trials cannot share them; give the search a"
                        + " folder instead)");
    }

    @Test
    void cancellationEndsATrainingAfterItsEpoch() {
        Cancellation cancellation = new Cancellation();
        List<EpochReport> epochs = new ArrayList<>();

        SearchReport report = Search.over(RATES, Strategy.grid())
                .withCancellation(cancellation)
                .run(TrainingExperiment.of(TrainingExperimentTest::trainer, HALVES.train(), FIT)
                        .fitting((settings, fit) -> fit.listen(each -> {
                            epochs.add(each);
                            if (epochs.size() == 6) {
                                cancellation.cancel();
                            }
                        })));

        assertThat(epochs).hasSize(6);
        assertThat(report.isComplete()).isFalse();
        assertThat(report.trials()).hasSize(1);
    }

    @Test
    void otherDataIsAnotherSearch(@TempDir Path folder) {
        Search search = Search.over(RATES, Strategy.grid()).withFolder(folder);
        search.train(TrainingExperimentTest::trainer, HALVES.train(), FIT);

        assertThatThrownBy(() -> search.train(TrainingExperimentTest::trainer, LINE.rows(1, 30), FIT.batchSize(7)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("experiment batchSize: 7 (begun with: 10); experiment train 0: "
                        + LINE.rows(1, 30).hash() + " (begun with: "
                        + HALVES.train().hash() + ")");
    }

    @Test
    void refusesWhatCannotBeScored() {
        assertThatThrownBy(() -> TrainingExperiment.of(TrainingExperimentTest::trainer, LINE, Fit.epochs(1)))
                .hasMessage("validation: none (expected: rows to score trials on); add validateOn(…) to the fit");
        assertThatThrownBy(
                        () -> TrainingExperiment.folds(TrainingExperimentTest::trainer, List.of(HALVES), Fit.epochs(1)))
                .hasMessage("folds: 1 (expected: at least 2)");
        assertThatThrownBy(
                        () -> TrainingExperiment.folds(TrainingExperimentTest::trainer, List.of(HALVES, HALVES), FIT))
                .hasMessage("validation: a set (expected: none: each fold is validated on its test part)");
        assertThatThrownBy(() -> Search.over(RATES, Strategy.grid())
                        .run(TrainingExperiment.of(TrainingExperimentTest::trainer, HALVES.train(), FIT)
                                .scoredBy("validation.accuracy")))
                .isInstanceOf(MaasException.class)
                .hasMessageContaining("metric: \"validation.accuracy\" (expected: one of [");
    }
}
