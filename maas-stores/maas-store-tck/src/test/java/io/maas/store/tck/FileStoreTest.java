package io.maas.store.tck;

import io.maas.registry.FileRegistryStore;
import io.maas.registry.LogName;
import io.maas.registry.RegistryStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;

class FileStoreTest extends RegistryStoreContract {
    @TempDir
    Path root;

    @Override
    protected RegistryStore newStore() {
        return FileRegistryStore.open(root);
    }

    @Override
    protected void damage(LogName log) throws IOException {
        String kind = log.kind() == LogName.Kind.MODEL ? "models" : "deployments";
        Path lines = root.resolve(kind).resolve(log.model()).resolve("log.jsonl");
        byte[] bytes = Files.readAllBytes(lines);
        bytes[bytes.length - 5] ^= 1;
        Files.write(lines, bytes);
    }

    @Override
    protected void replaceBlob(String sha256, byte @Nullable [] bytes) throws IOException {
        Path blob = root.resolve("blobs").resolve(sha256.substring(0, 2)).resolve(sha256);
        Files.deleteIfExists(blob);
        if (bytes != null) {
            Files.write(blob, bytes);
        }
    }
}
