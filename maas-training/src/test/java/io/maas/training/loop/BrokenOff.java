package io.maas.training.loop;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.train.Plateau;
import io.maas.train.Schedule;
import io.maas.training.data.Dataset;
import io.maas.training.layer.Layers;
import io.maas.training.layer.Network;
import io.maas.training.loss.Losses;
import io.maas.training.metric.Metrics;
import io.maas.training.optimizer.Optimizers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.SplittableRandom;

/**
 * A training with everything that a break could lose: dropout, running statistics, moments, gathered gradients, schedules of both kinds,
 * shuffles, a smaller last batch, metrics, the best weights and early stopping.
 */
final class BrokenOff {
    /** Batches of an epoch, the last with 3 rows. */
    static final int BATCHES = 9;

    static final int EPOCHS = 6;

    private BrokenOff() {}

    static Dataset rows(long seed, int count) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] features = new float[Math.multiplyExact(6, count)];
        long[] targets = new long[count];
        for (int i = 0; i < count; i++) {
            for (int j = 0; j < 6; j++) {
                features[6 * i + j] = (float) (2 * random.nextDouble() - 1);
            }
            targets[i] = (features[6 * i] > 0 ? 1L : 0) + (features[6 * i + 1] + features[6 * i + 2] > 0.3 ? 1 : 0);
        }
        return Dataset.of(Tensor.of(features, (long) count, 6), Tensor.of(targets));
    }

    static Network network(int width) {
        return Network.sequential(
                Layers.dense(6, width), Layers.batchNorm(), Layers.relu(), Layers.dropout(0.3), Layers.dense(3));
    }

    static Trainer trainer(int width) {
        Schedule schedule = Schedule.warmUp(5)
                .then(Schedule.cosine(30, 0.1))
                .times(Schedule.onPlateau(Plateau.defaults().withPatience(1).withFactor(0.5)));
        return Trainer.of(
                        network(width),
                        Losses.softmaxCrossEntropy(),
                        Optimizers.accumulated(Optimizers.scheduled(Optimizers.adam(0.02), schedule), 2))
                .withSeed(11)
                .withOptions(io.maas.backend.ProgramOptions.training().withThreads(2));
    }

    static Fit fit(Path folder) {
        return plain().checkpoint(Checkpoints.in(folder).everySteps(2));
    }

    static Fit plain() {
        return Fit.epochs(EPOCHS)
                .batchSize(16)
                .validateOn(rows(2, 40))
                .measure(Metrics.logLoss())
                .stopEarly(4, Metrics.accuracy());
    }

    static Dataset data() {
        return rows(1, 16 * (BATCHES - 1) + 3);
    }

    /** SHA-256 of names, types, shapes and bytes in hex. */
    static String hash(Tensors tensors) {
        Hasher hasher = Hashing.sha256().newHasher();
        for (Tensors.Entry entry : tensors) {
            hasher.putString(entry.name() + entry.tensor(), StandardCharsets.UTF_8);
            hasher.putBytes(entry.tensor().bytes());
        }
        return hasher.hash().toString();
    }

    /** Trains, or goes on, in the folder given, and says each step and the final hash. */
    @SuppressWarnings("SystemOut") // Read by the test through the pipe.
    public static void main(String... args) {
        TrainingListener teller = new TrainingListener() {
            @Override
            public void onStep(StepReport report) {
                System.out.println("step " + report.step());
            }

            @Override
            public void onEpoch(EpochReport report) {}
        };
        int width = Integer.parseInt(args[1]);
        Fit fit = plain().checkpoint(Checkpoints.in(Path.of(args[0])).everySteps(Long.parseLong(args[2])))
                .listen(teller);
        Trained trained = trainer(width).fit(data(), fit);
        System.out.println("done " + hash(trained.weights()) + " " + trained.metrics());
    }
}
