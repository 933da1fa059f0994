package io.maas.benchmarks.peer;

import io.maas.benchmarks.TrainingData;
import io.maas.benchmarks.TrainingStepBenchmark;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.nd4j.linalg.activations.Activation;
import org.openjdk.jmh.annotations.Param;

/** 784-512-256-10 with rectifiers, softmax cross-entropy, in DL4J. */
public class MlpTrainingStepDl4jBenchmark extends TrainingStepBenchmark {
    @Param({"32", "128", "512"})
    public int batch;

    @Override
    protected Step open() {
        return new Dl4jStep(
                InputType.feedForward(784),
                TrainingData.digits(batch),
                threads,
                new DenseLayer.Builder().nOut(512).activation(Activation.RELU).build(),
                new DenseLayer.Builder().nOut(256).activation(Activation.RELU).build());
    }
}
