package io.maas.registry;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** A store that counts how often a blob is fetched, over a line that may be bad. */
final class FarStore implements RegistryStore {
    private final RegistryStore store;
    private final AtomicInteger fetched = new AtomicInteger();
    private volatile UnaryOperator<InputStream> line = UnaryOperator.identity();

    FarStore(Path root) {
        store = FileRegistryStore.open(root);
    }

    /** Since it was asked last. */
    int fetched() {
        return fetched.getAndSet(0);
    }

    /** What becomes of bytes on their way. */
    void line(UnaryOperator<InputStream> line) {
        this.line = line;
    }

    @Override
    public BlobStore blobs() {
        BlobStore blobs = store.blobs();
        return new BlobStore() {
            @Override
            public InputStream open(String sha256) throws IOException {
                fetched.incrementAndGet();
                return line.apply(blobs.open(sha256));
            }

            @Override
            public Staging stage() throws IOException {
                return blobs.stage();
            }

            @Override
            public long retain(References references) throws IOException {
                return blobs.retain(references);
            }

            @Override
            public void list(Consumer<Kept> each) throws IOException {
                blobs.list(each);
            }

            @Override
            public String describe(String sha256) {
                return blobs.describe(sha256);
            }
        };
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
    public <T> T write(Body<T> body) throws IOException {
        return store.write(body);
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
