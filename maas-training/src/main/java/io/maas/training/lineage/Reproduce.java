package io.maas.training.lineage;

import io.maas.backend.Backend;
import io.maas.backend.Backends;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.error.Require;
import io.maas.graph.onnx.OnnxReader;
import io.maas.model.Artifact;
import io.maas.model.GoldenSample;
import io.maas.model.Lineage;
import io.maas.registry.ModelRegistry;
import io.maas.registry.Version;
import io.maas.tensor.Tensors;
import io.maas.training.data.Dataset;
import io.maas.training.finetune.FineTune;
import io.maas.training.finetune.Tuning;
import io.maas.training.loop.Fit;
import io.maas.training.loop.Trained;
import io.maas.training.loop.Trainer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Trains a published version again and compares. The registry knows what it was made of; the recipe itself is code, and in the
 * hands of whoever asks.
 *
 * <pre>{@code
 * Reproduction again = Reproduce.from(registry, "digits", 3).with(trainer, data.train(), fit);
 * System.out.print(again);
 * }</pre>
 *
 * On the same platform, with the same engine and number of threads, the bits are the same. Layers, losses and optimizers that are
 * lambdas are known by their name only: if one has changed, the weights tell.
 *
 * <p>Immutable and thread-safe.
 */
public final class Reproduce {
    /** Up to which values count as equal, if nothing else is said: what a float32 keeps through many sums in another order. */
    public static final double DEFAULT_TOLERANCE = 1e-4;

    private final ModelRegistry registry;
    private final Version version;
    private final double tolerance;

    private Reproduce(ModelRegistry registry, Version version, double tolerance) {
        this.registry = registry;
        this.version = version;
        this.tolerance = tolerance;
    }

    /**
     * A version by its number.
     *
     * @throws io.maas.error.ModelNotFoundException if there is none
     */
    public static Reproduce from(ModelRegistry registry, String name, int number) {
        return from(registry, registry.version(name, number));
    }

    /** A version of that registry. */
    public static Reproduce from(ModelRegistry registry, Version version) {
        return new Reproduce(registry, version, DEFAULT_TOLERANCE);
    }

    /** With another tolerance for results that are not the same bit for bit; relative for values above 1. */
    public Reproduce withTolerance(double other) {
        Require.that(other >= 0 && other < Double.POSITIVE_INFINITY, "tolerance", other, "tolerance >= 0");
        return new Reproduce(registry, version, other);
    }

    /** What was recorded. */
    public Lineage lineage() {
        return version.manifest().lineage();
    }

    /**
     * In what a training would differ from the recorded one: in data, seed or settings. Nothing is trained; what differs in the
     * environment is no part of it.
     *
     * @throws io.maas.error.InvalidInputException if a data set does not fit the network or the loss
     */
    public List<Difference> differences(Trainer trainer, Dataset data, Fit fit) {
        return Differences.ofRecipe(lineage(), trainer.lineage(data, fit));
    }

    /** As {@link #with(Trainer, Dataset, Fit, Function)}, for a version that is the trained network alone. */
    public Reproduction with(Trainer trainer, Dataset data, Fit fit) {
        return with(trainer, data, fit, Trained::toArtifact);
    }

    /**
     * Trains again, if data, seed and settings are those recorded, and compares weights, outputs for the golden sample and metrics.
     *
     * @param publishing makes of the network what was published, such as with a preprocessing in front
     * @throws IllegalArgumentException if anything is not as recorded; the message names it with both values
     * @throws IllegalStateException if it is not recorded what the version was made of, as for one that was made elsewhere, or it went
     *     on from a parent
     * @throws io.maas.error.MaasException if training fails
     */
    public Reproduction with(Trainer trainer, Dataset data, Fit fit, Function<Trained, Artifact> publishing) {
        requireTrained();
        requireSame(differences(trainer, data, fit));
        Trained trained = trainer.fit(data, fit);
        Backend engine = trainer.backend() == null ? Backends.load().preferred() : trainer.backend();
        return compared(publishing.apply(trained), trained.lineage(), engine);
    }

    /**
     * Fine-tunes again, from the parent as it lies in the registry, if recipe and batches are those recorded, and compares weights,
     * outputs for the golden sample and metrics.
     *
     * <pre>{@code
     * Reproduction again = Reproduce.from(registry, "topics", 2)
     *         .with(start -> start.freeze("*embeddings*").start(loss, optimizer), tuning -> tuning.train(batches));
     * }</pre>
     *
     * @param recipe from the parent to a fine-tuning that has not learned yet; it is closed here
     * @param training takes the steps, and measures what was measured
     * @throws IllegalArgumentException if anything is not as recorded; the message names it with both values. What differs in the
     *     recipe is found before the first step, what differs in the batches behind the last
     * @throws IllegalStateException if the version did not go on from another, or its batches are not recorded, or the parent is not
     *     the version that it was
     * @throws io.maas.error.ModelNotFoundException if the parent is not in the registry
     * @throws io.maas.error.MaasException if training fails
     */
    public Reproduction with(Function<FineTune, Tuning> recipe, Consumer<Tuning> training) {
        try (Tuning tuning = recipe.apply(FineTune.from(registry, parent()))) {
            requireSame(Differences.ofTuning(beforeLearning(lineage()), beforeLearning(tuning.lineage())));
            training.accept(tuning);
            requireSame(Differences.ofTuning(lineage(), tuning.lineage()));
            return compared(tuning.toArtifact(), tuning.lineage(), tuning.backend());
        }
    }

    /** Without what grows with the steps. */
    private static Lineage beforeLearning(Lineage lineage) {
        Map<String, String> settings = new LinkedHashMap<>(lineage.settings());
        settings.keySet().removeAll(Set.of("steps", "rows"));
        return lineage.withData(Map.of()).withSettings(settings);
    }

    private void requireSame(List<Difference> differences) {
        if (!differences.isEmpty()) {
            throw new IllegalArgumentException("recipe of " + version.title() + " is another: "
                    + differences.stream().map(Difference::toString).collect(Collectors.joining("; "))
                    + "; give what was recorded");
        }
    }

    private void requireTrained() {
        Lineage.Parent parent = lineage().parent();
        if (parent != null) {
            throw new IllegalStateException(
                    version.title() + ": it went on from " + parent.title()
                            + " (expected: a version that was trained from the start); give with(…) how to fine-tune that version");
        }
        if (lineage().dataHash() == null) {
            throw new IllegalStateException(
                    version.title() + ": it is not recorded what it was made of (expected: a version that a"
                            + " Trainer made); publish what toArtifact() gives");
        }
    }

    /** The version that this one went on from, with the bytes that it had then. */
    private Version parent() {
        Lineage.Parent recorded = lineage().parent();
        if (recorded == null) {
            throw new IllegalStateException(version.title() + ": it is not recorded that it went on from a version"
                    + " (expected: one that FineTune.from(registry, version) made); give with(…) a trainer");
        }
        if (!lineage().data().containsKey(Lineage.BATCHES)) {
            throw new IllegalStateException(
                    version.title() + ": it is not recorded which batches it learned from (expected: a version that a"
                            + " Tuning made); publish what toArtifact() gives");
        }
        Version found = registry.version(recorded.model(), recorded.number());
        if (!found.digest().equals(recorded.digest())) {
            throw new IllegalStateException(version.title() + ": it went on from " + recorded.title() + " of digest "
                    + recorded.digest() + " (expected: that version in this registry, where it has digest "
                    + found.digest() + "); open the registry that it comes from");
        }
        return found;
    }

    private Reproduction compared(Artifact again, Lineage made, Backend engine) {
        Artifact recorded = registry.load(version);
        return new Reproduction(
                version,
                again,
                TensorComparison.of(weights(recorded), weights(again)),
                outputs(recorded, again, engine),
                Differences.ofMetrics(lineage().metrics(), made.metrics()),
                Differences.ofEnvironment(lineage().environment(), made.environment()),
                tolerance);
    }

    private static Tensors weights(Artifact artifact) {
        return Tensors.copyOf(OnnxReader.read(artifact.model()).constants());
    }

    /** Of both models for the recorded sample: an engine of another version would give other bits for the same weights too. */
    private static List<TensorComparison> outputs(Artifact recorded, Artifact again, Backend engine) {
        GoldenSample golden = recorded.golden().orElse(null);
        if (golden == null || !again.signature().equals(recorded.signature())) {
            return List.of();
        }
        try (Program program = engine.compile(OnnxReader.read(again.model()), ProgramOptions.serving())) {
            return TensorComparison.of(golden.outputs(), program.run(golden.inputs()));
        }
    }
}
