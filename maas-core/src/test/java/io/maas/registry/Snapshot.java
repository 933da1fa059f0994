package io.maas.registry;

import io.maas.error.ModelNotFoundException;
import io.maas.model.Artifact;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What users see of one model.
 *
 * @param digests the digest of each version by number
 */
record Snapshot(Map<Integer, String> digests, Map<String, Integer> aliases) {
    static final Snapshot EMPTY = new Snapshot(Map.of(), Map.of());

    static Snapshot of(ModelRegistry registry, String model) {
        try {
            Map<Integer, String> digests = new TreeMap<>();
            for (Version version : registry.versions(model)) {
                digests.put(version.number(), version.digest());
            }
            return new Snapshot(digests, registry.aliases(model));
        } catch (ModelNotFoundException e) {
            return EMPTY;
        }
    }

    /** Takes a snapshot and reads every file of every version, each of which verifies itself. */
    static Snapshot verified(ModelRegistry registry, String model) {
        Snapshot snapshot = of(registry, model);
        for (int number : snapshot.digests().keySet()) {
            readAll(registry.load(registry.version(model, number)));
        }
        return snapshot;
    }

    private static void readAll(Artifact artifact) {
        for (String path : artifact.manifest().files().keySet()) {
            try {
                artifact.file(path).copyTo(OutputStream.nullOutputStream());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    static void copyTree(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path copy = to.resolve(from.relativize(file));
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else {
                    Files.copy(file, copy);
                }
            }
        }
    }
}
