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
 * a listener, beside the same step alone. Both take turns in one JVM.
 *
 * <pre>{@code java -cp … io.maas.benchmarks.TrainingLoop [threads = 2] [rounds = 61]}</pre>
 */
public final class TrainingLoop {
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

    /**
     * The step without the loop.
     *
     * @param gathering whether each batch is gathered first, as the benchmarks of training steps do; else it is one and the same
     */
    private Step alone(int steps, boolean gathering) {
        Watch watch = new Watch(steps);
        Batches batches = Batches.of(rows, batch);
        Batches.Batch same = batches.batch(0);
        try (TrainingStep step = trainer.newStep(rows)) {
            for (int i = 0; i <= steps; i++) {
                step.step(gathering ? batches.batch(i % TrainingData.BATCHES) : same);
                watch.tick();
            }
            watch.stop();
            return watch.result();
        }
    }

    /** The medians of many short rounds: each has a session of its own, and sessions differ from each other by more than the loop does. */
    @SuppressWarnings("SystemOut")
    private void compare(String name, int steps, int rounds) {
        inLoop(steps);
        Step[] same = new Step[rounds];
        Step[] gathering = new Step[rounds];
        Step[] loop = new Step[rounds];
        for (int i = 0; i < rounds; i++) {
            same[i] = alone(steps, false);
            loop[i] = inLoop(steps);
            gathering[i] = alone(steps, true);
        }
        System.out.printf("%s, %d rounds of %d steps%n", name, rounds, steps);
        print("step, batch given", same, same, gathering);
        print("step, batch gathered", gathering, same, gathering);
        print("in the loop", loop, same, gathering);
    }

    @SuppressWarnings("SystemOut")
    private static void print(String name, Step[] steps, Step[] same, Step[] gathering) {
        System.out.printf(
                "  %-20s %8.0f µs (quartiles %.0f and %.0f), %.3f and %.3f times the others, %.0f B a step%n",
                name,
                quantile(steps, 0.5) / 1e3,
                quantile(steps, 0.25) / 1e3,
                quantile(steps, 0.75) / 1e3,
                quantile(steps, 0.5) / quantile(same, 0.5),
                quantile(steps, 0.5) / quantile(gathering, 0.5),
                steps[steps.length - 1].bytes());
    }

    private static double quantile(Step[] steps, double share) {
        double[] times = Arrays.stream(steps).mapToDouble(Step::nanos).sorted().toArray();
        return times[(int) (share * (times.length - 1))];
    }

    public static void main(String[] args) {
        int threads = args.length > 0 ? Integer.parseInt(args[0]) : 2;
        int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 61;
        Network perceptron = Network.sequential(
                Layers.dense(512), Layers.relu(), Layers.dense(256), Layers.relu(), Layers.dense(10));
        new TrainingLoop(perceptron, Losses.softmaxCrossEntropy(), TrainingData.digits(128), threads)
                .compare("MLP, batch 128", 200, rounds);
        Network blocks = Network.sequential(
                new EncoderBlock(384, 12, 1536),
                new EncoderBlock(384, 12, 1536),
                new EncoderBlock(384, 12, 1536),
                new EncoderBlock(384, 12, 1536),
                new EncoderBlock(384, 12, 1536),
                new EncoderBlock(384, 12, 1536));
        new TrainingLoop(blocks, Losses.meanSquared(), TrainingData.sentences(), threads)
                .compare("six blocks of MiniLM's sizes, 16 × 32", 16, Math.max(3, rounds / 6));
    }
}
