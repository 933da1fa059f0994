package io.maas.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.maas.backend.Backend;
import io.maas.backend.Backends;
import io.maas.backend.ProgramOptions;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.training.data.Batches;
import io.maas.training.data.Dataset;
import io.maas.training.layer.Attention;
import io.maas.training.layer.Initializer;
import io.maas.training.layer.Input;
import io.maas.training.layer.Layer;
import io.maas.training.layer.Layers;
import io.maas.training.layer.NamedValues;
import io.maas.training.layer.Network;
import io.maas.training.layer.Padding;
import io.maas.training.layer.Recurrent;
import io.maas.training.loop.Trainer;
import io.maas.training.loop.TrainingStep;
import io.maas.training.loss.Losses;
import io.maas.training.optimizer.Optimizers;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each family of layers learns the same on both engines: the same loss at each step, from the same seed. */
class EnginesLearnAlikeIT {
    private static final int STEPS = Boolean.getBoolean("maas.nightly") ? 30 : 12;
    private static final int ROWS = 32;
    private static final int BATCH = 8;
    private static final int CLASSES = 3;
    private static final int WORDS = 7;
    private static final long SEED = 42;

    /** Relative, over all steps: the engines sum in single precision, in orders of their own; 3e-7 was seen. */
    private static final double TOLERANCE = 1e-5;

    static Stream<Arguments> families() {
        return Stream.of(dense(), convolutions(), pools(), norms(), chance(), words(), recurrent(), attention())
                .flatMap(family -> family);
    }

    private static Stream<Arguments> dense() {
        return Stream.of(
                family(
                        "dense, saturating activations",
                        numbers(6),
                        Layers.dense(12),
                        Layers.tanh(),
                        Layers.dense(12),
                        Layers.sigmoid(),
                        Layers.dense(12),
                        Layers.softmax()),
                family(
                        "dense, activations with a kink",
                        numbers(6),
                        Layers.dense(12),
                        Layers.relu(),
                        Layers.dense(12),
                        Layers.leakyRelu(),
                        Layers.dense(12),
                        Layers.elu(),
                        Layers.dense(12),
                        Layers.selu(),
                        Layers.dense(12),
                        Layers.hardSwish()),
                family(
                        "dense, smooth activations",
                        numbers(6),
                        Layers.dense(12),
                        Layers.gelu(),
                        Layers.dense(12),
                        Layers.swish(),
                        Layers.dense(12),
                        Layers.mish(),
                        Layers.dense(12),
                        Layers.softplus()),
                family(
                        "dense, composed",
                        numbers(6),
                        Layers.dense(8),
                        Layers.residual(Layers.dense(8), Layers.relu()),
                        Layers.parallel(-1, Layers.dense(4), Layers.shared("both", Layers.dense(8))),
                        Layers.dense(8),
                        Layers.sum(Layers.shared("both", Layers.dense(8)), Layers.frozen(Layers.dense(8)))));
    }

    private static Stream<Arguments> convolutions() {
        return Stream.of(
                family("convolution 1-D", numbers(2, 9), Layers.conv(4, 3), Layers.relu()),
                family(
                        "convolution 1-D, stride, dilation, padding, groups",
                        numbers(2, 9),
                        Layers.conv(4, 3).padding(Padding.same()).stride(2),
                        Layers.tanh(),
                        Layers.conv(4, 2).dilation(2).groups(2)),
                family("convolution 2-D", numbers(2, 6, 6), Layers.conv(4, 3, 3), Layers.relu()),
                family(
                        "convolution 2-D, stride, dilation, padding, groups",
                        numbers(2, 6, 6),
                        Layers.conv(4, 3, 3).padding(Padding.same()).stride(2),
                        Layers.tanh(),
                        Layers.conv(4, 2, 2).dilation(2).groups(2).withoutBias()),
                family("convolution 3-D", numbers(1, 4, 4, 4), Layers.conv(3, 2, 2, 2), Layers.relu()),
                family("convolution, separable", numbers(2, 6, 6), Layers.separable(4, 3, 3), Layers.relu()),
                family(
                        "convolution 1-D, transposed",
                        numbers(2, 5),
                        Layers.convTranspose(3, 3).stride(2)),
                family(
                        "convolution 2-D, transposed",
                        numbers(2, 4, 4),
                        Layers.convTranspose(3, 3, 3).stride(2)));
    }

    private static Stream<Arguments> pools() {
        return Stream.of(
                family("pool 1-D, greatest", numbers(2, 8), Layers.conv(4, 3), Layers.maxPool(2)),
                family("pool 1-D, mean", numbers(2, 8), Layers.conv(4, 3), Layers.averagePool(2)),
                family("pool 2-D, greatest", numbers(2, 6, 6), Layers.conv(4, 3, 3), Layers.maxPool(2, 2)),
                family(
                        "pool 2-D, greatest, overlapping",
                        numbers(2, 6, 6),
                        Layers.conv(4, 3, 3),
                        Layers.maxPool(3, 3).stride(1).padding(Padding.same())),
                family(
                        "pool 2-D, mean, overlapping",
                        numbers(2, 6, 6),
                        Layers.conv(4, 3, 3),
                        Layers.averagePool(3, 3).stride(2).padding(Padding.same())),
                family("pool, greatest of all", numbers(2, 6, 6), Layers.conv(6, 3, 3), Layers.globalMaxPool()),
                family("pool, mean of all", numbers(2, 6, 6), Layers.conv(6, 3, 3), Layers.globalAveragePool()));
    }

    private static Stream<Arguments> norms() {
        return Stream.of(
                family("batch norm", numbers(6), Layers.dense(12), Layers.batchNorm(), Layers.relu()),
                family(
                        "batch norm, pictures",
                        numbers(2, 6, 6),
                        Layers.conv(4, 3, 3),
                        Layers.batchNorm(),
                        Layers.relu()),
                family("layer norm", numbers(6), Layers.dense(12), Layers.layerNorm(), Layers.relu()),
                family("RMS norm", numbers(6), Layers.dense(12), Layers.rmsNorm(), Layers.relu()),
                family("group norm", numbers(2, 6, 6), Layers.conv(4, 3, 3), Layers.groupNorm(2), Layers.relu()));
    }

    private static Stream<Arguments> chance() {
        return Stream.of(
                family(
                        "dropout",
                        numbers(6),
                        Layers.dropout(0.2),
                        Layers.dense(12),
                        Layers.relu(),
                        Layers.dropout(0.5)),
                family("dropout, pictures", numbers(2, 6, 6), Layers.conv(4, 3, 3), Layers.dropout(0.3)));
    }

    private static Stream<Arguments> words() {
        return Stream.of(
                family("embedding", words(5), Layers.embedding(WORDS, 4)),
                family("embedding, waves", words(5), Layers.embedding(WORDS, 4), Layers.sinusoidalPositions()),
                family(
                        "embedding, learned positions",
                        words(5),
                        Layers.embedding(WORDS, 4),
                        Layers.learnedPositions(8)),
                family("embedding, rotary positions", words(5), Layers.embedding(WORDS, 4), Layers.rotaryPositions()));
    }

    private static Stream<Arguments> recurrent() {
        return Stream.of(Layers.lstm(5), Layers.gru(5), Layers.rnn(5))
                .flatMap(layer -> Stream.of(
                        family(layer.name(), numbers(4, 3), layer),
                        family(layer.name() + ", last state", words(5), Layers.embedding(WORDS, 4), layer.lastState()),
                        family(layer.name() + ", both directions", numbers(4, 3), layer.bothDirections()),
                        Arguments.of(Named.of(layer.name() + ", any length", ofAnyLength(layer)), words(5))));
    }

    /** The length is a symbol, so that nothing can be unrolled. */
    private static Network ofAnyLength(Recurrent layer) {
        return Network.of(
                List.of(Input.ids("words", Shape.symbolic("time"))),
                (scope, in) -> NamedValues.of(
                        "scores",
                        Layers.sequential(Layers.embedding(WORDS, 4), layer.lastState(), Layers.dense(CLASSES))
                                .apply(scope, in.get("words"))));
    }

    private static Stream<Arguments> attention() {
        Attention heads = Layers.attention(2);
        return Stream.of(
                family("attention", numbers(5, 4), heads),
                family(
                        "attention, causal, rotary",
                        numbers(5, 4),
                        heads.causalOnly().withRotary()),
                family("attention, dropout", numbers(5, 4), heads.withDropout(0.3)),
                family("transformer, encoder", words(5), Layers.embedding(WORDS, 4), Layers.encoder(2, 8)),
                family(
                        "transformer, encoder of another kind",
                        words(5),
                        Layers.embedding(WORDS, 4),
                        Layers.transformer(8, heads)
                                .normBefore()
                                .withNorm(Layers.rmsNorm())
                                .withActivation(Layers.gelu())
                                .withDropout(0.2)),
                Arguments.of(Named.of("transformer, decoder over a masked memory", decoder()), translated()));
    }

    private static Network decoder() {
        List<Input> inputs = List.of(Input.ids("words", 5), Input.floats("memory", 4, 3), Input.ids("padding", 4));
        return Network.of(inputs, (scope, in) -> {
            Attention before = Layers.attention(2).causalOnly();
            Attention over = Layers.attention(2).over(in.get("memory")).masked(in.get("padding"));
            return NamedValues.of(
                    "scores",
                    Layers.sequential(
                                    Layers.embedding(WORDS, 4),
                                    Layers.transformer(8, before, over),
                                    Layers.flatten(),
                                    Layers.dense(CLASSES))
                            .apply(scope, in.get("words")));
        });
    }

    private static Arguments family(String name, Dataset data, Layer... layers) {
        Layer[] whole = Arrays.copyOf(layers, layers.length + 2);
        whole[layers.length] = Layers.flatten();
        whole[layers.length + 1] = Layers.dense(CLASSES);
        return Arguments.of(Named.of(name, Network.sequential(whole)), data);
    }

    // ---- data: the class follows from the first element of a row

    private static Dataset numbers(long... row) {
        int size = Math.toIntExact(Shape.of(row).elements());
        double[] values =
                new SplittableRandom(1).doubles((long) ROWS * size, -1, 1).toArray();
        long[] shape = new long[row.length + 1];
        shape[0] = ROWS;
        System.arraycopy(row, 0, shape, 1, row.length);
        float[] features = new float[values.length];
        IntStream.range(0, features.length).forEach(i -> features[i] = (float) values[i]);
        long[] classes = IntStream.range(0, ROWS)
                .mapToLong(i -> (long) ((values[i * size] + 1) * CLASSES / 2))
                .toArray();
        return Dataset.of(Tensor.of(features, shape), Tensor.of(classes));
    }

    private static Dataset words(int length) {
        long[] words =
                new SplittableRandom(2).longs((long) ROWS * length, 0, WORDS).toArray();
        long[] classes = IntStream.range(0, ROWS)
                .mapToLong(i -> words[i * length] % CLASSES)
                .toArray();
        return Dataset.of(Tensor.of(words, ROWS, length), Tensor.of(classes));
    }

    private static Dataset translated() {
        long[] padding = IntStream.range(0, ROWS * 4)
                .mapToLong(i -> i % 4 <= i / 4 % 4 ? 1 : 0)
                .toArray();
        return words(5).with("memory", numbers(4, 3).features()).with("padding", Tensor.of(padding, ROWS, 4));
    }

    // ---- both engines

    @ParameterizedTest(name = "{0}")
    @MethodSource("families")
    void theLossesAreTheSameStepByStep(Network network, Dataset data) {
        double[] onnxruntime = losses("onnxruntime", network, data, SEED);
        double[] nd4j = losses("nd4j", network, data, SEED);

        for (int step = 0; step < STEPS; step++) {
            assertThat(nd4j[step])
                    .as("loss of step %d", step + 1)
                    .isCloseTo(onnxruntime[step], within(TOLERANCE * onnxruntime[step]));
        }
        assertThat(mean(onnxruntime, STEPS - 4)).as("loss of the last round").isLessThan(mean(onnxruntime, 0));
    }

    private static double mean(double[] losses, int from) {
        return Arrays.stream(losses, from, from + ROWS / BATCH).average().orElseThrow();
    }

    private static double[] losses(String engine, Network network, Dataset data, long seed) {
        Backend backend = Backends.load().named(engine);
        Trainer recipe = Trainer.of(network, Losses.softmaxCrossEntropy(), Optimizers.adam(5e-3))
                .withSeed(seed)
                .withBackend(backend)
                .withOptions(ProgramOptions.training().withThreads(1));
        Batches batches = Batches.of(data, BATCH);
        try (TrainingStep step = recipe.newStep(data)) {
            return IntStream.range(0, STEPS)
                    .mapToDouble(
                            i -> step.step(batches.batch(i % batches.count())).loss())
                    .toArray();
        }
    }

    /** Equal losses say that both draw the same mask: with other masks the first loss is another, far beyond the tolerance. */
    @ParameterizedTest
    @ValueSource(strings = {"onnxruntime", "nd4j"})
    void theMaskOfDropoutFollowsFromTheSeed(String engine) {
        Tensor weights = Tensor.of(new float[] {1, 0, 0, 0, 1, 0, 0, 0, 1}, 3, CLASSES);
        Network network =
                Network.sequential(Layers.dropout(0.5), Layers.dense(CLASSES).withWeight(Initializer.of(weights)));

        double loss = losses(engine, network, numbers(3), SEED)[0];

        assertThat(losses(engine, network, numbers(3), SEED)[0]).isEqualTo(loss);
        assertThat(losses(engine, network, numbers(3), SEED + 1)[0]).isNotCloseTo(loss, within(100 * TOLERANCE * loss));
    }
}
