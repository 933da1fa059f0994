package io.maas.benchmarks.peer;

import ai.djl.nn.Block;
import io.maas.benchmarks.TrainingData;
import io.maas.benchmarks.TrainingStepBenchmark;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;

/**
 * DJL on libtorch. {@code forwardBackward} leaves out the optimizer, which is DJL's own; it is the least that libtorch needs.
 */
public abstract class TorchBenchmark extends TrainingStepBenchmark {
    private @Nullable TorchStep torch;

    abstract Block block();

    abstract TrainingData data();

    @Override
    protected final Step open() {
        TorchStep step = new TorchStep(block(), data(), threads);
        torch = step;
        return step;
    }

    @Benchmark
    public void forwardBackward() {
        Objects.requireNonNull(torch).runWithoutUpdate(nextBatch());
    }
}
