package io.maas.training.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.maas.backend.Backend;
import io.maas.backend.onnxruntime.OnnxRuntimeBackend;
import io.maas.backend.tck.ReferenceBackend;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.train.Optimizer;
import io.maas.train.Schedule;
import io.maas.training.data.Dataset;
import io.maas.training.layer.Layers;
import io.maas.training.layer.Network;
import io.maas.training.loop.Fit;
import io.maas.training.loop.Trainer;
import io.maas.training.loss.Losses;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whole training steps on the engine: the same weights as by the reference backend. */
class OptimizersOnEngineTest {
    static Stream<Optimizer> optimizers() {
        Stream<Optimizer> elementwise = AdaptiveOptimizersTest.cases().map(AdaptiveOptimizersTest.Case::optimizer);
        Optimizer muon = Optimizers.groups(Optimizers.adam(0.01)).with("*/weight", Optimizers.muon(0.01));
        Schedule schedule = Schedule.warmUp(4).then(Schedule.cosine(20));
        Optimizer all = Optimizers.scheduled(Optimizers.clipByNorm(muon, 0.5), schedule);
        Optimizer half = Optimizers.groups(Optimizers.adam(0.01)).with("dense_1/*", Optimizers.frozen());
        return Stream.concat(
                elementwise,
                Stream.of(
                        muon,
                        all,
                        half,
                        Optimizers.muon(0.01),
                        Optimizers.momentum(0.1, 0.9),
                        Optimizers.momentum(0.1, 0.9).withNesterov(true),
                        Optimizers.clipByValue(Optimizers.sgd(0.1), 0.01),
                        Optimizers.adafactor().withLearningRate(0.1),
                        Optimizers.adafactor().withMomentum(0.9),
                        Optimizers.averaged(Optimizers.adam(0.01), Averaging.exponential(0.8)),
                        Optimizers.averaged(all, Averaging.mean(4)),
                        Optimizers.accumulated(Optimizers.adam(0.01), 2),
                        Optimizers.accumulated(Optimizers.averaged(all, Averaging.warmingUp(0.9)), 2),
                        Optimizers.accumulated(half, 3),
                        Optimizers.accumulated(Optimizers.adafactor(), 2),
                        Optimizers.decayed(Optimizers.momentum(0.1, 0.9), WeightDecay.of(0.01))));
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void learnsAsTheReferenceDoes(Optimizer optimizer) {
        Tensors expected = weights(optimizer, new ReferenceBackend());

        for (Tensors.Entry found : weights(optimizer, new OnnxRuntimeBackend())) {
            assertThat(found.tensor().toDoubleArray())
                    .as("%s", found.name())
                    .containsExactly(expected.get(found.name()).toDoubleArray(), within(1e-4));
        }
    }

    private static Tensors weights(Optimizer optimizer, Backend backend) {
        SplittableRandom random = new SplittableRandom(5);
        double[] features = random.doubles(24 * 3, -1, 1).toArray();
        double[] targets = random.doubles(24 * 2, -1, 1).toArray();
        Dataset data = Dataset.of(floats(features, 3), floats(targets, 2));
        Network network = Network.sequential(Layers.dense(3, 8), Layers.tanh(), Layers.dense(2));
        return Trainer.of(network, Losses.meanSquared(), optimizer)
                .withSeed(3)
                .withBackend(backend)
                .fit(data, Fit.epochs(3).batchSize(5))
                .weights();
    }

    private static Tensor floats(double[] values, int columns) {
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        return Tensor.of(floats, values.length / columns, columns);
    }
}
