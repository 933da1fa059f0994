package io.maas.store.s3;

import com.google.common.hash.Hashing;
import com.google.common.io.ByteSource;
import io.maas.model.Artifact;
import io.maas.model.Lineage;
import io.maas.model.Manifest;
import io.maas.model.Signature;
import io.maas.model.TensorSpec;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Artifacts of any bytes: a registry does not look into a model. */
final class Samples {
    private Samples() {}

    static byte[] bytes(long seed, int size) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    static Manifest.FileEntry entry(byte[] bytes) {
        return new Manifest.FileEntry(Hashing.sha256().hashBytes(bytes).toString(), bytes.length);
    }

    static Artifact artifact(long seed) {
        return artifact(bytes(seed, 2_000));
    }

    static Artifact artifact(byte[] model) {
        Signature signature = new Signature(
                List.of(new TensorSpec("pixels", DataType.FLOAT32, Shape.symbolic("batch", 64))),
                List.of(new TensorSpec("scores", DataType.FLOAT32, Shape.symbolic("batch", 10))));
        Manifest manifest = new Manifest(
                signature,
                new Lineage(null, 42L, Map.of(), Map.of(), "1.0"),
                "",
                Map.of(),
                Map.of(Artifact.MODEL_FILE, entry(model)),
                1e-5);
        return Artifact.stored(manifest, any -> ByteSource.wrap(model));
    }
}
