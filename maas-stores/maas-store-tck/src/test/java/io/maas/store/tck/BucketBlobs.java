package io.maas.store.tck;

import com.google.common.hash.Hashing;
import com.google.common.io.ByteSource;
import io.maas.model.Manifest;
import io.maas.registry.BlobStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** Blobs in a bucket, with pins and marks in place of a lock, as {@link BlobStore} describes it. */
final class BucketBlobs implements BlobStore {
    private static final String BLOBS = "blobs/";
    private static final String PINS = "pins/";
    private static final String MARKS = "collecting/";

    private final Bucket bucket;

    BucketBlobs(Bucket bucket) {
        this.bucket = bucket;
    }

    static String key(String sha256) {
        return BLOBS + sha256;
    }

    @Override
    public InputStream open(String sha256) throws IOException {
        return new ByteArrayInputStream(bucket.get(key(sha256))
                .orElseThrow(() -> new NoSuchFileException(key(sha256)))
                .bytes());
    }

    @Override
    public String describe(String sha256) {
        return key(sha256);
    }

    @Override
    public Staging stage() {
        return new BucketStaging();
    }

    private final class BucketStaging implements Staging {
        private final String pin = PINS + UUID.randomUUID();
        private final Set<String> digests = new HashSet<>();

        @Override
        public boolean reuse(Manifest.FileEntry entry) {
            boolean whole = bucket.get(key(entry.sha256()))
                    .filter(found ->
                            Hashing.sha256().hashBytes(found.bytes()).toString().equals(entry.sha256()))
                    .isPresent();
            if (whole) {
                digests.add(entry.sha256());
            }
            return whole;
        }

        @Override
        public void put(Manifest.FileEntry entry, ByteSource bytes) throws IOException {
            bucket.put(key(entry.sha256()), bytes.read());
            digests.add(entry.sha256());
        }

        @Override
        public boolean install() {
            bucket.put(pin, String.join(" ", digests).getBytes(StandardCharsets.UTF_8));
            // Those that began before may not have seen the pin.
            Set<String> before = Set.copyOf(bucket.list(MARKS));
            while (bucket.list(MARKS).stream().anyMatch(before::contains)) {
                Thread.onSpinWait();
            }
            return digests.stream().allMatch(digest -> bucket.get(key(digest)).isPresent());
        }

        @Override
        public void close() {
            bucket.delete(pin);
        }
    }

    @Override
    public long retain(References references) throws IOException {
        String mark = MARKS + UUID.randomUUID();
        bucket.put(mark, new byte[0]);
        try {
            Set<String> kept = new HashSet<>();
            for (String pin : bucket.list(PINS)) {
                bucket.get(pin)
                        .ifPresent(found ->
                                kept.addAll(List.of(new String(found.bytes(), StandardCharsets.UTF_8).split(" ", -1))));
            }
            kept.addAll(references.digests());
            long freed = 0;
            for (String blob : bucket.list(BLOBS)) {
                if (!kept.contains(blob.substring(BLOBS.length()))) {
                    freed += bucket.get(blob).map(found -> found.bytes().length).orElse(0);
                    bucket.delete(blob);
                }
            }
            return freed;
        } finally {
            bucket.delete(mark);
        }
    }
}
