package io.maas.registry;

import com.google.common.base.Optional;
import com.google.common.io.ByteSource;
import io.maas.error.ArtifactRejectedException;
import io.maas.model.Manifest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;

/**
 * A stored file that never gives damaged bytes as if they were good: whatever reads it whole throws {@link
 * ArtifactRejectedException} instead of giving the last byte if the SHA-256 or the length is not what it must be. A caller must
 * not use what it has read before it has met the end.
 *
 * <p>Immutable and thread-safe.
 */
final class VerifiedBlob extends ByteSource {
    private final BlobStore store;
    private final Manifest.FileEntry entry;

    VerifiedBlob(BlobStore store, Manifest.FileEntry entry) {
        this.store = store;
        this.entry = entry;
    }

    @Override
    public Optional<Long> sizeIfKnown() {
        return Optional.of(entry.size());
    }

    @Override
    public InputStream openStream() throws IOException {
        try {
            return new VerifiedStream(
                    store.open(entry.sha256()),
                    entry.sha256(),
                    entry.size(),
                    how -> damaged(store, entry.sha256(), how));
        } catch (NoSuchFileException e) {
            throw new ArtifactRejectedException(
                    "stored file " + store.describe(entry.sha256())
                            + " is missing; delete the version and publish it again",
                    e);
        }
    }

    /** Reads to the end and says whether all is well. */
    boolean isWhole() throws IOException {
        try (InputStream in = openStream()) {
            in.transferTo(java.io.OutputStream.nullOutputStream());
            return true;
        } catch (ArtifactRejectedException e) {
            return false;
        }
    }

    static ArtifactRejectedException damaged(BlobStore store, String sha256, String how) {
        return new ArtifactRejectedException("stored file " + store.describe(sha256) + " is damaged: " + how
                + "; delete the version and publish it again");
    }
}
