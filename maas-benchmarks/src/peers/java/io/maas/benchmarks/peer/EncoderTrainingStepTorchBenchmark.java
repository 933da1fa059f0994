package io.maas.benchmarks.peer;

import ai.djl.nn.Block;
import io.maas.benchmarks.TrainingData;
import org.openjdk.jmh.annotations.Param;

/** One encoder block in DJL on libtorch. */
public class EncoderTrainingStepTorchBenchmark extends TorchBenchmark {
    /** {@code layer} as all others have it, or {@code batch} for DJL's own block. */
    @Param("layer")
    public String norm = "layer";

    @Override
    TrainingData data() {
        return TrainingData.sequences();
    }

    @Override
    Block block() {
        return TorchEncoder.of(norm, 128, 4, 512);
    }
}
