package io.maas.benchmarks.peer;

import io.maas.benchmarks.TrainingData;
import io.maas.benchmarks.TrainingStepBenchmark.Step;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** A training step in DL4J: {@code fit} on one batch, with ND4J's Adam, DL4J's workspaces, and nothing that listens. */
final class Dl4jStep implements Step {
    private final Nd4jBatch batch;
    private final MultiLayerNetwork network;

    /** @param layers all but the last, which is softmax with cross-entropy */
    Dl4jStep(InputType input, TrainingData data, int threads, Layer... layers) {
        batch = new Nd4jBatch(data, threads);
        NeuralNetConfiguration.ListBuilder builder = new NeuralNetConfiguration.Builder()
                .seed(1)
                .updater(new Adam(1e-3))
                .weightInit(WeightInit.XAVIER)
                .list(layers);
        OutputLayer output = new OutputLayer.Builder(LossFunction.MCXENT)
                .nOut(data.classes())
                .activation(Activation.SOFTMAX)
                .build();
        network = new MultiLayerNetwork(
                builder.layer(layers.length, output).setInputType(input).build());
        network.init();
    }

    @Override
    public void run(int index) {
        batch.fill(index);
        network.fit(batch.inputs(), batch.targets());
    }

    @Override
    public double loss() {
        return network.score();
    }

    @Override
    public void close() {
        network.close();
    }
}
