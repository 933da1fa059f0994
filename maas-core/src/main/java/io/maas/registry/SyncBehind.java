package io.maas.registry;

import com.google.common.base.Throwables;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.Uninterruptibles;
import io.maas.storage.Storage;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Synchronises what has been written of a long file on a thread of its own, while more of it is written. For one thread. */
final class SyncBehind implements AutoCloseable {
    private static final long EVERY = 16L << 20;

    private final Storage.Output output;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(task -> {
        Thread made = new Thread(task, "maas-sync-behind");
        made.setDaemon(true);
        return made;
    });
    private Future<?> syncing = Futures.immediateVoidFuture();
    private long asked;

    SyncBehind(Storage.Output output) {
        this.output = output;
    }

    /** Takes note of how much has been written so far. */
    void written(long size) throws IOException {
        if (size - asked >= EVERY && syncing.isDone()) {
            await();
            asked = size;
            syncing = thread.submit(() -> {
                output.sync();
                return null;
            });
        }
    }

    /** Waits for what is being synchronised, and fails as that does. */
    void await() throws IOException {
        try {
            Uninterruptibles.getUninterruptibly(syncing);
        } catch (ExecutionException e) {
            Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
            Throwables.throwIfInstanceOf(cause, IOException.class);
            Throwables.throwIfUnchecked(cause);
            throw new IOException(cause);
        }
    }

    /** Waits until nobody uses the file any more. */
    @Override
    public void close() {
        thread.shutdown();
        try {
            await();
        } catch (IOException e) {
            // Another failure came first, and is the one that is told.
            return;
        }
    }
}
