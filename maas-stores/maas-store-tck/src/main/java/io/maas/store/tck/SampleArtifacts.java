package io.maas.store.tck;

import com.google.common.hash.Hashing;
import com.google.common.io.ByteSource;
import io.maas.model.Artifact;
import io.maas.model.Lineage;
import io.maas.model.Manifest;
import io.maas.model.Signature;
import io.maas.model.TensorSpec;
import io.maas.registry.ModelRegistry;
import io.maas.registry.Version;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Artifacts: a registry does not look into a model file, so any bytes will do. */
final class SampleArtifacts {
    static final String SHARED_FILE = "text/vocabulary.txt";

    private static final byte[] SHARED = "the same".getBytes(StandardCharsets.UTF_8);
    private static final Signature SIGNATURE = new Signature(
            List.of(new TensorSpec("pixels", DataType.FLOAT32, Shape.symbolic("batch", 64))),
            List.of(new TensorSpec("scores", DataType.FLOAT32, Shape.symbolic("batch", 10))));

    private SampleArtifacts() {}

    /** One whose model file of 2,000 bytes depends on the seed and whose vocabulary is shared by all. */
    static Artifact of(long seed) {
        byte[] model = bytes(seed, 2_000);
        Manifest.FileEntry entry = entry(model);
        Lineage lineage = new Lineage(null, 42L, Map.of("optimizer", "adam(0.001)"), Map.of(), "1.0");
        Manifest manifest = new Manifest(
                SIGNATURE,
                lineage,
                "für Tests",
                Map.of("team", "a<b"),
                Map.of(Artifact.MODEL_FILE, entry, SHARED_FILE, entry(SHARED)),
                1e-5);
        return Artifact.stored(manifest, any -> ByteSource.wrap(any.equals(entry) ? model : SHARED));
    }

    static byte[] bytes(long seed, int size) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    static Manifest.FileEntry entry(byte[] bytes) {
        return new Manifest.FileEntry(Hashing.sha256().hashBytes(bytes).toString(), bytes.length);
    }

    /** The bytes of a version's model, verified. */
    static byte[] model(ModelRegistry registry, Version version) throws IOException {
        return registry.load(version).model().read();
    }

    static <T> T present(@Nullable T value) {
        if (value == null) {
            throw new AssertionError("not there");
        }
        return value;
    }
}
