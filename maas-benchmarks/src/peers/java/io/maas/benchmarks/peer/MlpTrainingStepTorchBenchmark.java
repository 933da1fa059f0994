package io.maas.benchmarks.peer;

import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import io.maas.benchmarks.TrainingData;
import org.openjdk.jmh.annotations.Param;

/** 784-512-256-10 with rectifiers, softmax cross-entropy, in DJL on libtorch. */
public class MlpTrainingStepTorchBenchmark extends TorchBenchmark {
    @Param({"32", "128", "512"})
    public int batch;

    @Override
    TrainingData data() {
        return TrainingData.digits(batch);
    }

    @Override
    Block block() {
        return new SequentialBlock()
                .add(Linear.builder().setUnits(512).build())
                .add(Activation.reluBlock())
                .add(Linear.builder().setUnits(256).build())
                .add(Activation.reluBlock())
                .add(Linear.builder().setUnits(10).build());
    }
}
