package io.maas.registry;

import com.google.common.base.Throwables;
import com.google.common.util.concurrent.Uninterruptibles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Reads the next chunk of a stream on a thread of its own, while the last one is worked on. For one thread; the stream stays its owner's. */
final class ReadAhead implements AutoCloseable {
    private final InputStream in;
    private final ExecutorService reader = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "maas-read-ahead");
        thread.setDaemon(true);
        return thread;
    });
    private byte[] given;
    private byte[] coming;
    private Future<Integer> read;

    ReadAhead(InputStream in, int chunkBytes) {
        this.in = in;
        this.given = new byte[chunkBytes];
        this.coming = new byte[chunkBytes];
        this.read = begin(coming);
    }

    private Future<Integer> begin(byte[] into) {
        return reader.submit(() -> in.readNBytes(into, 0, into.length));
    }

    /** The next chunk, which holds until the one after it is asked for; empty at the end. */
    ByteBuffer next() throws IOException {
        int count;
        try {
            count = Objects.requireNonNull(Uninterruptibles.getUninterruptibly(read));
        } catch (ExecutionException e) {
            Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
            Throwables.throwIfInstanceOf(cause, IOException.class);
            Throwables.throwIfUnchecked(cause);
            throw new IOException(cause);
        }
        byte[] filled = coming;
        coming = given;
        given = filled;
        if (count > 0) {
            read = begin(coming);
        }
        return ByteBuffer.wrap(filled, 0, count);
    }

    /** Waits for the read that is under way, so that nobody reads the stream any more. */
    @Override
    public void close() {
        reader.shutdown();
        try {
            Uninterruptibles.getUninterruptibly(read);
        } catch (ExecutionException e) {
            // Whoever wanted the chunk has heard of it; nobody wants this one.
            return;
        }
    }
}
