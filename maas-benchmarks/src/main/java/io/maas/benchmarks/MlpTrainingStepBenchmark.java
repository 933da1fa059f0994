package io.maas.benchmarks;

import io.maas.training.layer.Layers;
import io.maas.training.layer.Network;
import io.maas.training.loss.Losses;
import org.openjdk.jmh.annotations.Param;

/** 784-512-256-10 with rectifiers, softmax cross-entropy. */
public class MlpTrainingStepBenchmark extends TrainingStepBenchmark {
    @Param({"32", "128", "512"})
    public int batch;

    @Override
    protected Step open() {
        Network network = Network.sequential(
                Layers.dense(512), Layers.relu(), Layers.dense(256), Layers.relu(), Layers.dense(10));
        return new MaasStep(network, Losses.softmaxCrossEntropy(), TrainingData.digits(batch), threads);
    }
}
