package io.maas.benchmarks;

import io.maas.training.layer.Network;
import io.maas.training.loss.Losses;

/** One transformer encoder block of width 128 with 4 heads and 512 hidden units on {@code [32, 64, 128]}, mean squared loss. */
public class EncoderTrainingStepBenchmark extends TrainingStepBenchmark {
    @Override
    protected Step open() {
        return new MaasStep(
                Network.of(new EncoderBlock(128, 4, 512)), Losses.meanSquared(), TrainingData.sequences(), threads);
    }
}
