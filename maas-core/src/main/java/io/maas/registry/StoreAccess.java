package io.maas.registry;

import io.maas.error.RegistryException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * What reads and writes of a store have in common: a failure says of which registry and what cannot be done, and a write that
 * others came before is tried again.
 */
record StoreAccess(RegistryStore store) {
    /** As long as writers wait for a lock. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private static final long LONGEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    /** The names of all logs of a kind, sorted, without those that no publication can have made. */
    List<String> names(LogName.Kind kind) throws IOException {
        return store.names(kind).stream().filter(Names::isModel).sorted().toList();
    }

    <T> T read(String what, RegistryStore.Body<T> body) {
        return io(store.describe(), what, body);
    }

    <T> T write(String what, RegistryStore.Body<T> body) {
        return io(store.describe(), what, () -> write(body));
    }

    /**
     * Runs a body in write sections until no one else comes first. The pauses grow and are drawn at random, so that writers that
     * met once do not meet again.
     */
    <T> T write(RegistryStore.Body<T> body) throws IOException {
        long start = System.nanoTime();
        for (long pause = 1_000_000; ; pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS)) {
            try {
                return store.write(body);
            } catch (StoreConflictException e) {
                if (System.nanoTime() - start >= PATIENCE_NANOS) {
                    throw e;
                }
                LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(pause));
                if (Thread.currentThread().isInterrupted()) {
                    throw new RegistryException(
                            "interrupted while other writers came first to registry " + store.describe()
                                    + "; nothing was changed; expected no interruption; call again",
                            e);
                }
            }
        }
    }

    static <T> T io(String where, String what, RegistryStore.Body<T> body) {
        try {
            return body.run();
        } catch (UncheckedIOException e) {
            throw failed(where, what, e.getCause() == null ? new IOException(e) : e.getCause());
        } catch (IOException e) {
            throw failed(where, what, e);
        }
    }

    private static RegistryException failed(String where, String what, IOException e) {
        return new RegistryException(
                "registry " + where + " failed to " + what + ": " + words(e)
                        + "; what was acknowledged before is intact; check free space, permissions and the disk, then"
                        + " try again",
                e);
    }

    /** Of these exceptions the names say what is wrong, and the messages only where. */
    private static String words(IOException e) {
        String message = String.valueOf(e.getMessage());
        if (e instanceof NoSuchFileException) {
            return message + ": not there, and not to be made";
        }
        if (e instanceof AccessDeniedException) {
            return message + ": no permission";
        }
        if (e instanceof FileSystemException files && files.getReason() != null) {
            return message;
        }
        return e.getClass().getSimpleName() + ": " + message;
    }
}
