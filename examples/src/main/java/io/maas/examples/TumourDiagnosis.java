package io.maas.examples;

import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.training.data.Dataset;
import io.maas.training.data.RowPartition;
import io.maas.training.data.Splitter;
import io.maas.training.data.Table;
import io.maas.training.layer.Layers;
import io.maas.training.layer.Network;
import io.maas.training.loop.Fit;
import io.maas.training.loop.Trained;
import io.maas.training.loop.Trainer;
import io.maas.training.loss.Losses;
import io.maas.training.metric.Criterion;
import io.maas.training.metric.ReliabilityCurve;
import io.maas.training.metric.Threshold;
import io.maas.training.metric.ThresholdCurve;
import io.maas.training.optimizer.Optimizers;
import io.maas.training.preprocessing.FittedPreprocessing;
import io.maas.training.preprocessing.Numbers;
import io.maas.training.preprocessing.Preprocessing;
import io.maas.training.preprocessing.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Tells malignant tumours from benign ones, asks whether its probabilities can be taken at their word, and chooses from which one
 * on to raise the alarm, where an overlooked tumour is ten times as bad as a false alarm. It learns from three fifths of the rows;
 * one fifth chooses the threshold, and the last one, which has decided nothing, tells what it is worth.
 *
 * <p>Argument: the picture's file (target/reliability.png).
 */
public final class TumourDiagnosis {
    private static final String TARGET = "malignant";

    private TumourDiagnosis() {}

    public static void main(String[] args) throws IOException {
        Path picture =
                Path.of(args.length > 0 ? args[0] : "target/reliability.png").toAbsolutePath();
        Table tumours = Samples.table("breast-cancer.csv");
        RowPartition rows = Samples.split(tumours, Splitter.stratified(TARGET, 2), 0.2, 0.2);
        Table train = tumours.rows(rows.train());
        FittedPreprocessing fitted = Preprocessing.of(
                        Numbers.of(train.drop(TARGET).names()).standardize())
                .predicting(Target.binary(TARGET, "1"))
                .fit(train);
        Dataset validation = fitted.apply(tumours.rows(rows.validation()));
        Dataset test = fitted.apply(tumours.rows(rows.test()));
        Trained trained = train(fitted.apply(train), validation);

        ThresholdCurve chosenOn = ThresholdCurve.measure().of(scores(trained, validation), validation.targets());
        Threshold chosen = chosenOn.best(Criterion.cost(1, 10));
        ThresholdCurve curve = ThresholdCurve.measure().of(scores(trained, test), test.targets());
        ReliabilityCurve reliability = ReliabilityCurve.measure(5).of(scores(trained, test), test.targets());
        System.out.printf(
                "%d held-out tumours: area under the ROC curve %.4f, calibration error %.3f%n",
                test.rows(), curve.rocAuc(), reliability.error());
        print(curve.at(0));
        print(curve.at(chosen.score()));
        Files.createDirectories(picture.getParent());
        reliability.writePicture(picture);
        System.out.println("how often it is right, by how sure it is: " + picture);
    }

    private static Trained train(Dataset learned, Dataset validation) {
        int features = Math.toIntExact(learned.features().shape().size(1));
        Network network = Network.sequential(
                        Layers.dense(features, 16), Layers.relu(), Layers.dropout(0.3), Layers.dense(1))
                .named("features", "score");
        return Trainer.of(network, Losses.binaryCrossEntropy(), Optimizers.adamW(2e-3, 0.1))
                .withSeed(1)
                .fit(learned, Fit.epochs(100).validateOn(validation).stopEarly(10));
    }

    private static Tensor scores(Trained trained, Dataset rows) {
        return trained.predict(Tensors.of("features", rows.features())).only();
    }

    private static void print(Threshold at) {
        System.out.printf(
                "alarm from %.0f %% on: %.0f of %.0f malignant ones found, %.0f false alarms%n",
                100 * at.probability(), at.hits(), at.hits() + at.misses(), at.alarms());
    }
}
