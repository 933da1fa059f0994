package io.maas.training.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.backend.onnxruntime.OnnxRuntimeBackend;
import io.maas.backend.tck.ReferenceBackend;
import io.maas.error.InvalidInputException;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.train.Loss;
import io.maas.training.data.Batches;
import io.maas.training.data.Batching;
import io.maas.training.data.Dataset;
import io.maas.training.data.Sequences;
import io.maas.training.data.Split;
import io.maas.training.data.Splitter;
import io.maas.training.layer.Attention;
import io.maas.training.layer.Input;
import io.maas.training.layer.Layer;
import io.maas.training.layer.Layers;
import io.maas.training.layer.NamedValues;
import io.maas.training.layer.Network;
import io.maas.training.layer.Scope;
import io.maas.training.loss.Losses;
import io.maas.training.optimizer.Optimizers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sequences of different lengths, from data to the served model. */
class VariableLengthTest {
    private static final int WORDS = 12;
    private static final int SIGNAL = 7;
    private static final List<Input> TOKENS =
            List.of(Input.ids("tokens", Shape.symbolic("time")), Input.floats("mask", Shape.symbolic("time")));

    /** Sentences of 2 to 21 words; the class says whether {@value #SIGNAL} is among them. */
    private static Dataset sentences(int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<long[]> rows = new ArrayList<>();
        long[] classes = new long[count];
        for (int i = 0; i < count; i++) {
            long[] words = random.longs(2 + random.nextInt(20), 1, WORDS)
                    .map(word -> word == SIGNAL ? 1 : word)
                    .toArray();
            classes[i] = i % 2;
            if (classes[i] == 1) {
                words[random.nextInt(words.length)] = SIGNAL;
            }
            rows.add(words);
        }
        Sequences words = Sequences.ids(rows);
        return Dataset.of(words, Tensor.of(classes)).with("mask", words.mask());
    }

    private static Network classifier(String kind) {
        return Network.of(TOKENS, (scope, in) -> {
            Value mask = in.get("mask");
            Value words = scope.apply(Layers.embedding(WORDS, 16), in.get("tokens"));
            Layer reader = kind.equals("lstm") ? Layers.lstm(16) : attention(mask);
            Value states = scope.apply(reader, words);
            return NamedValues.of("scores", scope.apply(Layers.dense(2), mean(scope, states, mask)));
        });
    }

    private static Attention attention(Value mask) {
        return Layers.attention(2).masked(mask);
    }

    /** The mean of the states of steps that are no padding. */
    private static Value mean(Scope scope, Value states, Value mask) {
        GraphBuilder b = scope.graph();
        Value sum = b.reduceSum(b.mul(states, b.unsqueeze(mask, 2)), false, 1);
        return b.div(sum, b.reduceSum(mask, true, 1));
    }

    private static Trainer trainer(Network network) {
        return trainer(network, Losses.softmaxCrossEntropy());
    }

    private static Trainer trainer(Network network, Loss loss) {
        return Trainer.of(network, loss, Optimizers.adam(0.01))
                .withSeed(1)
                .withBackend(new OnnxRuntimeBackend())
                .withOptions(ProgramOptions.training().withThreads(1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"lstm", "attention"})
    void mixedLengthsTrainAndAreServedAsSingleRowsAre(String kind) {
        Split data = Splitter.stratified(1).split(sentences(600, 1), 0.2);

        Trained trained = trainer(classifier(kind))
                .fit(data.train(), Fit.epochs(12).batchSize(16).validateOn(data.test()));

        assertThat(trained.metrics().get("validation.accuracy")).isGreaterThan(0.95);
        Tensors batch = inputs(data.test());
        double[] together = trained.predict(batch).get("scores").toDoubleArray();
        Dataset test = data.test();
        try (Program served = new OnnxRuntimeBackend().load(trained.toArtifact().model(), ProgramOptions.serving())) {
            for (int row = 0; row < test.rows(); row++) {
                Tensors alone = inputs(test.rows(row, row + 1));
                assertThat(served.run(alone).get("scores").toDoubleArray())
                        .as("row %d of %s", row, alone)
                        .containsExactly(Arrays.copyOfRange(together, 2 * row, 2 * row + 2), within(1e-4));
            }
        }
        assertThat(trained.graph().inputs().get(0).shape()).hasToString("[batch, time]");
    }

    private static Tensors inputs(Dataset data) {
        return Tensors.of("tokens", data.features(), "mask", Objects.requireNonNull(data.find("mask")));
    }

    @Test
    void batchesByLengthTeachTheSameInBothEngines() {
        Dataset data = sentences(60, 3);
        Trainer trainer = trainer(classifier("lstm"));
        try (TrainingStep one = trainer.newStep(data);
                TrainingStep other = trainer.withBackend(new ReferenceBackend()).newStep(data);
                Batches batches = Batches.of(data, Batching.of(16).groupedByLength())) {
            batches.shuffle(new SplittableRandom(1));
            for (int i = 0; i < batches.count(); i++) {
                Batches.Batch batch = batches.batch(i);
                assertThat(one.step(batch).loss()).isCloseTo(other.step(batch).loss(), within(1e-4));
            }
        }
    }

    /** Per-step targets: whether the signal has come; padding is ignored, or has weight 0. */
    @Test
    void stepsHaveTargetsAndPaddingDoesNotCount() {
        List<long[]> words = new ArrayList<>();
        List<long[]> seen = new ArrayList<>();
        SplittableRandom random = new SplittableRandom(4);
        for (int i = 0; i < 300; i++) {
            long[] row = random.longs(1 + random.nextInt(12), 1, WORDS).toArray();
            long[] target = new long[row.length];
            for (int j = 0; j < row.length; j++) {
                target[j] = row[j] == SIGNAL || (j > 0 && target[j - 1] == 1) ? 1 : 0;
            }
            words.add(row);
            seen.add(target);
        }
        Sequences tokens = Sequences.ids(words);
        Network network = Network.sequential(Layers.embedding(WORDS, 8), Layers.lstm(16), Layers.dense(2));
        Dataset ignoring = Dataset.of(tokens, Sequences.ids(seen).paddedWith(-100));
        Dataset weighing = Dataset.of(tokens, Sequences.ids(seen)).with("weight", tokens.mask());

        Trained ignored = trainer(network, Losses.softmaxCrossEntropy().ignore(-100))
                .fit(ignoring, Fit.epochs(10).batchSize(16));
        Trained weighed = trainer(network, Losses.softmaxCrossEntropy().weighted(2))
                .fit(weighing, Fit.epochs(10).batchSize(16));

        assertThat(ignored.metrics().get("train.accuracy")).isGreaterThan(0.97);
        // The same positions count, once by their number and once by their weight.
        assertThat(weighed.weights().get("dense_1/weight").toDoubleArray())
                .containsExactly(ignored.weights().get("dense_1/weight").toDoubleArray(), within(1e-2));
    }

    @Test
    void paddingThatTheLossRefusesIsSaid() {
        Sequences tokens = Sequences.ids(List.of(new long[] {1, 2}, new long[] {3}));
        Dataset data = Dataset.of(
                tokens,
                Sequences.ids(List.of(new long[] {0, 1}, new long[] {1})).paddedWith(-100));
        Network network = Network.sequential(Layers.embedding(WORDS, 4), Layers.dense(2));

        assertThatThrownBy(() -> trainer(network).fit(data, Fit.epochs(1)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("padding of target of the training set: -100.0 (expected: what loss \"softmaxCrossEntropy\""
                        + " allows there); choose another with Sequences.paddedWith");
    }

    @Test
    void declaredSymbolsStayWhereTheDataIsOfOneLength() {
        Dataset data = Dataset.of(Tensor.of(new long[] {1, 2, 3, 4, 5, 6}, 3, 2), Tensor.of(new long[] {0, 1, 0}))
                .with("mask", Tensor.of(new float[] {1, 1, 1, 1, 1, 1}, 3, 2));

        Trained trained = trainer(classifier("lstm")).fit(data, Fit.epochs(1));

        Tensors longer = Tensors.of(
                "tokens", Tensor.of(new long[] {1, 2, 3, 4}, 1, 4), "mask", Tensor.of(new float[] {1, 1, 1, 1}, 1, 4));
        assertThat(trained.predict(longer).get("scores").shape()).isEqualTo(Shape.of(1, 2));
    }
}
