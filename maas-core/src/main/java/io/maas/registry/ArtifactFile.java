package io.maas.registry;

import com.google.common.base.Optional;
import com.google.common.io.ByteSource;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.Require;
import io.maas.model.Manifest;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * A file that somebody publishes, or that comes from elsewhere. What goes wrong with it is {@link ArtifactRejectedException}, so that an {@link IOException}
 * while it is copied is the store's. Whoever reads it whole never has the last byte of one that is not what its entry says.
 *
 * <p>Immutable and thread-safe if its source is.
 */
public final class ArtifactFile extends ByteSource {
    private final String what;
    private final Manifest.FileEntry entry;
    private final ByteSource source;

    /** @param what its name in messages */
    public ArtifactFile(String what, Manifest.FileEntry entry, ByteSource source) {
        this.what = what;
        this.entry = entry;
        this.source = source;
    }

    @Override
    public Optional<Long> sizeIfKnown() {
        return Optional.of(entry.size());
    }

    @Override
    public InputStream openStream() {
        return new VerifiedStream(new ReadableStream(open()), entry.sha256(), entry.size(), this::refusal);
    }

    private InputStream open() {
        try {
            return source.openStream();
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private ArtifactRejectedException refusal(String how) {
        return new ArtifactRejectedException(
                "file " + Require.quote(what) + " of the artifact is not what its manifest says: " + how
                        + "; build the artifact again from files that stay the same");
    }

    private ArtifactRejectedException unreadable(IOException e) {
        return new ArtifactRejectedException(
                "file " + Require.quote(what) + " of the artifact cannot be read: " + e.getMessage()
                        + "; expected a file that can be read until it is published",
                e);
    }

    private final class ReadableStream extends FilterInputStream {
        ReadableStream(InputStream in) {
            super(in);
        }

        @Override
        public int read() {
            try {
                return in.read();
            } catch (IOException e) {
                throw unreadable(e);
            }
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            try {
                return in.read(bytes, offset, length);
            } catch (IOException e) {
                throw unreadable(e);
            }
        }
    }
}
