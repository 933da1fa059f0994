package io.maas.benchmarks.peer;

import java.util.Random;
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
 * The peer of {@code TrainingStepBenchmark}: the same network, optimizer, batch and threads in DJL on libtorch. {@code
 * forwardBackward} leaves out the optimizer, which is DJL's own; it is the least that libtorch needs.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(3)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
public class TorchTrainingStepBenchmark {
    private static final int FEATURES = 784;
    private static final int CLASSES = 10;
    private static final int BATCHES = 8;

    @Param({"32", "128", "512"})
    public int batch;

    @Param("2")
    public int threads;

    private final float[][] features = new float[BATCHES][];
    private final float[][] classes = new float[BATCHES][];
    private DjlPytorchMlp full;
    private DjlPytorchMlp gradients;
    private int next;

    @Setup(Level.Trial)
    public void open() {
        Random random = new Random(3);
        for (int i = 0; i < BATCHES; i++) {
            features[i] = new float[batch * FEATURES];
            classes[i] = new float[batch];
            for (int row = 0; row < batch; row++) {
                classes[i][row] = random.nextInt(CLASSES);
                for (int j = 0; j < FEATURES; j++) {
                    features[i][row * FEATURES + j] =
                            (float) random.nextGaussian() + (j % CLASSES == classes[i][row] ? 1 : 0);
                }
            }
        }
        full = new DjlPytorchMlp(batch, threads, 1);
        gradients = new DjlPytorchMlp(batch, threads, 1);
        full();
        float first = full.lastLoss();
        for (int i = 0; i < 50; i++) {
            full();
        }
        if (!(full.lastLoss() < first)) {
            throw new IllegalStateException(
                    "loss: " + full.lastLoss() + " (expected: less than " + first + ", it learns)");
        }
    }

    @TearDown(Level.Trial)
    public void close() {
        full.close();
        gradients.close();
    }

    @Benchmark
    public void full() {
        next = (next + 1) % BATCHES;
        full.step(features[next], classes[next]);
    }

    @Benchmark
    public void forwardBackward() {
        next = (next + 1) % BATCHES;
        gradients.stepWithoutUpdate(features[next], classes[next]);
    }
}
