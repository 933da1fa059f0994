package io.maas.registry;

import io.maas.error.RegistryException;
import io.maas.error.Require;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.function.Consumer;

/**
 * A store that is far away, with a folder of this machine in which files are kept that were read once. Files never change, so
 * they are never out of date; logs are not kept, so what is read of them is as new as without it.
 *
 * <p>The folder holds at most so many bytes, without those that are just coming in; the files that were not read for longest go
 * first. It may be shared by processes of one machine, may be lost and may be removed while nobody uses it. Each file is checked
 * against its hash before it is given out: one that is damaged, or half there because a process or the machine died, is
 * fetched anew. If the folder cannot be written any more, files are read without it.
 *
 * <p>Thread-safe.
 */
public final class CachedRegistryStore implements RegistryStore {
    private final RegistryStore store;
    private final BlobStore blobs;

    private CachedRegistryStore(RegistryStore store, BlobCache cache) {
        this.store = store;
        this.blobs = new CachedBlobs(store.blobs(), cache);
    }

    /**
     * Puts a folder before a store.
     *
     * @param store closed with this one
     * @param folder made if it is missing
     * @param maxBytes at least 0. A larger file is not kept
     * @throws RegistryException if the folder cannot be used
     */
    public static CachedRegistryStore of(RegistryStore store, Path folder, long maxBytes) {
        return of(store, folder, maxBytes, Clock.systemUTC());
    }

    /** @param clock says when a file was read last */
    static CachedRegistryStore of(RegistryStore store, Path folder, long maxBytes, Clock clock) {
        Require.that(maxBytes >= 0, "maxBytes", maxBytes, "maxBytes >= 0");
        return StoreAccess.io(
                folder.toString(),
                "open the folder of files kept from " + store.describe(),
                () -> new CachedRegistryStore(store, BlobCache.open(folder, maxBytes, clock)));
    }

    /** Blobs of the store, read through the folder. */
    private record CachedBlobs(BlobStore store, BlobCache cache) implements BlobStore {
        @Override
        public InputStream open(String sha256) throws IOException {
            Digests.require(sha256);
            InputStream kept = cache.find(sha256);
            return kept != null ? kept : cache.keep(sha256, store.open(sha256));
        }

        @Override
        public Staging stage() throws IOException {
            return store.stage();
        }

        @Override
        public long retain(References references) throws IOException {
            return store.retain(references);
        }

        @Override
        public void list(Consumer<Kept> each) throws IOException {
            store.list(each);
        }

        @Override
        public String describe(String sha256) {
            return store.describe(sha256);
        }
    }

    @Override
    public List<String> names(LogName.Kind kind) throws IOException {
        return store.names(kind);
    }

    @Override
    public Head head(LogName log) throws IOException {
        return store.head(log);
    }

    @Override
    public byte[] read(LogName log, Head from, Head to) throws IOException {
        return store.read(log, from, to);
    }

    @Override
    public void append(LogName log, Head expected, byte[] line) throws IOException {
        store.append(log, expected, line);
    }

    @Override
    public void sync(LogName log) throws IOException {
        store.sync(log);
    }

    @Override
    public <T> T write(Body<T> body) throws IOException {
        return store.write(body);
    }

    @Override
    public BlobStore blobs() {
        return blobs;
    }

    @Override
    public Closeable watch(Listener listener) throws IOException {
        return store.watch(listener);
    }

    @Override
    public String describe() {
        return store.describe();
    }

    @Override
    public void close() throws IOException {
        store.close();
    }
}
