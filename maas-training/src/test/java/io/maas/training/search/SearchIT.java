package io.maas.training.search;

import static org.assertj.core.api.Assertions.assertThat;

import io.maas.training.data.CsvOptions;
import io.maas.training.data.Dataset;
import io.maas.training.data.Split;
import io.maas.training.data.Table;
import io.maas.training.layer.Layers;
import io.maas.training.layer.Network;
import io.maas.training.loop.Fit;
import io.maas.training.loop.Trained;
import io.maas.training.loop.Trainer;
import io.maas.training.loss.Losses;
import io.maas.training.optimizer.Optimizers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real data on the engine that users get. */
class SearchIT {
    private static final Space SPACE = Space.of(
            Setting.logUniform("learningRate", 1e-5, 1e-1),
            Setting.choice("hidden", 16, 32, 64),
            Setting.choice("optimizer", "adam", "sgd"));

    private static Trainer trainer(Settings settings) {
        double rate = settings.real("learningRate");
        return Trainer.of(
                Network.sequential(
                        Layers.scale(1 / 16.0),
                        Layers.dense(settings.whole("hidden")),
                        Layers.relu(),
                        Layers.dense(10)),
                Losses.softmaxCrossEntropy(),
                settings.choice("optimizer").equals("adam") ? Optimizers.adam(rate) : Optimizers.sgd(rate));
    }

    @Test
    void findsSettingsThatReadDigits(@TempDir Path folder) throws IOException {
        Split data = digits().stratifiedSplit(0.25, 1);
        Fit fit = Fit.epochs(9).batchSize(64).validateOn(data.test());
        Search search = Search.over(SPACE, Strategy.halving(12, 1, 9))
                .withGoal(Goal.MAXIMIZE)
                .withThreads(2)
                .withParallel(2)
                .withFolder(folder);
        TrainingExperiment experiment =
                TrainingExperiment.of(SearchIT::trainer, data.train(), fit).scoredBy("validation.accuracy");

        SearchReport report = search.run(experiment);
        SearchReport again = search.run(experiment);

        Trial best = report.best();
        assertThat(best.budget()).isEqualTo(9);
        assertThat(best.score()).isGreaterThan(0.95);
        assertThat(again.table()).isEqualTo(report.table());
        Trainer recipe = trainer(best.settings());
        Trained trained = recipe.withOptions(recipe.options().withThreads(1)).fit(data.train(), fit);
        assertThat(trained.metrics().get("validation.accuracy")).isEqualTo(best.score());
        report.writePicture(folder.resolve("digits.png"));
        assertThat(folder.resolve("digits.png")).isNotEmptyFile();
    }

    private static Dataset digits() throws IOException {
        try (GZIPInputStream stream =
                new GZIPInputStream(Objects.requireNonNull(SearchIT.class.getResourceAsStream("/digits.csv.gz")))) {
            return Table.readCsv(stream, CsvOptions.defaults().withoutHeader()).dataset();
        }
    }
}
