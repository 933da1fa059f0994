package io.maas.examples;

import io.maas.training.data.RowSplit;
import io.maas.training.data.Split;
import io.maas.training.data.Splitter;
import io.maas.training.data.Table;
import io.maas.training.layer.Layers;
import io.maas.training.layer.Network;
import io.maas.training.loop.Fit;
import io.maas.training.loop.Trained;
import io.maas.training.loop.Trainer;
import io.maas.training.loss.Losses;
import io.maas.training.optimizer.Optimizers;
import io.maas.training.preprocessing.FittedPreprocessing;
import io.maas.training.preprocessing.Numbers;
import io.maas.training.preprocessing.Preprocessing;
import io.maas.training.preprocessing.Target;
import io.maas.training.search.Search;
import io.maas.training.search.SearchReport;
import io.maas.training.search.Setting;
import io.maas.training.search.Settings;
import io.maas.training.search.Space;
import io.maas.training.search.Strategy;
import io.maas.training.search.TrainingExperiment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Chooses the settings of a network that tells three wines apart by 5-fold cross-validation, and says what the chosen one is worth
 * on a fifth of the wines that had no part in choosing. In each fold, means and deviations are those of its own training rows.
 *
 * <p>Arguments: the picture's file (target/wine-search.png), the number of epochs (30).
 */
public final class WineSelection {
    private static final String TARGET = "cultivar";

    private WineSelection() {}

    public static void main(String[] args) throws IOException {
        Path picture =
                Path.of(args.length > 0 ? args[0] : "target/wine-search.png").toAbsolutePath();
        Fit fit = Fit.epochs(args.length > 1 ? Integer.parseInt(args[1]) : 30);
        Table wines = Samples.table("wine.csv");
        Splitter byClass = Splitter.stratified(TARGET, 1);
        RowSplit rows = Samples.split(wines, byClass, 0.2);
        Table train = wines.rows(rows.train());
        List<Split> folds = Samples.folds(train, byClass, 5).stream()
                .map(fold -> prepared(train.rows(fold.train()), train.rows(fold.test())))
                .toList();

        Space space = Space.of(
                        Setting.choice("hidden", 0, 8, 32),
                        Setting.choice("dropout", 0.0, 0.3),
                        Setting.choice("learningRate", 1e-3, 1e-2))
                .where("dropout needs a hidden layer", each -> each.whole("hidden") > 0 || each.real("dropout") == 0);
        SearchReport report = Search.over(space, Strategy.grid())
                .withParallel(Math.min(2, Runtime.getRuntime().availableProcessors()))
                .run(TrainingExperiment.folds(WineSelection::recipe, folds, fit));
        System.out.println(report.table());
        Files.createDirectories(picture.getParent());
        report.writePicture(picture);
        System.out.println("all trials: " + picture);

        Split all = prepared(train, wines.rows(rows.test()));
        Trained best = recipe(report.best().settings()).fit(all.train(), fit.validateOn(all.test()));
        System.out.printf(
                "chosen: %s; %.1f %% of %d held-out wines told right%n",
                report.best().settings(),
                100 * best.metrics().getOrDefault("validation.accuracy", Double.NaN),
                all.test().rows());
    }

    private static Split prepared(Table train, Table test) {
        FittedPreprocessing fitted = Preprocessing.of(
                        Numbers.of(train.drop(TARGET).names()).standardize())
                .predicting(Target.classes(TARGET))
                .fit(train);
        return new Split(fitted.apply(train), fitted.apply(test));
    }

    /** Without a hidden layer it is a logistic regression. */
    private static Trainer recipe(Settings settings) {
        int hidden = settings.whole("hidden");
        Network network = hidden == 0
                ? Network.sequential(Layers.dense(13, 3))
                : Network.sequential(
                        Layers.dense(13, hidden),
                        Layers.relu(),
                        Layers.dropout(settings.real("dropout")),
                        Layers.dense(3));
        return Trainer.of(network, Losses.softmaxCrossEntropy(), Optimizers.adam(settings.real("learningRate")))
                .withSeed(1);
    }
}
