package io.maas.examples;

import io.maas.tensor.Shape;
import io.maas.train.Optimizer;
import io.maas.train.Schedule;
import io.maas.training.data.Split;
import io.maas.training.layer.Initializer;
import io.maas.training.layer.Layer;
import io.maas.training.layer.Layers;
import io.maas.training.layer.Network;
import io.maas.training.layer.Padding;
import io.maas.training.loop.Fit;
import io.maas.training.loop.Trained;
import io.maas.training.loop.Trainer;
import io.maas.training.loss.Losses;
import io.maas.training.optimizer.Optimizers;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.stream.IntStream;

/**
 * Reads handwritten digits with a convolutional network: five trainings with five seeds, each with a stratified fifth of the
 * images held out. The settings were chosen on the splits of seeds 0 to 4, so those of the seeds from 10 on are measured.
 *
 * <p>Arguments: the number of seeds (5), the number of epochs (40).
 */
public final class DigitsCnn {
    private static final int BATCH = 64;

    private DigitsCnn() {}

    public static void main(String[] args) {
        int seeds = args.length > 0 ? Integer.parseInt(args[0]) : 5;
        int epochs = args.length > 1 ? Integer.parseInt(args[1]) : 40;
        System.out.println(network().summary(Shape.of(Digits.PIXELS)));
        double[] accuracies = IntStream.range(10, 10 + seeds)
                .mapToDouble(seed -> accuracy(seed, epochs))
                .toArray();
        DoubleSummaryStatistics all = Arrays.stream(accuracies).summaryStatistics();
        System.out.printf(
                "%d seeds: mean %.2f %%, from %.2f to %.2f %%%n",
                seeds, 100 * all.getAverage(), 100 * all.getMin(), 100 * all.getMax());
    }

    static Network network() {
        return Network.sequential(
                        Layers.scale(1.0 / 16),
                        Layers.reshape(1, Digits.SIDE, Digits.SIDE),
                        convolution(32),
                        convolution(32),
                        Layers.maxPool(2, 2),
                        Layers.dropout(0.25),
                        convolution(64),
                        convolution(64),
                        Layers.dropout(0.25),
                        Layers.flatten(),
                        Layers.dropout(0.5),
                        Layers.dense(4 * 4 * 64, 10))
                .named("pixels", "scores");
    }

    /** Needs no bias, as the norm behind it takes the mean away. */
    private static Layer convolution(int channels) {
        return Layers.named(
                "block",
                Layers.sequential(
                        Layers.conv(channels, 3, 3)
                                .padding(Padding.same())
                                .withoutBias()
                                .withWeight(Initializer.heNormal()),
                        Layers.batchNorm(),
                        Layers.relu()));
    }

    private static double accuracy(int seed, int epochs) {
        Split digits = Digits.load().stratifiedSplit(0.2, seed);
        long steps = (long) epochs * ((digits.train().rows() + BATCH - 1) / BATCH);
        Optimizer optimizer = Optimizers.scheduled(Optimizers.adamW(3e-3, 1e-2), Schedule.oneCycle(steps));
        long start = System.nanoTime();
        Trained trained = Trainer.of(network(), Losses.softmaxCrossEntropy().labelSmoothing(0.1), optimizer)
                .withSeed(seed)
                .fit(digits.train(), Fit.epochs(epochs).batchSize(BATCH).validateOn(digits.test()));
        double accuracy = trained.metrics().getOrDefault("validation.accuracy", Double.NaN);
        System.out.printf(
                "seed %d: %.2f %% of %d held-out images read right, %.0f s%n",
                seed, 100 * accuracy, digits.test().rows(), (System.nanoTime() - start) / 1e9);
        return accuracy;
    }
}
