package io.maas.benchmarks;

import io.maas.graph.Attributes;
import io.maas.graph.Op;
import io.maas.training.layer.Initializer;
import io.maas.training.layer.Layer;
import io.maas.training.layer.Layers;
import io.maas.training.layer.Network;
import io.maas.training.loss.Losses;
import java.util.List;

/** Two convolutions 3×3 that keep the size, each with rectifier and max-pool 2, and two dense layers, on 28×28, batch 64. */
public class CnnTrainingStepBenchmark extends TrainingStepBenchmark {
    @Override
    protected Step open() {
        Network network = Network.sequential(
                convolution(1, 32),
                Layers.relu(),
                pool(),
                convolution(32, 64),
                Layers.relu(),
                pool(),
                Layers.flatten(),
                Layers.dense(64 * 7 * 7, 128),
                Layers.relu(),
                Layers.dense(128, 10));
        return new MaasStep(network, Losses.softmaxCrossEntropy(), TrainingData.images(), threads);
    }

    private static Layer convolution(long in, long out) {
        // The fan-in of an initializer is the product of all sizes but the last, which is not a kernel's.
        double bound = 1 / Math.sqrt(9.0 * in);
        Initializer uniform = (shape, random) ->
                random.doubles(shape.elements(), -bound, bound).toArray();
        Attributes attributes = Attributes.of("kernel_shape", List.of(3L, 3L), "pads", List.of(1L, 1L, 1L, 1L));
        return (scope, x) -> scope.graph()
                .node(
                        Op.CONV,
                        attributes,
                        x,
                        scope.parameter("weight", uniform, out, in, 3, 3),
                        scope.parameter("bias", Initializer.zeros(), out));
    }

    private static Layer pool() {
        Attributes attributes = Attributes.of("kernel_shape", List.of(2L, 2L), "strides", List.of(2L, 2L));
        return (scope, x) -> scope.graph().node(Op.MAX_POOL, attributes, x);
    }
}
