package io.maas.examples;

import io.maas.Maas;
import io.maas.model.Prediction;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.training.data.Dataset;
import io.maas.training.data.RowSplit;
import io.maas.training.data.Splitter;
import io.maas.training.data.Table;
import io.maas.training.layer.Layers;
import io.maas.training.layer.Network;
import io.maas.training.loop.Fit;
import io.maas.training.loop.Trained;
import io.maas.training.loop.Trainer;
import io.maas.training.loss.Losses;
import io.maas.training.optimizer.Optimizers;
import io.maas.training.preprocessing.Categories;
import io.maas.training.preprocessing.FittedPreprocessing;
import io.maas.training.preprocessing.Numbers;
import io.maas.training.preprocessing.Preprocessing;
import io.maas.training.preprocessing.Target;
import io.maas.training.preprocessing.Unseen;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Tells a penguin's species from a table as it was measured, with words and gaps. What makes numbers of it is fitted on the rows
 * to learn from and becomes a part of the model: the service is asked with words and gaps too, and answers with the name.
 *
 * <p>Argument: the folder of the registry (a temporary one).
 */
public final class Penguins {
    private static final List<String> MEASURES =
            List.of("beak_length_mm", "beak_depth_mm", "flipper_length_mm", "body_mass_g");

    private Penguins() {}

    public static void main(String[] args) throws IOException {
        Path folder = args.length > 0 ? Path.of(args[0]) : Files.createTempDirectory("maas-penguins");
        Table penguins = Samples.table("penguins.csv");
        System.out.println(penguins);
        RowSplit rows = Samples.split(penguins, Splitter.stratified("species", 1), 0.25);
        Table train = penguins.rows(rows.train());
        FittedPreprocessing fitted = Preprocessing.of(
                        Numbers.of(MEASURES).fillMedian().standardize(),
                        Categories.of("island", "sex").unseen(Unseen.ALL_ZERO))
                .predicting(Target.classes("species").withLabels())
                .fit(train);
        System.out.println("features: " + fitted.features());
        Trained trained = train(fitted.apply(train), fitted.apply(penguins.rows(rows.test())));
        System.out.printf(
                "%d held-out penguins: accuracy %.1f %%%n",
                rows.test().length, 100 * trained.metrics().getOrDefault("validation.accuracy", Double.NaN));

        try (Maas maas = Maas.open(folder)) {
            maas.registry()
                    .publish("penguins", trained.withPreprocessing(fitted).toArtifact());
            maas.deploy("penguins");
            ask(maas, "Biscoe", "male", 49.5, 16.1, 224, 5650);
            ask(maas, "Dream", "", 49.0, 19.5, Double.NaN, 3950);
        }
    }

    private static Trained train(Dataset learned, Dataset heldOut) {
        int features = Math.toIntExact(learned.features().shape().size(1));
        Network network = Network.sequential(
                        Layers.dense(features, 16), Layers.relu(), Layers.dropout(0.2), Layers.dense(3))
                .named("features", "scores");
        return Trainer.of(network, Losses.softmaxCrossEntropy(), Optimizers.adam(5e-3))
                .withSeed(1)
                .fit(learned, Fit.epochs(40).validateOn(heldOut));
    }

    /** One penguin, in words and numbers; an empty word or NaN for what is not known. */
    private static void ask(Maas maas, String island, String sex, double... measures) {
        Map<String, Tensor> row = new LinkedHashMap<>();
        for (int i = 0; i < measures.length; i++) {
            row.put(MEASURES.get(i), Tensor.of(new double[] {measures[i]}));
        }
        row.put("island", Tensor.of(new String[] {island}));
        row.put("sex", Tensor.of(new String[] {sex}));
        Prediction answer = maas.model("penguins").predict(Tensors.copyOf(row));
        double[] probabilities = answer.get("probabilities").toDoubleArray();
        System.out.printf(
                "%s, %s, %s: %s, with a probability of %.2f%n",
                island,
                sex.isEmpty() ? "sex unknown" : sex,
                Arrays.toString(measures),
                answer.get("label").strings().get(0),
                Arrays.stream(probabilities).max().orElseThrow());
    }
}
