package io.maas.training.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.maas.backend.Backend;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.backend.onnxruntime.OnnxRuntimeBackend;
import io.maas.backend.tck.ReferenceBackend;
import io.maas.error.InvalidInputException;
import io.maas.error.ShapeMismatchException;
import io.maas.graph.Value;
import io.maas.model.Artifact;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.train.Loss;
import io.maas.training.data.Batches;
import io.maas.training.data.Dataset;
import io.maas.training.layer.Embedding;
import io.maas.training.layer.Initializer;
import io.maas.training.layer.Input;
import io.maas.training.layer.Layer;
import io.maas.training.layer.Layers;
import io.maas.training.layer.NamedValues;
import io.maas.training.layer.Network;
import io.maas.training.layer.Padding;
import io.maas.training.loss.Losses;
import io.maas.training.optimizer.Optimizers;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Networks with statistics, chance, frozen and shared parts, and several inputs, from data to served model. */
class NetworkTrainingTest {
    private static final Network PICTURES = Network.sequential(
            Layers.scale(1 / 16.0),
            Layers.reshape(1, 8, 8),
            Layers.conv(4, 3, 3).padding(Padding.same()).withoutBias(),
            Layers.batchNorm(),
            Layers.relu(),
            Layers.maxPool(2, 2),
            Layers.flatten(),
            Layers.dropout(0.25),
            Layers.dense(16),
            Layers.batchNorm(),
            Layers.gelu(),
            Layers.dropout(0.5),
            Layers.dense(10));

    private static Dataset pictures(int rows) {
        return Problems.digits().rows(0, rows);
    }

    private static Trainer trainer(Network network, Loss loss, Backend backend) {
        return Trainer.of(network, loss, Optimizers.adam(0.01))
                .withSeed(3)
                .withBackend(backend)
                .withOptions(ProgramOptions.training().withThreads(1));
    }

    private static Trainer classifier(Network network) {
        return trainer(network, Losses.softmaxCrossEntropy(), new ReferenceBackend());
    }

    private static Dataset inDoubles(Dataset data) {
        Tensor features = data.features();
        return Dataset.of(Tensor.of(DataType.FLOAT64, features.toDoubleArray(), features.shape()), data.targets());
    }

    // ---- both engines

    /** In double precision where the runtime has all operators, in single precision for pictures. */
    @Test
    void bothEnginesLearnTheSameWithDropoutAndBatchNorm() {
        Network dense = Network.sequential(
                Layers.scale(1 / 16.0),
                Layers.dropout(0.25),
                Layers.dense(16),
                Layers.batchNorm(),
                Layers.tanh(),
                Layers.dropout(0.5),
                Layers.dense(10));

        learnsTheSame(dense, inDoubles(pictures(48)), 1e-9);
        learnsTheSame(PICTURES, pictures(48), 1e-4);
    }

    private static void learnsTheSame(Network network, Dataset data, double tolerance) {
        Trainer trainer = Trainer.of(network, Losses.softmaxCrossEntropy(), Optimizers.sgd(0.1))
                .withOptions(ProgramOptions.training().withThreads(1));
        try (TrainingStep one = trainer.withBackend(new ReferenceBackend()).newStep(data);
                TrainingStep other =
                        trainer.withBackend(new OnnxRuntimeBackend()).newStep(data)) {
            Batches batches = Batches.of(data, 16);
            for (int i = 0; i < 9; i++) {
                Batches.Batch batch = batches.batch(i % 3);
                assertThat(other.step(batch).loss()).isCloseTo(one.step(batch).loss(), within(tolerance));
            }
            assertSame(other.weights(), one.weights(), tolerance);
            assertThat(one.weights().names()).contains("batchNorm_1/mean", "batchNorm_1/variance");
        }
    }

    private static void assertSame(Tensors found, Tensors expected, double tolerance) {
        assertThat(found.names()).isEqualTo(expected.names());
        expected.forEach(entry -> assertThat(found.get(entry.name()).toDoubleArray())
                .as(entry.name())
                .containsExactly(entry.tensor().toDoubleArray(), within(tolerance)));
    }

    static Stream<Arguments> layers() {
        return Stream.of(
                Arguments.of("conv of one axis", Layers.conv(3, 3).dilation(2), new long[] {2, 9}),
                Arguments.of(
                        "conv of two axes",
                        Layers.conv(4, 3, 2).stride(2).padding(Padding.same()).groups(2),
                        new long[] {2, 5, 4}),
                Arguments.of("conv of three axes", Layers.conv(2, 2, 2, 2), new long[] {2, 3, 3, 3}),
                Arguments.of("convTranspose", Layers.convTranspose(2, 3, 3).stride(2), new long[] {2, 3, 3}),
                Arguments.of("separable", Layers.separable(3, 3, 3), new long[] {2, 4, 4}),
                Arguments.of(
                        "pools",
                        Layers.sequential(
                                Layers.conv(3, 3, 3).padding(Padding.of(1)),
                                Layers.averagePool(2, 2).stride(1),
                                Layers.maxPool(2, 2).padding(Padding.same()),
                                Layers.globalAveragePool()),
                        new long[] {2, 5, 5}),
                Arguments.of("groupNorm", Layers.groupNorm(2), new long[] {4, 3}),
                Arguments.of("batchNorm", Layers.batchNorm(), new long[] {4, 3}),
                Arguments.of("layerNorm", Layers.layerNorm(), new long[] {4, 3}),
                Arguments.of("rmsNorm", Layers.rmsNorm(), new long[] {4, 3}),
                Arguments.of("lstm", Layers.lstm(3).bothDirections(), new long[] {4, 2}),
                Arguments.of("gru", Layers.gru(3).lastState(), new long[] {4, 2}),
                Arguments.of("rnn", Layers.rnn(3), new long[] {4, 2}),
                Arguments.of(
                        "transformer",
                        Layers.sequential(
                                Layers.sinusoidalPositions(),
                                Layers.learnedPositions(6),
                                Layers.transformer(
                                                6,
                                                Layers.attention(2)
                                                        .causalOnly()
                                                        .withRotary()
                                                        .withDropout(0.2))
                                        .withDropout(0.2)),
                        new long[] {5, 4}));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("layers")
    void everyLayerLearnsOnBothEngines(String name, Layer layer, long[] row) {
        Dataset data = numbers(row);
        Network network = Network.sequential(layer, Layers.flatten(), Layers.tanh(), Layers.dense(1));
        Trainer trainer = Trainer.of(network, Losses.meanSquared(), Optimizers.sgd(0.05))
                .withOptions(ProgramOptions.training().withThreads(1));
        try (TrainingStep one = trainer.withBackend(new ReferenceBackend()).newStep(data);
                TrainingStep other =
                        trainer.withBackend(new OnnxRuntimeBackend()).newStep(data)) {
            Batches batches = Batches.of(data, 6);
            double first = one.step(batches.batch(0)).loss();
            other.step(batches.batch(0));
            for (int i = 1; i < 4; i++) {
                other.step(batches.batch(0));
                one.step(batches.batch(0));
            }
            assertThat(one.step(batches.batch(0)).loss()).isLessThan(first);
            other.step(batches.batch(0));
            assertSame(other.weights(), one.weights(), 1e-4);
        }
    }

    private static Dataset numbers(long... row) {
        SplittableRandom random = new SplittableRandom(8);
        int size = Math.toIntExact(Shape.of(row).elements());
        float[] features = new float[6 * size];
        for (int i = 0; i < features.length; i++) {
            features[i] = (float) (random.nextDouble() - 0.5);
        }
        long[] shape = new long[row.length + 1];
        shape[0] = 6;
        System.arraycopy(row, 0, shape, 1, row.length);
        return Dataset.of(Tensor.of(features, shape), Tensor.of(new float[] {1, 2, 0, -1, 0.5f, 3}, 6, 1));
    }

    // ---- statistics and chance

    @Test
    void theServedModelTakesRunningStatisticsAndDropsNothing() {
        Trained trained = classifier(PICTURES).fit(pictures(60), Fit.epochs(2).batchSize(20));
        Tensors inputs = Tensors.of("input", pictures(7).features());

        Tensor once = trained.predict(inputs).get("output");

        assertThat(trained.predict(inputs).get("output")).isEqualTo(once);
        assertThat(trained.weights().get("batchNorm_1/mean").toDoubleArray()).doesNotContain(0);
        assertThat(trained.graph().inputs()).hasSize(1);
        assertThat(trained.graph().constants())
                .containsEntry("batchNorm_2/variance", trained.weights().get("batchNorm_2/variance"));
        // Each row alone: nothing is taken from the rows beside it.
        Tensor alone = trained.predict(inputs.rows(3, 4)).get("output");
        assertThat(alone.toDoubleArray()).containsExactly(once.rows(3, 4).toDoubleArray(), within(1e-5));
        Artifact artifact = trained.toArtifact();
        try (Program program = new OnnxRuntimeBackend().load(artifact.model(), ProgramOptions.serving())) {
            assertThat(program.run(inputs).get("output").toDoubleArray())
                    .containsExactly(once.toDoubleArray(), within(1e-4));
        }
    }

    @Test
    void evaluationIsThatOfTheServedModel() {
        Dataset data = pictures(50);
        Trained trained = classifier(PICTURES).fit(data, Fit.epochs(1).batchSize(25));

        double[] scores = trained.predict(Tensors.of("input", data.features()))
                .get("output")
                .toDoubleArray();

        double loss = 0;
        for (int row = 0; row < 50; row++) {
            double[] of = Arrays.copyOfRange(scores, 10 * row, 10 * row + 10);
            double sum = Arrays.stream(of).map(Math::exp).sum();
            loss += (Math.log(sum) - of[(int) data.targets().toLongArray()[row]]) / 50;
        }
        assertThat(trained.metrics().get("train.loss")).isCloseTo(loss, within(1e-4));
    }

    @Test
    void theSeedDecidesWhatIsDropped() {
        Network network =
                Network.sequential(Layers.dropout(0.5), Layers.dense(10).withWeight(Initializer.zeros()));
        Dataset data = pictures(20);

        Tensors once = steps(network, data, 1, 3);

        assertThat(steps(network, data, 1, 3)).isEqualTo(once);
        assertThat(steps(network, data, 2, 3)).isNotEqualTo(once);
        // Without chance the order of rows and the zeros would leave nothing to the seed.
        Network plain = Network.sequential(Layers.dense(10).withWeight(Initializer.zeros()));
        assertThat(steps(plain, data, 1, 3)).isEqualTo(steps(plain, data, 2, 3));
    }

    private static Tensors steps(Network network, Dataset data, long seed, int count) {
        try (TrainingStep step = classifier(network).withSeed(seed).newStep(data)) {
            Batches batches = Batches.of(data, data.rows());
            for (int i = 0; i < count; i++) {
                step.step(batches.batch(0));
            }
            return step.weights();
        }
    }

    @Test
    void eachStepDropsOtherElements() {
        // The derivative of the sum of what is kept is what is kept.
        Network network = Network.sequential(
                Layers.named(
                        "gain", (scope, x) -> scope.graph().mul(x, scope.parameter("gain", Initializer.ones(), 64))),
                Layers.dropout(0.5),
                (scope, x) -> scope.graph().reduceSum(x, true, 1));
        Dataset ones = Dataset.of(Tensor.of(filled(64), 1, 64), Tensor.of(new float[] {1e6f}, 1, 1));
        try (TrainingStep step = Trainer.of(network, Losses.meanAbsolute(), Optimizers.sgd(1))
                .withBackend(new ReferenceBackend())
                .newStep(ones)) {
            Batches batches = Batches.of(ones, 1);
            double[] start = step.weights().get("gain_1/gain").toDoubleArray();
            step.step(batches.batch(0));
            double[] first = step.weights().get("gain_1/gain").toDoubleArray();
            step.step(batches.batch(0));
            double[] second = step.weights().get("gain_1/gain").toDoubleArray();

            boolean[] one = new boolean[64];
            boolean[] two = new boolean[64];
            for (int i = 0; i < 64; i++) {
                assertThat(first[i] - start[i]).isIn(0.0, 2.0);
                one[i] = first[i] > start[i];
                two[i] = second[i] > first[i];
            }
            assertThat(one).isNotEqualTo(two);
        }
    }

    private static float[] filled(int count) {
        float[] ones = new float[count];
        Arrays.fill(ones, 1);
        return ones;
    }

    @Test
    void stoppingEarlyKeepsTheStatisticsOfTheBestEpoch() {
        Dataset data = pictures(40);
        Dataset opposite = Dataset.of(
                data.features(),
                Tensor.of(Arrays.stream(data.targets().toLongArray())
                        .map(c -> 9 - c)
                        .toArray()));
        Network network = Network.sequential(Layers.batchNorm(), Layers.dense(10));

        Trained stopped = classifier(network)
                .fit(data, Fit.epochs(20).batchSize(20).validateOn(opposite).stopEarly(2));
        int kept = stopped.history().keptEpoch();
        Trained again = classifier(network).fit(data, Fit.epochs(kept).batchSize(20));

        assertThat(kept).isLessThan(stopped.history().epochs().size());
        assertThat(stopped.weights()).isEqualTo(again.weights());
    }

    // ---- frozen and shared

    @Test
    void whatIsFrozenStaysAndIsServed() {
        Tensor vectors = Tensor.of(new float[] {1, 0, 0, 1, 1, 1, -1, 0}, 4, 2);
        Network network = Network.sequential(
                Layers.frozen(Layers.embedding(4, 2).withWeight(Initializer.of(vectors))),
                Layers.flatten(),
                Layers.dense(2));
        Dataset data =
                Dataset.of(Tensor.of(new long[] {0, 1, 2, 3, 3, 0, 1, 1}, 4, 2), Tensor.of(new long[] {0, 1, 1, 0}));

        Trained trained = classifier(network).fit(data, Fit.epochs(60));

        assertThat(trained.weights().names()).containsExactly("dense_1/weight", "dense_1/bias", "embedding_1/weight");
        assertThat(trained.weights().get("embedding_1/weight")).isEqualTo(vectors);
        assertThat(trained.metrics()).containsEntry("train.accuracy", 1.0);
        assertThat(trained.graph().input("input").dataType()).isEqualTo(DataType.INT64);
        assertThat(trained.toArtifact().signature().inputs()).hasToString("[input: int64[batch, 2]]");
    }

    @Test
    void tiedWeightsStayTied() {
        Embedding words = Layers.embedding(5, 3);
        Network network = Network.sequential(
                Layers.shared("words", words), Layers.tanh(), Layers.shared("words", words.projection()));
        // Each word is followed by the next.
        Dataset data = Dataset.of(
                Tensor.of(new long[] {0, 1, 2, 1, 2, 3, 2, 3, 4, 3, 4, 0}, 4, 3),
                Tensor.of(new long[] {1, 2, 3, 2, 3, 4, 3, 4, 0, 4, 0, 1}, 4, 3));

        Trained trained = classifier(network).fit(data, Fit.epochs(30).batchSize(2));

        assertThat(trained.weights().names()).containsExactly("words/weight");
        double[] table = trained.weights().only().toDoubleArray();
        double[] scores =
                trained.predict(Tensors.of("input", data.features())).only().toDoubleArray();
        for (int i = 0; i < 12; i++) {
            int word = (int) data.features().toLongArray()[i];
            for (int other = 0; other < 5; other++) {
                double expected = 0;
                for (int k = 0; k < 3; k++) {
                    expected += Math.tanh(table[3 * word + k]) * table[3 * other + k];
                }
                assertThat(scores[5 * i + other]).isCloseTo(expected, within(1e-5));
            }
        }
        assertThat(trained.history().epochs().get(29).train().loss())
                .isLessThan(trained.history().epochs().get(0).train().loss());
    }

    // ---- several inputs and outputs

    private static Network sums() {
        return Network.of(List.of(Input.floats("left", 2), Input.ids("word", 1)), (scope, in) -> {
            Value word = scope.apply(Layers.sequential(Layers.embedding(3, 2), Layers.flatten()), in.get("word"));
            Value both = scope.graph().add(scope.apply(Layers.dense(2), in.get("left")), word);
            return NamedValues.of("total", scope.apply(Layers.dense(1), both))
                    .and("kind", scope.apply(Layers.dense(3), both));
        });
    }

    private static Dataset words(int rows) {
        SplittableRandom random = new SplittableRandom(2);
        float[] left = new float[2 * rows];
        long[] word = new long[rows];
        float[] total = new float[rows];
        for (int i = 0; i < rows; i++) {
            left[2 * i] = (float) random.nextDouble();
            left[2 * i + 1] = (float) random.nextDouble();
            word[i] = random.nextInt(3);
            total[i] = left[2 * i] - 2 * left[2 * i + 1] + word[i];
        }
        return Dataset.of(Tensor.of(left, rows, 2), Tensor.of(total))
                .with("word", Tensor.of(word, rows, 1))
                .with("kind/target", Tensor.of(word));
    }

    private static final Loss BOTH = Losses.sum(Losses.meanSquared(), Losses.on("kind", Losses.softmaxCrossEntropy()));

    @Test
    void severalInputsLearnAndAreServed() {
        Trained trained = Trainer.of(sums(), BOTH, Optimizers.adam(0.05))
                .withBackend(new ReferenceBackend())
                .fit(words(60), Fit.epochs(80).batchSize(20).validateOn(words(20)));

        Artifact artifact = trained.toArtifact();
        assertThat(artifact.signature().inputs()).hasToString("[left: float32[batch, 2], word: int64[batch, 1]]");
        assertThat(artifact.signature().outputs()).hasToString("[total: float32[batch, 1], kind: float32[batch, 3]]");
        assertThat(trained.lineage().settings().get("network")).startsWith("left[2], word[1] > ");
        Dataset few = words(5);
        Tensors given = Tensors.of("left", few.features(), "word", few.extras().get("word"));
        try (Program program = new OnnxRuntimeBackend().load(artifact.model(), ProgramOptions.serving())) {
            Tensors found = program.run(given);
            assertThat(found.get("total").toDoubleArray())
                    .containsExactly(few.targets().toDoubleArray(), within(0.2));
            double[] kinds = found.get("kind").toDoubleArray();
            for (int i = 0; i < 5; i++) {
                double[] row = Arrays.copyOfRange(kinds, 3 * i, 3 * i + 3);
                int right = (int) few.extras().get("word").toLongArray()[i];
                assertThat(row[right]).isEqualTo(Arrays.stream(row).max().orElseThrow());
            }
        }
    }

    @Test
    void columnsThatDoNotFitAreNamed() {
        Trainer trainer = trainer(sums(), BOTH, new ReferenceBackend());
        Dataset without =
                Dataset.of(words(4).features(), words(4).targets()).with("kind/target", Tensor.of(new long[4]));
        Dataset wrong = without.with("word", Tensor.of(new float[4], 4, 1));
        Dataset wide = without.with("word", Tensor.of(new long[8], 4, 2));

        assertThatThrownBy(() -> trainer.fit(without, Fit.epochs(1)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage(
                        "training set does not fit the network: no column for input word: int64[batch, 1], but [kind/target]; add"
                                + " it with with(\"word\", …)");
        assertThatThrownBy(() -> trainer.fit(wrong, Fit.epochs(1)))
                .isInstanceOf(ShapeMismatchException.class)
                .hasMessage("column \"word\" of the training set does not fit the network: got float32[4, 1], expected"
                        + " int64[batch, 1]; convert or reshape it, or change how the network declares this input");
        assertThatThrownBy(() -> trainer.fit(words(4), Fit.epochs(1).validateOn(wide)))
                .hasMessageStartingWith(
                        "column \"word\" of the validation set does not fit the network: got [4, 2], expected [batch, 1]");
        try (TrainingStep step = trainer.newStep(words(4))) {
            assertThatThrownBy(() -> step.step(Batches.of(without, 2).batch(0)))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessage(
                            "batch does not fit the network: no column for input \"word\", but [kind/target]; make batches of a data"
                                    + " set like that of the step");
        }
    }

    @Test
    void sequencesOfWordsAreClassified() {
        Network network = Network.sequential(
                Layers.embedding(6, 4), Layers.lstm(5).bothDirections().lastState(), Layers.dense(2));
        SplittableRandom random = new SplittableRandom(4);
        long[] words = new long[40 * 4];
        long[] classes = new long[40];
        for (int i = 0; i < words.length; i++) {
            words[i] = random.nextInt(6);
            // Whether word 0 occurs.
            classes[i / 4] |= words[i] == 0 ? 1 : 0;
        }
        Dataset data = Dataset.of(Tensor.of(words, 40, 4), Tensor.of(classes));

        Trained trained = trainer(network, Losses.softmaxCrossEntropy(), new OnnxRuntimeBackend())
                .fit(data, Fit.epochs(60).batchSize(20));

        assertThat(trained.metrics().get("train.accuracy")).isGreaterThan(0.95);
    }
}
