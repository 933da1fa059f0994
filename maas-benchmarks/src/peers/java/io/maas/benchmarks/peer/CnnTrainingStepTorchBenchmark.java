package io.maas.benchmarks.peer;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.pooling.Pool;
import io.maas.benchmarks.TrainingData;

/** The convolutional network of this row in DJL on libtorch. */
public class CnnTrainingStepTorchBenchmark extends TorchBenchmark {
    private static final Shape TWO = new Shape(2, 2);

    @Override
    TrainingData data() {
        return TrainingData.images();
    }

    @Override
    Block block() {
        return new SequentialBlock()
                .add(convolution(32))
                .add(Activation.reluBlock())
                .add(Pool.maxPool2dBlock(TWO, TWO))
                .add(convolution(64))
                .add(Activation.reluBlock())
                .add(Pool.maxPool2dBlock(TWO, TWO))
                .add(Blocks.batchFlattenBlock())
                .add(Linear.builder().setUnits(128).build())
                .add(Activation.reluBlock())
                .add(Linear.builder().setUnits(10).build());
    }

    private static Block convolution(int filters) {
        return Conv2d.builder()
                .setKernelShape(new Shape(3, 3))
                .optPadding(new Shape(1, 1))
                .setFilters(filters)
                .build();
    }
}
