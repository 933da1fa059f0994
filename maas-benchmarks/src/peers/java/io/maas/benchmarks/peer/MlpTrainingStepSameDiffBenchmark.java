package io.maas.benchmarks.peer;

import io.maas.benchmarks.TrainingData;
import io.maas.benchmarks.TrainingStepBenchmark;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.openjdk.jmh.annotations.Param;

/** 784-512-256-10 with rectifiers, softmax cross-entropy, in SameDiff. */
public class MlpTrainingStepSameDiffBenchmark extends TrainingStepBenchmark {
    @Param({"32", "128", "512"})
    public int batch;

    @Override
    protected Step open() {
        return new SameDiffStep(MlpTrainingStepSameDiffBenchmark::network, TrainingData.digits(batch), threads);
    }

    private static SDVariable network(SameDiff graph, SDVariable x) {
        SDVariable first = graph.nn().relu(SameDiffStep.dense(graph, "1", x, 784, 512), 0);
        SDVariable second = graph.nn().relu(SameDiffStep.dense(graph, "2", first, 512, 256), 0);
        return SameDiffStep.dense(graph, "3", second, 256, 10);
    }
}
