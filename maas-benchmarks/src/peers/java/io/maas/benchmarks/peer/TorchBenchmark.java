package io.maas.benchmarks.peer;

import ai.djl.nn.Block;
import io.maas.benchmarks.TrainingData;
import io.maas.benchmarks.TrainingStepBenchmark;
import org.openjdk.jmh.annotations.Benchmark;

/**
 * DJL on libtorch. {@code forwardBackward} leaves out the optimizer, which is DJL's own; it is the least that libtorch needs.
 */
public abstract class TorchBenchmark extends TrainingStepBenchmark {
    private TorchStep torch;

    abstract Block block();

    abstract TrainingData data();

    @Override
    protected final Step open() {
        torch = new TorchStep(block(), data(), threads);
        return torch;
    }

    @Benchmark
    public void forwardBackward() {
        torch.runWithoutUpdate(nextBatch());
    }
}
