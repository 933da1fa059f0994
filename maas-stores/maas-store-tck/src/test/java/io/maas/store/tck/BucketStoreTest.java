package io.maas.store.tck;

import io.maas.registry.LogName;
import io.maas.registry.RegistryStore;
import org.jspecify.annotations.Nullable;

/** Without any lock, so that writers meet and the registry has to try again. */
class BucketStoreTest extends RegistryStoreContract {
    private final Bucket bucket = new Bucket();

    @Override
    protected RegistryStore newStore() {
        return new BucketStore(bucket);
    }

    @Override
    protected void damage(LogName log) {
        Bucket.Content found = bucket.get(BucketStore.key(log)).orElseThrow();
        byte[] bytes = found.bytes().clone();
        bytes[bytes.length - 5] ^= 1;
        bucket.put(BucketStore.key(log), bytes);
    }

    @Override
    protected void replaceBlob(String sha256, byte @Nullable [] bytes) {
        if (bytes == null) {
            bucket.delete(BucketBlobs.key(sha256));
        } else {
            bucket.put(BucketBlobs.key(sha256), bytes);
        }
    }
}
