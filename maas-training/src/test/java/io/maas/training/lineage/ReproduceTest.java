package io.maas.training.lineage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.backend.Backends;
import io.maas.backend.ProgramOptions;
import io.maas.backend.tck.ReferenceBackend;
import io.maas.error.ModelNotFoundException;
import io.maas.model.Artifact;
import io.maas.model.Environment;
import io.maas.model.Lineage;
import io.maas.registry.StoredModelRegistry;
import io.maas.registry.Version;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.training.data.Dataset;
import io.maas.training.data.Split;
import io.maas.training.layer.Initializer;
import io.maas.training.layer.Layers;
import io.maas.training.layer.Network;
import io.maas.training.lineage.Reproduction.Verdict;
import io.maas.training.loop.Fit;
import io.maas.training.loop.Trained;
import io.maas.training.loop.Trainer;
import io.maas.training.loss.Losses;
import io.maas.training.optimizer.Optimizers;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReproduceTest {
    private static final Split DATA = clouds().stratifiedSplit(0.25, 3);
    private static final Fit FIT =
            Fit.epochs(4).batchSize(16).validateOn(DATA.test()).stopEarly(2);
    private static final Trainer TRAINER = trainer(Initializer.heNormal());

    @TempDir
    Path folder;

    private StoredModelRegistry registry;

    /** Dropout and shuffling, so that much hangs on chance; on ONNX Runtime. */
    private static Trainer trainer(Initializer initializer) {
        Network network = Network.sequential(
                Layers.dense(4, 16).withWeight(initializer), Layers.relu(), Layers.dropout(0.2), Layers.dense(2));
        return Trainer.of(network, Losses.softmaxCrossEntropy(), Optimizers.adam(0.01))
                .withSeed(11)
                .withOptions(ProgramOptions.training().withThreads(1));
    }

    /** Two clouds of points that touch. */
    private static Dataset clouds() {
        SplittableRandom random = new SplittableRandom(1);
        float[] features = new float[800];
        long[] classes = new long[200];
        for (int i = 0; i < classes.length; i++) {
            classes[i] = i % 2;
            for (int j = 0; j < 4; j++) {
                features[4 * i + j] = (float) (random.nextDouble() * 2 - 1 + 0.6 * classes[i]);
            }
        }
        return Dataset.of(Tensor.of(features, 200, 4), Tensor.of(classes));
    }

    @BeforeEach
    void publish() {
        registry = StoredModelRegistry.open(folder);
        registry.publish("clouds", TRAINER.fit(DATA.train(), FIT).toArtifact());
    }

    @Test
    void theSameRecipeGivesTheSameBits() {
        Reproduce reproduce = Reproduce.from(registry, "clouds", 1);

        Reproduction again = reproduce.with(trainer(Initializer.heNormal()), DATA.train(), FIT);

        assertThat(again.verdict()).isEqualTo(Verdict.IDENTICAL);
        assertThat(again.artifact().manifest().lineage()).isEqualTo(reproduce.lineage());
        assertThat(again.artifact().manifest().lineage().weightsHash())
                .isEqualTo(reproduce.lineage().weightsHash());
        assertThat(again.weights()).extracting(TensorComparison::name).contains("dense_1/weight", "dense_2/bias");
        assertThat(again.outputs()).hasSize(1).allMatch(TensorComparison::identical);
        assertThat(again)
                .hasToString("clouds:1 trained again: identical, bit for bit\n"
                        + "  weights: " + again.weights().size() + " of "
                        + again.weights().size() + " identical\n"
                        + "  outputs for the golden sample: 1 of 1 identical\n");
    }

    @Test
    void theRecordSaysHowItWasMade() {
        Lineage lineage = Reproduce.from(registry, "clouds", 1).lineage();

        assertThat(lineage.data().get("train"))
                .isEqualTo(new Lineage.Data(
                        DATA.train().hash(), 150, "stratified by target, seed 3, 0.25 held out: train"));
        assertThat(Objects.requireNonNull(lineage.data().get("validation")).origin())
                .endsWith("held out: test");
        assertThat(lineage.seed()).isEqualTo(11);
        assertThat(lineage.settings())
                .containsEntry("epochs", "4")
                .containsEntry("selection", "best(loss, patience=2)")
                .containsEntry("batchSize", "16")
                .containsEntry("threads", "1")
                .containsEntry("backend", "onnxruntime");
        assertThat(lineage.metrics()).containsKeys("train.loss", "validation.accuracy");
        String version = Backends.load().preferred().version();
        assertThat(version).matches("[0-9]+\\.[0-9.]+");
        assertThat(lineage.environment()).isEqualTo(Environment.current("onnxruntime " + version));
    }

    @Test
    void anotherRecipeIsRefusedByWhatDiffers() {
        Reproduce reproduce = Reproduce.from(registry, "clouds", 1);

        assertThatThrownBy(() -> reproduce.with(TRAINER.withSeed(12), DATA.train(), FIT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("recipe of clouds:1 is another: seed: 12 (recorded: 11); give what was recorded");
        assertThatThrownBy(() -> reproduce.with(
                        TRAINER.withOptions(ProgramOptions.training().withThreads(2)), DATA.train(), FIT))
                .hasMessage("recipe of clouds:1 is another: setting threads: 2 (recorded: 1); give what was recorded");
        assertThatThrownBy(() -> reproduce.with(TRAINER, DATA.train().rows(0, 149), FIT))
                .hasMessage("recipe of clouds:1 is another: train data: 149 rows, SHA-256 "
                        + DATA.train().rows(0, 149).hash()
                        + ", stratified by target, seed 3, 0.25 held out: train; rows 0 to 149 (recorded: 150 rows, SHA-256 "
                        + DATA.train().hash()
                        + ", stratified by target, seed 3, 0.25 held out: train); setting rows: 149 (recorded: 150);"
                        + " give what was recorded");
        assertThatThrownBy(() -> reproduce.with(TRAINER, changed(DATA.train()), FIT))
                .hasMessageContaining("recipe of clouds:1 is another: train data: 150 rows, SHA-256 ");
        assertThatThrownBy(() ->
                        reproduce.with(TRAINER.withBackend(new ReferenceBackend()), DATA.train(), FIT.batchSize(17)))
                .hasMessageContaining("setting batchSize: 17 (recorded: 16)")
                .hasMessageContaining("setting backend: ");
        assertThatThrownBy(() ->
                        reproduce.with(TRAINER, DATA.train(), Fit.epochs(4).batchSize(16)))
                .hasMessageContaining("validation data: nothing (recorded: 50 rows, SHA-256 ")
                .hasMessageContaining("setting selection: last (recorded: best(loss, patience=2))");
        assertThat(reproduce.differences(TRAINER, DATA.train(), FIT)).isEmpty();
        assertThat(reproduce.differences(TRAINER, DATA.train(), FIT.stopEarly(3)))
                .containsExactly(
                        new Difference("setting selection", "best(loss, patience=2)", "best(loss, patience=3)"));
    }

    /** The last bit of one value. */
    private static Dataset changed(Dataset data) {
        float[] values = data.features().toFloatArray();
        values[17] = Math.nextUp(values[17]);
        return Dataset.of(Tensor.of(values, data.rows(), 4), data.targets());
    }

    /** Initializers have no part in the description of a network: only the weights tell. */
    @Test
    void codeThatChangedUnseenGivesADifferentModel() {
        Reproduction again =
                Reproduce.from(registry, "clouds", 1).with(trainer(Initializer.glorotUniform()), DATA.train(), FIT);

        assertThat(again.verdict()).isEqualTo(Verdict.DIFFERENT);
        assertThat(again.metrics()).extracting(Difference::what).contains("metric train.loss");
        assertThat(again.toString())
                .startsWith("clouds:1 trained again: different\n  weights: ")
                .contains("    dense_1/weight: differs by at most ")
                .contains("  outputs for the golden sample: 0 of 1 identical\n")
                .contains("  metrics that differ:\n")
                .doesNotContain("environment that differs");
    }

    @Test
    void nearlyTheSameIsEqual() {
        Trained trained = TRAINER.fit(DATA.train(), FIT);
        Map<String, Double> metrics = new HashMap<>(trained.metrics());
        metrics.merge("train.loss", 1e-9, Double::sum);
        Lineage lineage = trained.lineage()
                .withMetrics(metrics)
                .withEnvironment(new Environment("0.0.1", "onnxruntime 1.0", "", "", ""));
        Version other = registry.publish("clouds", trained.toArtifact().withLineage(lineage));

        Reproduction again = Reproduce.from(registry, other).with(TRAINER, DATA.train(), FIT);

        assertThat(again.verdict()).isEqualTo(Verdict.EQUAL);
        assertThat(again.toString())
                .startsWith("clouds:2 trained again: equal within 1.0E-4, but not bit for bit\n")
                .contains("    metric train.loss: ")
                .contains("    engine: onnxruntime ")
                .contains(" (recorded: onnxruntime 1.0)\n    java: ")
                .contains(" (recorded: nothing)\n");
    }

    @Test
    void whatItIsPublishedAsIsTheCallersToSay() {
        Version described = registry.publish(
                "clouds", TRAINER.fit(DATA.train(), FIT).toArtifact().withDescription("with words"));

        Reproduction again = Reproduce.from(registry, described)
                .with(
                        TRAINER,
                        DATA.train(),
                        FIT,
                        trained -> trained.toArtifact().withDescription("other words"));

        assertThat(again.verdict()).isEqualTo(Verdict.IDENTICAL);
    }

    @Test
    void onlyWhatIsRecordedCanBeTrainedAgain() {
        Artifact artifact = TRAINER.fit(DATA.train(), FIT).toArtifact();
        Version unknown = registry.publish("clouds", artifact.withLineage(Lineage.unknown()));
        Version tuned = registry.publish(
                "clouds", artifact.withLineage(artifact.manifest().lineage().withParent(unknown.asParent())));

        assertThatThrownBy(() -> Reproduce.from(registry, unknown).with(TRAINER, DATA.train(), FIT))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage(
                        "clouds:2: it is not recorded what it was made of (expected: a version that a Trainer made);"
                                + " publish what toArtifact() gives");
        assertThatThrownBy(() -> Reproduce.from(registry, tuned).with(TRAINER, DATA.train(), FIT))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("clouds:3: it went on from clouds:2 (expected: ");
        assertThatThrownBy(() -> Reproduce.from(registry, "clouds", 9)).isInstanceOf(ModelNotFoundException.class);
        assertThatThrownBy(() -> Reproduce.from(registry, tuned).withTolerance(-1))
                .hasMessage("tolerance: -1.0 (expected: tolerance >= 0)");
    }

    /** As manifests of the first format were: no environment, no hash of the weights, fewer settings. */
    @Test
    void anOldRecordIsComparedAsFarAsItGoes() {
        Trained trained = TRAINER.fit(DATA.train(), FIT);
        Lineage old = new Lineage(
                DATA.train().hash(), 11L, Map.of("batchSize", "16", "keptEpoch", "3"), trained.metrics(), "0.1");
        Version version = registry.publish("clouds", trained.toArtifact().withLineage(old));

        Reproduction again = Reproduce.from(registry, version).with(TRAINER, DATA.train(), FIT);

        assertThat(again.verdict()).isEqualTo(Verdict.IDENTICAL);
    }

    @Test
    void tensorsAreComparedOneByOne() {
        Tensors recorded = Tensors.of(
                "same",
                Tensor.of(new float[] {1, 2}),
                "near",
                Tensor.of(new float[] {1, -200}),
                "whole",
                Tensor.of(new long[] {1}));
        Tensors now = Tensors.of(
                "same",
                Tensor.of(new float[] {1, 2}),
                "near",
                Tensor.of(new float[] {1.5f, -200}),
                "other",
                Tensor.of(new long[] {1}));

        assertThat(TensorComparison.of(recorded, now))
                .containsExactly(
                        new TensorComparison("same", true, 0, 0),
                        new TensorComparison("near", false, 0.5, 200),
                        new TensorComparison("whole", false, Double.POSITIVE_INFINITY, 0),
                        new TensorComparison("other", false, Double.POSITIVE_INFINITY, 0));
        TensorComparison near = new TensorComparison("near", false, 0.5, 200);
        assertThat(near.isWithin(0.0025)).isTrue();
        assertThat(near.isWithin(0.0024)).isFalse();
        assertThat(new TensorComparison("small", false, 1e-4, 1e-9).isWithin(1e-4))
                .isTrue();
        assertThat(TensorComparison.of(
                                Tensors.of("x", Tensor.of(new float[] {1})),
                                Tensors.of("x", Tensor.of(new float[] {Float.NaN})))
                        .get(0)
                        .isWithin(1e9))
                .isFalse();
        assertThat(TensorComparison.of(
                                Tensors.of("x", Tensor.of(new float[] {1})),
                                Tensors.of("x", Tensor.of(new float[] {1}, 1, 1)))
                        .get(0)
                        .isWithin(1e9))
                .isFalse();
    }
}
