package io.maas.benchmarks;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One full training step in float32 with Adam at its defaults: the batch goes to where the engine reads it, then forward, loss,
 * backward, update. Each network is a row: {@code MlpTrainingStep}, {@code CnnTrainingStep}, {@code EncoderTrainingStep} and
 * {@code MiniLmTrainingStep} name ours, and with the profile {@code peers} the same in other libraries, in {@code src/peers}.
 * All libraries of a row get the same numbers. Every step is timed, so that medians can be compared: on a machine that is shared, a
 * mean is one of its interruptions too.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 1, time = 4)
@Measurement(iterations = 3, time = 3)
public abstract class TrainingStepBenchmark {
    private static final int TRIAL_STEPS = 8;

    @Param({"1", "2"})
    public int threads;

    private Step step;
    private int next;

    /** One library's training step. */
    public interface Step extends AutoCloseable {
        /**
         * Trains on one of the batches.
         *
         * @param batch {@code 0 <= batch < TrainingData.BATCHES}
         */
        void run(int batch);

        /** The loss that the last step found, before its update. */
        double loss();

        @Override
        void close();
    }

    /** Makes the step of this benchmark; {@link #threads} and other parameters are set. */
    protected abstract Step open();

    @Setup(Level.Trial)
    public void start() {
        step = open();
        step.run(0);
        double first = step.loss();
        for (int i = 0; i < TRIAL_STEPS; i++) {
            step.run(0);
        }
        double last = step.loss();
        if (!(last < first)) {
            throw new IllegalStateException("loss: " + last + " (expected: less than " + first + ", it learns)");
        }
    }

    @TearDown(Level.Trial)
    public void stop() {
        step.close();
    }

    /** The batch that comes next. */
    protected final int nextBatch() {
        next = (next + 1) % TrainingData.BATCHES;
        return next;
    }

    @Benchmark
    public void full() {
        step.run(nextBatch());
    }
}
