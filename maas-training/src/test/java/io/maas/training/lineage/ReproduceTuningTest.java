package io.maas.training.lineage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.backend.ProgramOptions;
import io.maas.error.ModelNotFoundException;
import io.maas.graph.onnx.OnnxReader;
import io.maas.model.Artifact;
import io.maas.model.Lineage;
import io.maas.registry.StoredModelRegistry;
import io.maas.registry.Version;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.training.data.Dataset;
import io.maas.training.finetune.FineTune;
import io.maas.training.finetune.Lora;
import io.maas.training.finetune.Tuning;
import io.maas.training.finetune.TuningBatch;
import io.maas.training.layer.Layers;
import io.maas.training.layer.Network;
import io.maas.training.lineage.Reproduction.Verdict;
import io.maas.training.loop.Fit;
import io.maas.training.loop.Trained;
import io.maas.training.loop.Trainer;
import io.maas.training.loss.Losses;
import io.maas.training.optimizer.Optimizers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Versions that went on from another one, fine-tuned again from that. */
class ReproduceTuningTest {
    private static final ProgramOptions ONE_THREAD = ProgramOptions.training().withThreads(1);
    private static final Trainer TRAINER = Trainer.of(
                    Network.sequential(Layers.dense(4, 8), Layers.tanh(), Layers.dense(2)),
                    Losses.softmaxCrossEntropy(),
                    Optimizers.adam(0.01))
            .withSeed(5)
            .withOptions(ONE_THREAD);
    private static final Fit FIT = Fit.epochs(2);
    private static final Dataset DATA = Dataset.of(features(1), classes());

    @TempDir
    Path folder;

    private StoredModelRegistry registry;
    private Version first;
    private Version second;

    @BeforeEach
    void publish() {
        registry = StoredModelRegistry.open(folder);
        Trained trained = TRAINER.fit(DATA, FIT);
        first = registry.publish("points", trained.toArtifact());
        second = registry.publish("points", tuned(first, batches()));
    }

    private static Tensor features(long seed) {
        double[] values = new SplittableRandom(seed).doubles(32 * 4, -1, 1).toArray();
        float[] features = new float[values.length];
        for (int i = 0; i < features.length; i++) {
            features[i] = (float) values[i];
        }
        return Tensor.of(features, 32, 4);
    }

    private static Tensor classes() {
        long[] classes = new long[32];
        for (int i = 0; i < classes.length; i++) {
            classes[i] = i % 2;
        }
        return Tensor.of(classes);
    }

    private static List<TuningBatch> batches() {
        Tensor features = features(2);
        List<TuningBatch> batches = new ArrayList<>();
        for (int from = 0; from < 32; from += 8) {
            batches.add(new TuningBatch(
                    Tensors.of("input", features.rows(from, from + 8)),
                    classes().rows(from, from + 8)));
        }
        return batches;
    }

    /** A head, of which the first values hang on the seed. */
    private static FineTune recipe(FineTune start) {
        return start.withSeed(7)
                .withOptions(ONE_THREAD)
                .freeze("dense_1/bias")
                .head(Layers.relu(), Layers.dropout(0.2), Layers.dense(2))
                .rate("head/*", 2);
    }

    private static Tuning start(FineTune start) {
        return recipe(start).start(Losses.softmaxCrossEntropy(), Optimizers.adam(0.02));
    }

    private static void train(Tuning tuning, List<TuningBatch> batches) {
        for (int epoch = 0; epoch < 3; epoch++) {
            tuning.train(batches);
        }
        tuning.evaluate(batches);
        tuning.metric("answer", 42);
    }

    private Artifact tuned(Version parent, List<TuningBatch> batches) {
        try (Tuning tuning = start(FineTune.from(registry, parent))) {
            train(tuning, batches);
            return tuning.toArtifact();
        }
    }

    private Map<String, Tensor> weights(Version version) {
        return OnnxReader.read(registry.load(version).model()).constants();
    }

    private Reproduction again(Version version) {
        return Reproduce.from(registry, version).with(ReproduceTuningTest::start, tuning -> train(tuning, batches()));
    }

    // ---- what comes out

    @Test
    void theSameRecipeFromTheParentGivesTheSameBits() {
        Reproduction again = again(second);

        assertThat(again.verdict()).isEqualTo(Verdict.IDENTICAL);
        assertThat(again.artifact().manifest().lineage())
                .isEqualTo(second.manifest().lineage());
        assertThat(again.weights())
                .extracting(TensorComparison::name)
                .contains("dense_1/weight", "head/dense_1/weight");
        assertThat(again.outputs()).hasSize(1).allMatch(TensorComparison::identical);
        assertThat(again.toString()).startsWith("points:2 trained again: identical, bit for bit\n");
    }

    /** Without a head, as a model of the same outputs. */
    @Test
    void aVersionThatWentOnFromATunedOneIsTunedFromThat() {
        Function<FineTune, Tuning> goingOn =
                start -> start.withOptions(ONE_THREAD).start(Losses.softmaxCrossEntropy(), Optimizers.sgd(0.1));
        Version third;
        try (Tuning tuning = goingOn.apply(FineTune.from(registry, second))) {
            train(tuning, batches());
            third = registry.publish("points", tuning.toArtifact());
        }

        Reproduction again = Reproduce.from(registry, third).with(goingOn, tuning -> train(tuning, batches()));

        assertThat(again.verdict()).isEqualTo(Verdict.IDENTICAL);
        assertThat(third.manifest().lineage().parent()).isEqualTo(second.asParent());
        assertThat(weights(third)).as("what was learned since").isNotEqualTo(weights(second));
    }

    @Test
    void theBatchesAreRecordedInTheirOrder() {
        assertThat(second.manifest().lineage().data()).hasEntrySatisfying(Lineage.BATCHES, batches -> {
            assertThat(batches.rows()).isEqualTo(96);
            assertThat(batches.sha256()).hasSize(64);
        });
    }

    /** The activation of a head is known by its name, the code behind a name is not: only the weights tell. */
    @Test
    void codeThatChangedUnseenGivesADifferentModel() {
        Reproduction again = Reproduce.from(registry, second)
                .with(
                        from -> recipe(from)
                                .head(Layers.named("relu", Layers.tanh()), Layers.dropout(0.2), Layers.dense(2))
                                .start(Losses.softmaxCrossEntropy(), Optimizers.adam(0.02)),
                        tuning -> train(tuning, batches()));

        assertThat(again.verdict()).isEqualTo(Verdict.DIFFERENT);
        assertThat(again.metrics()).extracting(Difference::what).contains("metric validation.loss");
    }

    // ---- what is refused

    @Test
    void anotherRecipeIsRefusedBeforeTheFirstStep() {
        Reproduce reproduce = Reproduce.from(registry, second);

        assertThatThrownBy(() -> reproduce.with(
                        from -> recipe(from)
                                .lora(Lora.of(1, "dense_1/weight"))
                                .withSeed(8)
                                .start(Losses.softmaxCrossEntropy(), Optimizers.sgd(0.02)),
                        tuning -> {
                            throw new AssertionError("it must not learn");
                        }))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("recipe of points:2 is another: seed: 8 (recorded: 7); setting learning: ")
                .hasMessageContaining("; setting lora: ")
                .hasMessageContaining(" (recorded: nothing); setting optimizer: sgd(")
                .hasMessageEndingWith("; give what was recorded");
    }

    @Test
    void otherBatchesAreRefused() {
        List<TuningBatch> turned = batches();
        Collections.reverse(turned);
        Reproduce reproduce = Reproduce.from(registry, second);

        assertThatThrownBy(() -> reproduce.with(ReproduceTuningTest::start, tuning -> train(tuning, turned)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("recipe of points:2 is another: batches data: 96 rows, SHA-256 ");
        assertThatThrownBy(() -> reproduce.with(ReproduceTuningTest::start, tuning -> tuning.train(batches())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("setting rows: 32 (recorded: 96); setting steps: 4 (recorded: 12)");
    }

    @Test
    void onlyWhatIsRecordedCanBeTunedAgain() {
        Lineage lineage = second.manifest().lineage();
        Artifact artifact = registry.load(second);
        Version without = registry.publish("points", artifact.withLineage(lineage.withData(Map.of())));
        Version elsewhere = registry.publish(
                "points", artifact.withLineage(lineage.withParent(new Lineage.Parent("points", 1, "ab".repeat(32)))));
        Version gone = registry.publish(
                "points", artifact.withLineage(lineage.withParent(new Lineage.Parent("lines", 1, first.digest()))));

        assertThatThrownBy(() -> again(first))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("points:1: it is not recorded that it went on from a version (expected: one that"
                        + " FineTune.from(registry, version) made); give with(…) a trainer");
        assertThatThrownBy(() -> again(without))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("points:3: it is not recorded which batches it learned from (expected: ");
        assertThatThrownBy(() -> again(elsewhere))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("points:4: it went on from points:1 of digest " + "ab".repeat(32)
                        + " (expected: that version in this registry, where it has digest " + first.digest()
                        + "); open the registry that it comes from");
        assertThatThrownBy(() -> again(gone))
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessageContaining("lines");
        assertThatThrownBy(() -> Reproduce.from(registry, second).with(TRAINER, DATA, FIT))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("points:2: it went on from points:1 (expected: ");
    }
}
