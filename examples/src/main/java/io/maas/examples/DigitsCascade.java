package io.maas.examples;

import io.maas.Maas;
import io.maas.model.Artifact;
import io.maas.model.GoldenSample;
import io.maas.model.Model;
import io.maas.pipeline.Pipeline;
import io.maas.pipeline.PipelineDefinition;
import io.maas.pipeline.Work;
import io.maas.tensor.Tensors;
import io.maas.training.data.Dataset;
import io.maas.training.data.Split;
import io.maas.training.layer.Layers;
import io.maas.training.layer.Network;
import io.maas.training.loop.Fit;
import io.maas.training.loop.Trainer;
import io.maas.training.loss.Losses;
import io.maas.training.optimizer.Optimizers;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Locale;

/** A small model answers, and a larger one only where the small one is unsure; both together are published and deployed as one. */
public final class DigitsCascade {
    private static final long SEED = 7;
    private static final Split DIGITS = Digits.load().stratifiedSplit(0.3, SEED);

    private DigitsCascade() {}

    public static void main(String[] args) throws IOException {
        try (Maas maas = Maas.open(Files.createTempDirectory("digits-cascade"))) {
            deploy(maas);
            for (String name : List.of("digits-small", "digits-large", "digits")) {
                System.out.printf(Locale.ROOT, "%-12s %.1f %% right%n", name, 100 * accuracy(maas.model(name)));
            }
        }
    }

    /** Puts {@code digits-small}, {@code digits-large} and, out of both, {@code digits} into service. */
    static void deploy(Maas maas) {
        maas.registry().publish("digits-small", train(4, 4));
        maas.registry().publish("digits-large", train(128, 30));
        maas.deploy("digits-small");
        maas.deploy("digits-large");

        Work.Unsure unsure = new Work.Unsure(Work.Confidence.MARGIN, 3);
        PipelineDefinition definition =
                maas.pipelines().cascade("scores", unsure, List.of("digits-small", "digits-large"));
        Pipeline cascade = maas.pipelines().of("digits", definition);

        Tensors few = Tensors.of("pixels", DIGITS.test().rows(0, 8).features());
        GoldenSample golden = GoldenSample.of(few, cascade.predict(few).outputs());
        maas.registry().publish("digits", cascade.toArtifact().withGolden(golden));
        maas.deploy("digits");
    }

    private static Artifact train(int units, int epochs) {
        Network network = Network.sequential(
                        Layers.scale(1.0 / 16),
                        Layers.dense(Digits.PIXELS, units),
                        Layers.relu(),
                        Layers.dense(units, 10))
                .named("pixels", "scores");
        return Trainer.of(network, Losses.softmaxCrossEntropy(), Optimizers.adam(5e-3))
                .withSeed(SEED)
                .fit(DIGITS.train(), Fit.epochs(epochs))
                .toArtifact();
    }

    /** The share of held-out images that a model names rightly. */
    static double accuracy(Model model) {
        Dataset test = DIGITS.test();
        int[] answers = Digits.answers(
                model.predict(Tensors.of("pixels", test.features())).get("scores"));
        long[] labels = test.targets().toLongArray();
        int right = 0;
        for (int i = 0; i < labels.length; i++) {
            right += answers[i] == labels[i] ? 1 : 0;
        }
        return (double) right / labels.length;
    }
}
