package io.maas.training.loop;

import io.maas.backend.Backends;
import io.maas.backend.ProgramOptions;
import io.maas.training.data.Augmentation;
import io.maas.training.data.Augmentations;
import io.maas.training.data.Batching;
import io.maas.training.data.Batching.Prefetch;
import io.maas.training.data.Dataset;
import io.maas.training.layer.Layers;
import io.maas.training.layer.Network;
import io.maas.training.loss.Losses;
import io.maas.training.optimizer.Optimizers;
import java.util.SplittableRandom;

/**
 * A training with all that is random and all that runs side by side: first weights, shuffles, dropout, augmentation, batches put together
 * beforehand, and products large enough for several threads of the engine.
 */
final class AllAtRandom {
    private static final int ROWS = 200;
    private static final int SIDE = 12;

    private AllAtRandom() {}

    private static Dataset data() {
        SplittableRandom random = new SplittableRandom(3);
        float[][] pixels = new float[ROWS][SIDE * SIDE];
        int[] classes = new int[ROWS];
        for (int i = 0; i < ROWS; i++) {
            classes[i] = random.nextInt(4);
            for (int j = 0; j < pixels[i].length; j++) {
                pixels[i][j] = (float) random.nextDouble() + (j % 4 == classes[i] ? 0.5f : 0);
            }
        }
        return Dataset.of(pixels, classes);
    }

    private static Network network() {
        return Network.sequential(
                Layers.reshape(1, SIDE, SIDE),
                Layers.conv(8, 3, 3),
                Layers.batchNorm(),
                Layers.relu(),
                Layers.maxPool(2, 2),
                Layers.flatten(),
                Layers.dropout(0.3),
                Layers.dense(512),
                Layers.layerNorm(),
                Layers.gelu(),
                Layers.dropout(0.2),
                Layers.dense(4));
    }

    /** The weights after two epochs, as a hash. */
    static String train(long seed, int threads) {
        Augmentation change =
                Augmentations.shift(1).then(Augmentations.noise(0.1)).on(SIDE, SIDE);
        return Trainer.of(
                        network(),
                        Losses.softmaxCrossEntropy(),
                        Optimizers.clipByNorm(Optimizers.adamW(0.002, 0.01), 1))
                .withSeed(seed)
                .withBackend(Backends.load().preferred())
                .withOptions(ProgramOptions.training().withThreads(threads))
                .fit(
                        data(),
                        Fit.epochs(2).batches(Batching.of(48).augment(change).prefetch(Prefetch.ALWAYS)))
                .weights()
                .hash();
    }

    /** Says what the training with this seed and number of threads comes to. */
    @SuppressWarnings("SystemOut") // Read by the test through the pipe.
    public static void main(String... args) {
        System.out.println(train(Long.parseLong(args[0]), Integer.parseInt(args[1])));
    }
}
