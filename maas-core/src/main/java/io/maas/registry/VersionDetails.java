package io.maas.registry;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.maas.model.Artifact;
import io.maas.registry.signing.VersionSignature;
import org.jspecify.annotations.Nullable;

/**
 * What is known about a version beside what it is. In contrast to the version itself, tags and signatures change.
 *
 * <p>Immutable and thread-safe: what was known when it was asked for.
 *
 * @param published who published it, and why
 * @param tags those of the manifest, with what was set and removed since
 * @param signatures in the order in which they were given
 * @param origin what it was called where it was exported, such as {@code digits:3}; null if it was not imported
 */
public record VersionDetails(
        Version version,
        Change published,
        ImmutableMap<String, String> tags,
        ImmutableList<VersionSignature> signatures,
        @Nullable String origin) {
    /** What may be done with it, as in {@link Artifact#LICENCE_TAG}; empty if nobody said. */
    public String licence() {
        return tags.getOrDefault(Artifact.LICENCE_TAG, "");
    }

    /** What it is, for people. */
    public String description() {
        return version.manifest().description();
    }
}
