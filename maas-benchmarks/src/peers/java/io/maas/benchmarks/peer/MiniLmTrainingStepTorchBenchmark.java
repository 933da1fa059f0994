package io.maas.benchmarks.peer;

import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import io.maas.benchmarks.TrainingData;
import org.openjdk.jmh.annotations.Param;

/** Six encoder blocks of the sizes of all-MiniLM-L6-v2, from embedded tokens on, in DJL on libtorch. */
public class MiniLmTrainingStepTorchBenchmark extends TorchBenchmark {
    /** {@code layer} as the model has it, or {@code batch} for DJL's own block. */
    @Param("layer")
    public String norm = "layer";

    @Override
    TrainingData data() {
        return TrainingData.sentences();
    }

    @Override
    Block block() {
        SequentialBlock blocks = new SequentialBlock();
        for (int i = 0; i < 6; i++) {
            blocks.add(TorchEncoder.of(norm, 384, 12, 1536));
        }
        return blocks;
    }
}
