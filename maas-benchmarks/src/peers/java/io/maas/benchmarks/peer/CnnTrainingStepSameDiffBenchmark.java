package io.maas.benchmarks.peer;

import io.maas.benchmarks.TrainingData;
import io.maas.benchmarks.TrainingStepBenchmark;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Conv2DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.PaddingMode;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Pooling2DConfig;

/** The convolutional network of this row in SameDiff. */
public class CnnTrainingStepSameDiffBenchmark extends TrainingStepBenchmark {
    @Override
    protected Step open() {
        return new SameDiffStep(CnnTrainingStepSameDiffBenchmark::network, TrainingData.images(), threads);
    }

    private static SDVariable network(SameDiff graph, SDVariable x) {
        SDVariable first = pool(graph, convolution(graph, "1", x, 1, 32));
        SDVariable second = pool(graph, convolution(graph, "2", first, 32, 64));
        SDVariable flat = second.reshape(64L, 64 * 7 * 7);
        SDVariable third = graph.nn().relu(SameDiffStep.dense(graph, "3", flat, 64 * 7 * 7, 128), 0);
        return SameDiffStep.dense(graph, "4", third, 128, 10);
    }

    private static SDVariable convolution(SameDiff graph, String name, SDVariable x, long in, long out) {
        Conv2DConfig config = Conv2DConfig.builder()
                .kH(3)
                .kW(3)
                .pH(1)
                .pW(1)
                .paddingMode(PaddingMode.VALID)
                .dataFormat(Conv2DConfig.NCHW)
                .build();
        SDVariable weight = SameDiffStep.parameter(graph, name + "/weight", 3, 3, in, out);
        SDVariable bias = SameDiffStep.parameter(graph, name + "/bias", out);
        return graph.nn().relu(graph.cnn().conv2d(x, weight, bias, config), 0);
    }

    private static SDVariable pool(SameDiff graph, SDVariable x) {
        Pooling2DConfig config = Pooling2DConfig.builder()
                .kH(2)
                .kW(2)
                .sH(2)
                .sW(2)
                .paddingMode(PaddingMode.VALID)
                .build();
        return graph.cnn().maxPooling2d(x, config);
    }
}
