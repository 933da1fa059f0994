package io.maas.benchmarks.peer;

import io.maas.benchmarks.TrainingData;
import io.maas.benchmarks.TrainingStepBenchmark;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.nd4j.linalg.activations.Activation;

/** The convolutional network of this row in DL4J. */
public class CnnTrainingStepDl4jBenchmark extends TrainingStepBenchmark {
    @Override
    protected Step open() {
        return new Dl4jStep(
                InputType.convolutional(28, 28, 1),
                TrainingData.images(),
                threads,
                convolution(32),
                pool(),
                convolution(64),
                pool(),
                new DenseLayer.Builder().nOut(128).activation(Activation.RELU).build());
    }

    private static Layer convolution(int filters) {
        return new ConvolutionLayer.Builder(3, 3)
                .padding(1, 1)
                .nOut(filters)
                .activation(Activation.RELU)
                .build();
    }

    private static Layer pool() {
        return new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX)
                .kernelSize(2, 2)
                .stride(2, 2)
                .build();
    }
}
