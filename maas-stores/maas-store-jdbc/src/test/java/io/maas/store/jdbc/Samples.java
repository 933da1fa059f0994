package io.maas.store.jdbc;

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
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Artifacts: a registry does not look into a model file, so any bytes will do. */
final class Samples {
    private Samples() {}

    static Artifact of(long seed) {
        byte[] model = new byte[2_000];
        new Random(seed).nextBytes(model);
        Signature signature = new Signature(
                List.of(new TensorSpec("x", DataType.FLOAT32, Shape.symbolic("batch", 4))),
                List.of(new TensorSpec("y", DataType.FLOAT32, Shape.symbolic("batch", 2))));
        Manifest.FileEntry entry =
                new Manifest.FileEntry(Hashing.sha256().hashBytes(model).toString(), model.length);
        Lineage lineage = new Lineage(null, seed, Map.of(), Map.of(), "1.0");
        Manifest manifest = new Manifest(signature, lineage, "", Map.of(), Map.of(Artifact.MODEL_FILE, entry), 0);
        return Artifact.stored(manifest, any -> ByteSource.wrap(model));
    }

    /** The bytes of a version's model, verified. */
    static byte[] model(ModelRegistry registry, Version version) throws IOException {
        return registry.load(version).model().read();
    }
}
