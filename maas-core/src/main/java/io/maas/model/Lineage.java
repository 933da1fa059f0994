package io.maas.model;

import com.google.common.collect.ImmutableMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a model comes from: enough to say what it was made of and to make it again.
 *
 * @param dataHash SHA-256 of the training data in hex, null if not known
 * @param seed the seed of everything random in training, null if not known
 * @param settings hyper-parameters by name, such as {@code optimizer -> adam(0.001)}
 * @param metrics what was measured at the end of training, such as {@code validation.accuracy -> 0.97}
 * @param libraryVersion the version of this library that made it
 */
public record Lineage(
        @Nullable String dataHash,
        @Nullable Long seed,
        Map<String, String> settings,
        Map<String, Double> metrics,
        String libraryVersion) {
    public Lineage {
        settings = ImmutableMap.copyOf(settings);
        metrics = ImmutableMap.copyOf(metrics);
    }

    /** The lineage of a model that was made elsewhere. */
    public static Lineage unknown() {
        return new Lineage(null, null, Map.of(), Map.of(), LibraryVersion.current());
    }
}
