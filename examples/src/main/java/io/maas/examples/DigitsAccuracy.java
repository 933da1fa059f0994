package io.maas.examples;

import io.maas.Maas;
import io.maas.tensor.Tensors;
import io.maas.training.data.Split;
import io.maas.training.layer.Layers;
import io.maas.training.layer.Network;
import io.maas.training.loop.Fit;
import io.maas.training.loop.Trained;
import io.maas.training.loop.Trainer;
import io.maas.training.loss.Losses;
import io.maas.training.optimizer.Optimizers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * How well a network reads digits it has not seen, and how sure that is: five seeds, each with its own split and first weights.
 * The held-out fifth decides nothing: the number of epochs is fixed and the last weights count. Also how far the served answers
 * are from the trainer's.
 */
public final class DigitsAccuracy {
    private static final int SEEDS = 5;
    private static final int EPOCHS = 30;

    private DigitsAccuracy() {}

    public static void main(String[] args) throws IOException {
        double[] accuracies = new double[SEEDS];
        Path folder = Files.createTempDirectory("maas-digits");
        try (Maas maas = Maas.open(folder)) {
            for (int seed = 0; seed < SEEDS; seed++) {
                Split digits = Digits.load().stratifiedSplit(0.2, seed);
                long start = System.nanoTime();
                Trained trained = train(digits, seed);
                double seconds = (System.nanoTime() - start) / (double) TimeUnit.SECONDS.toNanos(1);
                accuracies[seed] = Objects.requireNonNull(trained.metrics().get("validation.accuracy"));
                System.out.printf(
                        "seed %d: %.2f %% of %d held-out images, %.1f s of training, served answers differ by at most %.1e%n",
                        seed, 100 * accuracies[seed], digits.test().rows(), seconds, served(maas, trained, digits));
            }
        }
        Arrays.sort(accuracies);
        System.out.printf(
                "median %.2f %%, from %.2f to %.2f%n",
                100 * accuracies[SEEDS / 2], 100 * accuracies[0], 100 * accuracies[SEEDS - 1]);
    }

    private static Trained train(Split digits, long seed) {
        Network network = Network.sequential(
                        Layers.scale(1.0 / 16), Layers.dense(Digits.PIXELS, 128), Layers.relu(), Layers.dense(128, 10))
                .named("pixels", "scores");
        return Trainer.of(network, Losses.softmaxCrossEntropy(), Optimizers.adam(3e-3))
                .withSeed(seed)
                .fit(digits.train(), Fit.epochs(EPOCHS).validateOn(digits.test()));
    }

    /** The largest difference between the trainer's answers and the service's. */
    private static double served(Maas maas, Trained trained, Split digits) {
        maas.registry().publish("digits", trained.toArtifact());
        maas.deploy("digits");
        Tensors images = Tensors.of("pixels", digits.test().features());
        double[] expected = trained.predict(images).only().toDoubleArray();
        double[] actual = maas.model("digits").predict(images).outputs().only().toDoubleArray();
        double largest = 0;
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i] - actual[i]));
        }
        return largest;
    }
}
