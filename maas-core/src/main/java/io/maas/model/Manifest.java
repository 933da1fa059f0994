package io.maas.model;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import java.util.Map;

/**
 * What is known about an artifact beside its files; in the registry this is a JSON document, and its SHA-256 is the identity
 * of a version's content.
 *
 * @param description free text for people
 * @param tags labels by name
 * @param files every file of the artifact by its path
 * @param goldenTolerance tolerance of the golden sample, if there is one ({@link GoldenSample#tolerance})
 */
public record Manifest(
        Signature signature,
        Lineage lineage,
        String description,
        Map<String, String> tags,
        Map<String, FileEntry> files,
        double goldenTolerance) {
    /**
     * One file.
     *
     * @param sha256 hash of its bytes, 64 lower-case hex digits
     * @param size its length in bytes
     */
    public record FileEntry(String sha256, long size) {}

    public Manifest {
        tags = ImmutableMap.copyOf(tags);
        files = ImmutableSortedMap.copyOf(files);
    }

    Manifest withSignature(Signature other) {
        return new Manifest(other, lineage, description, tags, files, goldenTolerance);
    }

    Manifest withLineage(Lineage other) {
        return new Manifest(signature, other, description, tags, files, goldenTolerance);
    }

    Manifest withDescription(String other) {
        return new Manifest(signature, lineage, other, tags, files, goldenTolerance);
    }

    Manifest withTags(Map<String, String> others) {
        return new Manifest(signature, lineage, description, others, files, goldenTolerance);
    }

    Manifest withFiles(Map<String, FileEntry> others) {
        return new Manifest(signature, lineage, description, tags, others, goldenTolerance);
    }

    Manifest withGoldenTolerance(double other) {
        return new Manifest(signature, lineage, description, tags, files, other);
    }
}
