package io.maas.store.s3;

import io.maas.registry.LogName;
import io.maas.registry.RegistryStore;
import io.maas.store.tck.RegistryStoreContract;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;

/** What every store promises, over an object store that runs here. */
class S3StoreContractTest extends RegistryStoreContract {
    private static final ObjectStore STORE = ObjectStore.start();

    private final String prefix = ObjectStore.newPrefix();
    private final S3Bucket bucket = new S3Bucket(STORE.client(), ObjectStore.BUCKET, prefix + "/");

    @AfterAll
    static void stop() throws IOException {
        STORE.close();
    }

    @Override
    protected RegistryStore newStore() {
        return S3RegistryStore.open(
                STORE.client(), ObjectStore.BUCKET, prefix, S3Options.defaults().withGrace(Duration.ZERO));
    }

    @Override
    protected void damage(LogName log) throws IOException {
        byte[] bytes = bucket.get(S3Logs.key(log)).orElseThrow().bytes().clone();
        bytes[bytes.length - 5] ^= 1;
        bucket.put(S3Logs.key(log), bytes);
    }

    @Override
    protected void replaceBlob(String sha256, byte @Nullable [] bytes) throws IOException {
        if (bytes == null) {
            bucket.delete(S3Blobs.key(sha256));
        } else {
            bucket.put(S3Blobs.key(sha256), bytes);
        }
    }
}
