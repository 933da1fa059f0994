package io.maas.model;

import com.google.common.collect.ImmutableMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a model comes from: enough to say what it was made of and to make it again.
 *
 * <p>Immutable and thread-safe; the {@code with…} methods give changed copies.
 *
 * @param data what it was made of, by role: {@value #TRAIN}, {@value #VALIDATION} and such
 * @param seed the seed of everything random in training, null if not known
 * @param settings hyper-parameters by name, such as {@code optimizer -> adam(0.001)}
 * @param metrics what was measured at the end of training, such as {@code validation.accuracy -> 0.97}
 * @param environment what it was made with
 * @param parent the version that training went on from, null if it began anew
 * @param weightsHash {@link io.maas.tensor.Tensors#hash} of the trained weights, null if not known
 */
public record Lineage(
        Map<String, Data> data,
        @Nullable Long seed,
        Map<String, String> settings,
        Map<String, Double> metrics,
        Environment environment,
        @Nullable Parent parent,
        @Nullable String weightsHash) {
    /** The role of the rows that a model learned from. */
    public static final String TRAIN = "train";

    /** The role of the rows that it was measured on while it learned, and that decided which weights were kept. */
    public static final String VALIDATION = "validation";

    /** The role of the batches that a fine-tuning learned from, in their order. */
    public static final String BATCHES = "batches";

    /**
     * Some data.
     *
     * @param sha256 its hash, in hex
     * @param rows how many rows it has; 0 if not known
     * @param origin how its rows were chosen from more, such as {@code stratified by target, seed 42, 0.2 held out: train}; empty
     *     if not known, or if there were no more
     */
    public record Data(String sha256, long rows, String origin) {}

    /**
     * A version of a model.
     *
     * @param model the model's name
     * @param number its number, from 1 on
     * @param digest SHA-256 of its manifest, in hex: the identity of its content
     */
    public record Parent(String model, int number, String digest) {
        /** Such as {@code digits:3}. */
        public String title() {
            return model + ":" + number;
        }
    }

    public Lineage {
        data = ImmutableMap.copyOf(data);
        settings = ImmutableMap.copyOf(settings);
        metrics = ImmutableMap.copyOf(metrics);
    }

    /**
     * Of what was made in this JVM, without an engine that is worth naming.
     *
     * @param dataHash SHA-256 of the training data in hex, null if not known
     */
    public Lineage(
            @Nullable String dataHash,
            @Nullable Long seed,
            Map<String, String> settings,
            Map<String, Double> metrics,
            String libraryVersion) {
        this(
                dataHash == null ? Map.of() : Map.of(TRAIN, new Data(dataHash, 0, "")),
                seed,
                settings,
                metrics,
                new Environment(libraryVersion, "", "", "", ""),
                null,
                null);
    }

    /** The lineage of a model that was made elsewhere. */
    public static Lineage unknown() {
        return new Lineage(null, null, Map.of(), Map.of(), LibraryVersion.current());
    }

    public Lineage withData(Map<String, Data> others) {
        return new Lineage(others, seed, settings, metrics, environment, parent, weightsHash);
    }

    public Lineage withSettings(Map<String, String> others) {
        return new Lineage(data, seed, others, metrics, environment, parent, weightsHash);
    }

    public Lineage withMetrics(Map<String, Double> others) {
        return new Lineage(data, seed, settings, others, environment, parent, weightsHash);
    }

    public Lineage withEnvironment(Environment other) {
        return new Lineage(data, seed, settings, metrics, other, parent, weightsHash);
    }

    public Lineage withParent(@Nullable Parent other) {
        return new Lineage(data, seed, settings, metrics, environment, other, weightsHash);
    }

    public Lineage withWeightsHash(String sha256) {
        return new Lineage(data, seed, settings, metrics, environment, parent, sha256);
    }

    /** SHA-256 of the training data in hex, null if not known. */
    public @Nullable String dataHash() {
        Data train = data.get(TRAIN);
        return train == null ? null : train.sha256();
    }

    /** The version of this library that made it. */
    public String libraryVersion() {
        return environment.library();
    }
}
