package io.maas.registry;

import com.google.common.base.Optional;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import com.google.common.io.ByteSource;
import io.maas.error.ArtifactRejectedException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * A stored file that never gives damaged bytes as if they were good: {@link #read} and all else that reads to the end
 * throws {@link ArtifactRejectedException} if the SHA-256 or the length is not what it must be. {@link #openStream} throws
 * it from the read that meets the end, so a caller must not use what it has read before it has met the end.
 *
 * <p>Immutable and thread-safe.
 */
final class VerifiedBlob extends ByteSource {
    private final Path file;
    private final String sha256;
    private final long size;

    VerifiedBlob(Path file, String sha256, long size) {
        this.file = file;
        this.sha256 = sha256;
        this.size = size;
    }

    @Override
    public Optional<Long> sizeIfKnown() {
        return Optional.of(size);
    }

    @Override
    public InputStream openStream() throws IOException {
        try {
            long found = Files.size(file);
            if (found != size) {
                throw damaged("it has " + found + " bytes instead of " + size);
            }
            return new VerifyingStream(Files.newInputStream(file));
        } catch (NoSuchFileException e) {
            throw new ArtifactRejectedException(
                    "stored file " + file + " is missing; delete the version and publish it again", e);
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

    private ArtifactRejectedException damaged(String how) {
        return new ArtifactRejectedException(
                "stored file " + file + " is damaged: " + how + "; delete the version and publish it again");
    }

    /** Does not forward skip and mark: every byte must pass the hash. */
    private final class VerifyingStream extends InputStream {
        private final InputStream in;
        private final Hasher hasher = Hashing.sha256().newHasher();
        private long count;
        private boolean verified;

        VerifyingStream(InputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int n = in.read(bytes, offset, length);
            if (n > 0) {
                hasher.putBytes(bytes, offset, n);
                count += n;
            }
            if (count > size || (n < 0 && count < size)) {
                throw damaged("it has " + (n < 0 ? "only " + count : "more than " + size) + " bytes");
            }
            if (n < 0 && !verified) {
                if (!hasher.hash().toString().equals(sha256)) {
                    throw damaged("its SHA-256 is another");
                }
                verified = true;
            }
            return n;
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
