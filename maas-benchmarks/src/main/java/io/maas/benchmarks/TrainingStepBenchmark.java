package io.maas.benchmarks;

import io.maas.backend.ProgramOptions;
import io.maas.training.data.Batches;
import io.maas.training.data.Dataset;
import io.maas.training.layer.Layers;
import io.maas.training.layer.Network;
import io.maas.training.loop.Trainer;
import io.maas.training.loop.TrainingStep;
import io.maas.training.loss.Losses;
import io.maas.training.optimizer.Optimizers;
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
 * One full training step of an MLP 784-512-256-10 with Adam: gathering the batch, forward, loss, backward, update. The peer that
 * does the same stands in {@code src/peers}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(3)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
public class TrainingStepBenchmark {
    @Param({"32", "128", "512"})
    public int batch;

    @Param("2")
    public int threads;

    private Batches batches;
    private TrainingStep step;
    private int next;

    @Setup(Level.Trial)
    public void open() {
        Dataset data = DigitsShapedData.of(8 * batch);
        Network network = Network.sequential(
                Layers.dense(DigitsShapedData.FEATURES, 512),
                Layers.relu(),
                Layers.dense(512, 256),
                Layers.relu(),
                Layers.dense(256, DigitsShapedData.CLASSES));
        batches = Batches.of(data, batch);
        step = Trainer.of(network, Losses.softmaxCrossEntropy(), Optimizers.adam(1e-3))
                .withOptions(ProgramOptions.training().withThreads(threads))
                .newStep(data);
        double first = maas();
        double last = first;
        for (int i = 0; i < 50; i++) {
            last = maas();
        }
        if (!(last < first)) {
            throw new IllegalStateException("loss: " + last + " (expected: less than " + first + ", it learns)");
        }
    }

    @TearDown(Level.Trial)
    public void close() {
        step.close();
    }

    @Benchmark
    public double maas() {
        next = (next + 1) % batches.count();
        return step.step(batches.batch(next)).loss();
    }
}
