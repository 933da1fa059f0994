package io.maas.training.data;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Makes a stream readable once more: keeps what was read, in memory while it is little, else in a temporary file.
 *
 * <p>Not thread-safe.
 */
final class Spool implements AutoCloseable {
    private static final int MAX_MEMORY = 1 << 20;

    private final InputStream stream;
    private final ByteArrayOutputStream memory = new ByteArrayOutputStream();
    private boolean keeping = true;
    private @Nullable Path file;
    private @Nullable OutputStream rest;

    Spool(InputStream stream) {
        this.stream = stream;
    }

    /** From now on nothing is kept. */
    void forget() {
        keeping = false;
    }

    /** What was read already, from the beginning, and then what follows. Streams that were opened before must be at rest. */
    InputStream open() throws IOException {
        InputStream start = new ByteArrayInputStream(memory.toByteArray());
        if (rest != null && file != null) {
            rest.flush();
            start = new SequenceInputStream(start, Files.newInputStream(file));
        }
        return new SequenceInputStream(start, new Following());
    }

    private void keep(byte[] bytes, int from, int count) throws IOException {
        if (rest == null && memory.size() + count > MAX_MEMORY) {
            file = Files.createTempFile("maas-stream-", ".tmp");
            rest = Files.newOutputStream(file);
        }
        if (rest == null) {
            memory.write(bytes, from, count);
        } else {
            rest.write(bytes, from, count);
        }
    }

    @Override
    public void close() throws IOException {
        if (rest != null && file != null) {
            rest.close();
            Blocks.discard(file);
        }
    }

    /** Reads on, and keeps what it reads. */
    private final class Following extends InputStream {
        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] to, int from, int length) throws IOException {
            int count = stream.read(to, from, length);
            if (count > 0 && keeping) {
                keep(to, from, count);
            }
            return count;
        }
    }
}
