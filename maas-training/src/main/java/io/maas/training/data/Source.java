package io.maas.training.data;

import io.maas.error.InvalidInputException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * Bytes that can be read from their beginning more than once, compressed by gzip or not: which of both shows in the first two.
 *
 * <p>Not thread-safe.
 */
final class Source implements AutoCloseable {
    private static final int GZIP_BUFFER = 1 << 16;

    /** Opens the bytes as they are. */
    private interface Opening {
        InputStream open() throws IOException;
    }

    private final String name;
    private final Opening opening;
    private final @Nullable Path file;
    private final @Nullable Spool spool;

    private Source(String name, Opening opening, @Nullable Path file, @Nullable Spool spool) {
        this.name = name;
        this.opening = opening;
        this.file = file;
        this.spool = spool;
    }

    static Source of(Path file) {
        return new Source(file.toString(), () -> Files.newInputStream(file), file, null);
    }

    /** @param stream stays open */
    static Source of(InputStream stream, String name) {
        Spool spool = new Spool(stream);
        return new Source(name, spool::open, null, spool);
    }

    /** What to call it in messages. */
    String name() {
        return name;
    }

    /** The file, if it is one. */
    @Nullable
    Path file() {
        return file;
    }

    /** It will not be read once more. */
    void forget() {
        if (spool != null) {
            spool.forget();
        }
    }

    /** The uncompressed bytes from the beginning; to be closed. */
    InputStream open() throws IOException {
        InputStream raw = opening.open();
        try {
            BufferedInputStream start = new BufferedInputStream(raw, 16);
            start.mark(2);
            boolean compressed = start.read() == 0x1f && start.read() == 0x8b;
            start.reset();
            return compressed ? new Unzipped(name, new GZIPInputStream(start, GZIP_BUFFER)) : start;
        } catch (ZipException | EOFException e) {
            raw.close();
            throw Unzipped.broken(name, e);
        } catch (IOException e) {
            raw.close();
            throw e;
        }
    }

    @Override
    public void close() throws IOException {
        if (spool != null) {
            spool.close();
        }
    }

    /** Says which source is broken. */
    private static final class Unzipped extends FilterInputStream {
        private final String name;

        Unzipped(String name, InputStream stream) {
            super(stream);
            this.name = name;
        }

        static InvalidInputException broken(String name, IOException e) {
            return new InvalidInputException(
                    name + ": broken gzip stream, " + e.getMessage() + " (expected: complete data); fetch it again", e);
        }

        @Override
        public int read(byte[] to, int from, int count) throws IOException {
            try {
                return super.read(to, from, count);
            } catch (ZipException | EOFException e) {
                throw broken(name, e);
            }
        }
    }
}
