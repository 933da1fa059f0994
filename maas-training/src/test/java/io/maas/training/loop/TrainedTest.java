package io.maas.training.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.backend.tck.ReferenceBackend;
import io.maas.error.ShapeMismatchException;
import io.maas.model.Artifact;
import io.maas.model.GoldenSample;
import io.maas.model.LibraryVersion;
import io.maas.model.Lineage;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.training.data.Dataset;
import io.maas.training.data.Split;
import io.maas.training.layer.Layers;
import io.maas.training.layer.Network;
import io.maas.training.loss.Losses;
import io.maas.training.optimizer.Optimizers;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class TrainedTest {
    private static final Split DIGITS = Problems.digits().stratifiedSplit(0.2, 1);
    private static final Network NETWORK = Network.sequential(
                    Layers.scale(1 / 16.0), Layers.dense(64, 8), Layers.gelu(), Layers.dense(10))
            .named("pixels", "scores");

    private static Trained train(Fit fit) {
        return Trainer.of(NETWORK, Losses.softmaxCrossEntropy(), Optimizers.adam(3e-3))
                .withSeed(5)
                .withBackend(new ReferenceBackend())
                .withOptions(ProgramOptions.training().withThreads(1))
                .fit(DIGITS.train().rows(0, 200), fit);
    }

    private static Tensors pixels(Dataset data) {
        return Tensors.of("pixels", data.features());
    }

    @Test
    void anArtifactAnswersAsTheTrainedNetwork() {
        Trained trained = train(Fit.epochs(2));
        Artifact artifact = trained.toArtifact();
        double[] expected = trained.predict(pixels(DIGITS.test())).get("scores").toDoubleArray();

        try (Program program = new ReferenceBackend().load(artifact.model(), ProgramOptions.serving())) {
            double[] served = program.run(pixels(DIGITS.test())).get("scores").toDoubleArray();

            assertThat(served).hasSize(3590).containsExactly(expected, within(1e-5));
            assertThat(program.signature()).isEqualTo(artifact.signature());
        }
        assertThat(artifact.signature().inputs()).hasToString("[pixels: float32[batch, 64]]");
        assertThat(artifact.signature().outputs()).hasToString("[scores: float32[batch, 10]]");
        assertThat(artifact.signature().isBatchable()).isTrue();
    }

    @Test
    void weightsAreNoLongerInputs() {
        Trained trained = train(Fit.epochs(1));

        assertThat(trained.graph().inputs()).hasSize(1);
        trained.weights()
                .forEach(entry -> assertThat(trained.graph().constants().get(entry.name()))
                        .isEqualTo(entry.tensor()));
        assertThat(trained.weights().names())
                .containsExactly("dense_1/weight", "dense_1/bias", "dense_2/weight", "dense_2/bias");
    }

    @Test
    void theGoldenSampleIsTheFirstHeldOutRows() {
        Trained trained = train(Fit.epochs(1).validateOn(DIGITS.test()));

        GoldenSample golden = trained.toArtifact().golden().orElseThrow();

        Tensors first = pixels(DIGITS.test().rows(0, 8));
        assertThat(golden.inputs()).isEqualTo(first);
        assertThat(golden.outputs()).isEqualTo(trained.predict(first));
        assertThat(golden.tolerance()).isEqualTo(1e-4);
    }

    @Test
    void withoutValidationTheGoldenSampleIsTakenFromTraining() {
        GoldenSample golden = train(Fit.epochs(1)).toArtifact().golden().orElseThrow();

        assertThat(golden.inputs()).isEqualTo(pixels(DIGITS.train().rows(0, 8)));
    }

    @Test
    void largeOutputsGetAToleranceOfTheirSize() {
        Dataset large = Dataset.of(Tensor.of(new float[] {1, 2}, 2, 1), Tensor.of(new float[] {1e6f, 2e6f}, 2, 1));

        GoldenSample golden = Trainer.of(
                        Network.sequential(Layers.dense(1), Layers.scale(1e6)),
                        Losses.meanSquared(),
                        Optimizers.sgd(1e-14))
                .withBackend(new ReferenceBackend())
                .fit(large, Fit.epochs(1))
                .toArtifact()
                .golden()
                .orElseThrow();

        double largest = Math.abs(golden.outputs().only().toDoubleArray()[1]);
        assertThat(golden.inputs().only().shape()).isEqualTo(Shape.of(2, 1));
        assertThat(golden.tolerance()).isEqualTo(1e-5 * largest).isGreaterThan(1e-4);
    }

    @Test
    void lineageSaysHowToMakeItAgain() {
        Trained trained = train(Fit.epochs(2).batchSize(50).validateOn(DIGITS.test()));

        Lineage lineage = trained.toArtifact().manifest().lineage();

        assertThat(lineage).isEqualTo(trained.lineage());
        assertThat(lineage.dataHash()).isEqualTo(DIGITS.train().rows(0, 200).hash());
        assertThat(lineage.data().keySet()).containsExactly("train", "validation");
        assertThat(Objects.requireNonNull(lineage.data().get("validation")).sha256())
                .isEqualTo(DIGITS.test().hash());
        Lineage.Data train = Objects.requireNonNull(lineage.data().get("train"));
        assertThat(train.rows()).isEqualTo(200);
        assertThat(train.origin()).isEqualTo(DIGITS.train().origin() + "; rows 0 to 200");
        assertThat(lineage.weightsHash()).isEqualTo(trained.weights().hash());
        assertThat(lineage.environment().engine()).isEqualTo(new ReferenceBackend().name());
        assertThat(lineage.parent()).isNull();
        assertThat(lineage.seed()).isEqualTo(5L);
        assertThat(lineage.libraryVersion()).isEqualTo(LibraryVersion.current());
        assertThat(lineage.settings())
                .containsEntry("network", "[64] > scale_1[64] > dense_1[8] > gelu_1[8] > dense_2[10]: 610 parameters")
                .containsEntry("loss", "softmaxCrossEntropy")
                .containsEntry("optimizer", "adam(learningRate=0.003, beta1=0.9, beta2=0.999, epsilon=1.0E-8)")
                .containsEntry("batchSize", "50")
                .containsEntry("epochs", "2")
                .containsEntry("lastEpoch", "2")
                .containsEntry("keptEpoch", "2")
                .containsEntry("selection", "last")
                .containsEntry("flushDenormals", "true")
                .containsEntry("rows", "200")
                .containsEntry("threads", "1")
                .containsEntry("backend", new ReferenceBackend().name());
        assertThat(lineage.metrics())
                .isEqualTo(trained.metrics())
                .containsOnlyKeys("train.loss", "train.accuracy", "validation.loss", "validation.accuracy");
        EpochReport last = trained.history().epochs().get(1);
        assertThat(last.validation()).isNotNull().satisfies(scores -> {
            assertThat(lineage.metrics()).containsEntry("validation.loss", scores.loss());
            assertThat(lineage.metrics()).containsEntry("validation.accuracy", scores.accuracy());
        });
    }

    @Test
    void predictChecksItsInput() {
        Trained trained = train(Fit.epochs(1));

        assertThatThrownBy(() -> trained.predict(Tensors.of("pixels", Tensor.of(new float[63], 1, 63))))
                .isInstanceOf(ShapeMismatchException.class)
                .hasMessageStartingWith(
                        "input \"pixels\" does not fit model network: got [1, 63], expected [batch, 64]");
    }
}
