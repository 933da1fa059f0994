package io.maas.benchmarks.peer;

import io.maas.benchmarks.TrainingData;
import io.maas.benchmarks.TrainingStepBenchmark;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** One encoder block in SameDiff, with its own GELU, which is an approximation and cheaper than the exact one. */
public class EncoderTrainingStepSameDiffBenchmark extends TrainingStepBenchmark {
    private static final int BATCH = 32;
    private static final int LENGTH = 64;
    private static final int WIDTH = 128;
    private static final int HEADS = 4;
    private static final int HIDDEN = 512;

    @Override
    protected Step open() {
        return new SameDiffStep(EncoderTrainingStepSameDiffBenchmark::network, TrainingData.sequences(), threads);
    }

    /** Rows of all sequences as one matrix, but for attention: products of three axes with two are not to be had. */
    private static SDVariable network(SameDiff graph, SDVariable input) {
        SDVariable x = input.reshape((long) BATCH * LENGTH, WIDTH);
        SDVariable attended = norm(graph, "norm_1", x.add(attention(graph, x)));
        SDVariable hidden = graph.nn().gelu(SameDiffStep.dense(graph, "hidden", attended, WIDTH, HIDDEN));
        SDVariable fed = SameDiffStep.dense(graph, "output", hidden, HIDDEN, WIDTH);
        return norm(graph, "norm_2", attended.add(fed)).reshape((long) BATCH, LENGTH, WIDTH);
    }

    private static SDVariable attention(SameDiff graph, SDVariable x) {
        SDVariable q = heads(graph, "q", x, 0, 2, 1, 3);
        SDVariable k = heads(graph, "k", x, 0, 2, 3, 1);
        SDVariable v = heads(graph, "v", x, 0, 2, 1, 3);
        SDVariable weights = graph.nn().softmax(q.mmul(k).mul(Math.sqrt((double) HEADS / WIDTH)), -1);
        SDVariable mixed = weights.mmul(v).permute(0, 2, 1, 3).reshape((long) BATCH * LENGTH, WIDTH);
        return SameDiffStep.dense(graph, "mix", mixed, WIDTH, WIDTH);
    }

    private static SDVariable heads(SameDiff graph, String name, SDVariable x, int... order) {
        return SameDiffStep.dense(graph, name, x, WIDTH, WIDTH)
                .reshape((long) BATCH, LENGTH, HEADS, WIDTH / HEADS)
                .permute(order);
    }

    private static SDVariable norm(SameDiff graph, String name, SDVariable x) {
        SDVariable gain = graph.var(name + "/gain", Nd4j.ones(DataType.FLOAT, WIDTH));
        return graph.nn().layerNorm(x, gain, SameDiffStep.parameter(graph, name + "/bias", WIDTH), true, 1);
    }
}
