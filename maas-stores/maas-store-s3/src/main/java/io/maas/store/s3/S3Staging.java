package io.maas.store.s3;

import com.google.common.hash.Hashing;
import com.google.common.hash.HashingInputStream;
import com.google.common.io.ByteSource;
import io.maas.model.Manifest;
import io.maas.registry.BlobStore;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Files on their way into a bucket, which are there for anybody at once, and pinned from the installation to the close. */
final class S3Staging implements BlobStore.Staging {
    private static final Logger LOG = LoggerFactory.getLogger(S3Staging.class);

    private final S3Bucket bucket;
    private final S3Marks marks;
    private final String pin;
    private final Map<String, Long> sizes = new LinkedHashMap<>();
    private boolean pinned;

    S3Staging(S3Bucket bucket, S3Marks marks, String pins) {
        this.bucket = bucket;
        this.marks = marks;
        this.pin = pins + UUID.randomUUID();
    }

    /** Reads all of it, as what the store says of a checksum depends on who has put it and on the store. */
    @Override
    public boolean reuse(Manifest.FileEntry entry) throws IOException {
        String key = S3Blobs.key(entry.sha256());
        boolean whole = isWhole(entry) && new S3Upload(bucket, key).refresh(entry.size());
        if (whole) {
            sizes.put(entry.sha256(), entry.size());
        }
        return whole;
    }

    private boolean isWhole(Manifest.FileEntry entry) throws IOException {
        try (S3InputStream in = new S3InputStream(bucket, S3Blobs.key(entry.sha256()))) {
            if (in.size() != entry.size()) {
                return false;
            }
            HashingInputStream hashed = new HashingInputStream(Hashing.sha256(), in);
            hashed.transferTo(OutputStream.nullOutputStream());
            return hashed.hash().toString().equals(entry.sha256());
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /** By way of a temporary file, so that what is sent is known to be right, and can be sent again. */
    @Override
    public void put(Manifest.FileEntry entry, ByteSource bytes) throws IOException {
        Path file = Files.createTempFile("maas-", ".part");
        try {
            try (OutputStream out = Files.newOutputStream(file)) {
                bytes.copyTo(out);
            }
            send(file, entry);
        } finally {
            Files.deleteIfExists(file);
        }
        sizes.put(entry.sha256(), entry.size());
    }

    private void send(Path file, Manifest.FileEntry entry) throws IOException {
        try {
            new S3Upload(bucket, S3Blobs.key(entry.sha256())).put(file, entry);
        } catch (IOException e) {
            // Perhaps only the answer was lost.
            if (!isThere(entry, e)) {
                throw e;
            }
        }
    }

    private boolean isThere(Manifest.FileEntry entry, IOException reason) {
        try {
            return isWhole(entry);
        } catch (IOException e) {
            reason.addSuppressed(e);
            return false;
        }
    }

    @Override
    public boolean install() throws IOException {
        pinned = true;
        bucket.put(pin, String.join("\n", sizes.keySet()).getBytes(StandardCharsets.US_ASCII));
        marks.await();
        for (Map.Entry<String, Long> blob : sizes.entrySet()) {
            Optional<Long> size = bucket.find(S3Blobs.key(blob.getKey())).map(S3Bucket.Listed::size);
            if (!size.equals(Optional.of(blob.getValue()))) {
                return false;
            }
        }
        return true;
    }

    /** A pin that stays because it cannot be removed only keeps its files from being collected, for a day. */
    @Override
    public void close() {
        if (!pinned) {
            return;
        }
        pinned = false;
        try {
            bucket.delete(pin);
        } catch (IOException e) {
            LOG.warn("the files of a publication cannot be collected for a day", e);
        }
    }
}
