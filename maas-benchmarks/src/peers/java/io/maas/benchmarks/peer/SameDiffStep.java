package io.maas.benchmarks.peer;

import io.maas.benchmarks.TrainingData;
import io.maas.benchmarks.TrainingStepBenchmark.Step;
import java.util.Map;
import java.util.function.BiFunction;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.weightinit.impl.XavierInitScheme;

/** A training step in SameDiff, ND4J's own graphs: {@code fit} on one batch, with its Adam, and nothing that listens. */
final class SameDiffStep implements Step {
    private final Nd4jBatch batch;
    private final SameDiff graph;
    private final DataSet set;

    /** @param network writes the graph from input to prediction */
    SameDiffStep(BiFunction<SameDiff, SDVariable, SDVariable> network, TrainingData data, int threads) {
        batch = new Nd4jBatch(data, threads);
        Nd4j.getRandom().setSeed(1);
        graph = SameDiff.create();
        SDVariable input =
                graph.placeHolder("input", DataType.FLOAT, batch.inputs().shape());
        SDVariable target =
                graph.placeHolder("target", DataType.FLOAT, batch.targets().shape());
        SDVariable prediction = network.apply(graph, input);
        if (data.classes() > 0) {
            graph.loss().softmaxCrossEntropy("loss", target, prediction, null);
        } else {
            graph.loss().meanSquaredError("loss", target, prediction, null);
        }
        graph.setLossVariables("loss");
        graph.setTrainingConfig(TrainingConfig.builder()
                .updater(new Adam(1e-3))
                .dataSetFeatureMapping("input")
                .dataSetLabelMapping("target")
                .build());
        set = new DataSet(batch.inputs(), batch.targets());
    }

    /** A matrix to be learned, or with one size a vector of zeros. */
    static SDVariable parameter(SameDiff graph, String name, long... shape) {
        return shape.length == 1
                ? graph.var(name, Nd4j.zeros(DataType.FLOAT, shape))
                : graph.var(
                        name, new XavierInitScheme('c', fanIn(shape), shape[shape.length - 1]), DataType.FLOAT, shape);
    }

    private static double fanIn(long[] shape) {
        double size = 1;
        for (int i = 0; i < shape.length - 1; i++) {
            size *= shape[i];
        }
        return size;
    }

    /**
     * {@code x·W + b} for {@code x [rows, in]}. Not by {@code nn().linear}: in 1.0.0-M2.1 a graph with it learns wrongly once
     * it was evaluated between two fits.
     */
    static SDVariable dense(SameDiff graph, String name, SDVariable x, long in, long out) {
        SDVariable product = x.mmul(parameter(graph, name + "/weight", in, out));
        return product.add(parameter(graph, name + "/bias", out));
    }

    @Override
    public void run(int index) {
        batch.fill(index);
        graph.fit(set);
    }

    /** That of the batch as the parameters are now: what {@code fit} found itself only a listener would hear. */
    @Override
    public double loss() {
        Map<String, INDArray> values = Map.of("input", batch.inputs(), "target", batch.targets());
        return graph.outputSingle(values, "loss").getDouble(0);
    }

    /** SameDiff has nothing to close: its memory goes with the garbage collector. */
    @Override
    public void close() {}
}
