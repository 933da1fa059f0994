package io.maas.benchmarks;

import com.sun.management.ThreadMXBean;
import io.maas.backend.ProgramOptions;
import io.maas.train.Loss;
import io.maas.training.data.Batches;
import io.maas.training.data.Dataset;
import io.maas.training.layer.Layers;
import io.maas.training.layer.Network;
import io.maas.training.loop.EpochReport;
import io.maas.training.loop.Fit;
import io.maas.training.loop.StepReport;
import io.maas.training.loop.Trainer;
import io.maas.training.loop.TrainingListener;
import io.maas.training.loop.TrainingStep;
import io.maas.training.loss.Losses;
import io.maas.training.optimizer.Optimizers;
import java.lang.management.ManagementFactory;
import java.util.Arrays;

/**
 * What the loop adds to the step: the time and the garbage of a step within {@code Trainer.fit}, with shuffled batches, running means and
 * a listener, beside the same step alone on batches that were gathered before. Both take turns in one JVM.
 *
 * <pre>{@code java -cp … io.maas.benchmarks.TrainingLoop [threads = 2] [rounds = 7]}</pre>
 */
public final class TrainingLoop {
    private static final double SECONDS = 3;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final Trainer trainer;
    private final Dataset rows;
    private final int batch;

    private TrainingLoop(Network network, Loss loss, TrainingData data, int threads) {
        trainer = Trainer.of(network, loss, Optimizers.adam(1e-3))
                .withOptions(ProgramOptions.training().withThreads(threads));
        rows = data.dataset();
        batch = data.batch();
    }

    /** The median time of a step in nanoseconds, and what it allocates in bytes on the thread that trains. */
    private record Step(double nanos, double bytes) {}

    /** Times of steps that follow each other. */
    private static final class Watch implements TrainingListener {
        private final long[] times;
        private int count;
        private long last;
        private long allocated;
        private long bytes;

        Watch(int steps) {
            times = new long[steps];
        }

        void tick() {
            long now = System.nanoTime();
            if (last == 0) {
                allocated = THREADS.getCurrentThreadAllocatedBytes();
            } else if (count < times.length) {
                times[count++] = now - last;
            }
            last = System.nanoTime();
        }

        @Override
        public void onStep(StepReport report) {
            tick();
        }

        @Override
        public void onEpoch(EpochReport report) {
            stop();
        }

        /** What is allocated behind the last step, such as for the weights that are kept, is not of a step. */
        void stop() {
            bytes = THREADS.getCurrentThreadAllocatedBytes() - allocated;
        }

        Step result() {
            Arrays.sort(times, 0, count);
            return new Step(times[count / 2], bytes / (double) count);
        }
    }

    private Step inLoop(int steps) {
        Watch watch = new Watch(steps);
        int epochs = 1 + steps / TrainingData.BATCHES;
        trainer.fit(rows, Fit.epochs(epochs).batchSize(batch).listen(watch));
        return watch.result();
    }

    private Step alone(int steps) {
        Watch watch = new Watch(steps);
        Batches.Batch given = Batches.of(rows, batch).batch(0);
        try (TrainingStep step = trainer.newStep(rows)) {
            for (int i = 0; i <= steps; i++) {
                step.step(given);
                watch.tick();
            }
            watch.stop();
            return watch.result();
        }
    }

    @SuppressWarnings("SystemOut")
    private void compare(String name, int rounds) {
        int steps = Math.max(8 * TrainingData.BATCHES, (int) (SECONDS * 1e9 / alone(40).nanos()));
        inLoop(steps);
        double[] ratios = new double[rounds];
        Step[] loops = new Step[rounds];
        Step[] raws = new Step[rounds];
        for (int i = 0; i < rounds; i++) {
            raws[i] = alone(steps);
            loops[i] = inLoop(steps);
            ratios[i] = loops[i].nanos() / raws[i].nanos();
        }
        Arrays.sort(ratios);
        System.out.printf(
                "%s, %d steps a round: step alone %.0f µs, in the loop %.0f µs (medians of the last round); in the loop / alone: median %.3f"
                        + " (%.3f to %.3f) of %d rounds; allocated a step: alone %.0f B, in the loop %.0f B%n",
                name,
                steps,
                raws[rounds - 1].nanos() / 1e3,
                loops[rounds - 1].nanos() / 1e3,
                ratios[rounds / 2],
                ratios[0],
                ratios[rounds - 1],
                rounds,
                raws[rounds - 1].bytes(),
                loops[rounds - 1].bytes());
    }

    public static void main(String[] args) {
        int threads = args.length > 0 ? Integer.parseInt(args[0]) : 2;
        int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 7;
        Network perceptron = Network.sequential(
                Layers.dense(512), Layers.relu(), Layers.dense(256), Layers.relu(), Layers.dense(10));
        new TrainingLoop(perceptron, Losses.softmaxCrossEntropy(), TrainingData.digits(128), threads)
                .compare("MLP, batch 128", rounds);
        Network blocks = Network.sequential(
                new EncoderBlock(384, 12, 1536),
                new EncoderBlock(384, 12, 1536),
                new EncoderBlock(384, 12, 1536),
                new EncoderBlock(384, 12, 1536),
                new EncoderBlock(384, 12, 1536),
                new EncoderBlock(384, 12, 1536));
        new TrainingLoop(blocks, Losses.meanSquared(), TrainingData.sentences(), threads)
                .compare("six blocks of MiniLM's sizes, 16 × 32", rounds);
    }
}
