package io.maas.registry;

import com.google.common.hash.Hashing;
import com.google.common.io.ByteSource;
import io.maas.model.Artifact;
import io.maas.model.Lineage;
import io.maas.model.Manifest;
import io.maas.model.Signature;
import io.maas.model.TensorSpec;
import io.maas.storage.Storage;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Artifacts for tests: the registry does not look into a model file, so any bytes will do. */
final class Artifacts {
    static final Signature SIGNATURE = new Signature(
            List.of(new TensorSpec("pixels", DataType.FLOAT32, Shape.symbolic("batch", 64))),
            List.of(
                    new TensorSpec("scores", DataType.FLOAT32, Shape.symbolic("batch", 10)),
                    new TensorSpec("any", DataType.STRING, null)));

    private Artifacts() {}

    /** One whose model file depends on the seed and whose vocabulary is shared by all. */
    static Artifact of(long seed) {
        return of(seed, 2_000);
    }

    static Artifact of(long seed, int size) {
        byte[] model = new byte[size];
        new Random(seed).nextBytes(model);
        return of(
                Map.of(Artifact.MODEL_FILE, model, "text/vocabulary.txt", "the same".getBytes(StandardCharsets.UTF_8)));
    }

    static Artifact of(Map<String, byte[]> files) {
        Map<String, Manifest.FileEntry> entries = new LinkedHashMap<>();
        files.forEach((path, bytes) -> entries.put(path, entry(bytes)));
        Lineage lineage = new Lineage(null, 42L, Map.of("optimizer", "adam(0.001)"), Map.of("loss", Double.NaN), "1.0");
        Manifest manifest = new Manifest(SIGNATURE, lineage, "für Tests", Map.of("team", "a<b"), entries, 1e-5);
        Map<String, byte[]> bySha = new LinkedHashMap<>();
        files.values().forEach(bytes -> bySha.put(entry(bytes).sha256(), bytes));
        return Artifact.stored(manifest, entry -> ByteSource.wrap(present(bySha.get(entry.sha256()))));
    }

    static Manifest.FileEntry entry(byte[] bytes) {
        return new Manifest.FileEntry(Hashing.sha256().hashBytes(bytes).toString(), bytes.length);
    }

    static <T> T present(@Nullable T value) {
        if (value == null) {
            throw new AssertionError("not there");
        }
        return value;
    }

    static StoredModelRegistry open(Path root, Storage storage) {
        return StoredModelRegistry.on(FileRegistryStore.open(root, storage, Duration.ofSeconds(30)));
    }
}
