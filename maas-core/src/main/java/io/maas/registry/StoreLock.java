package io.maas.registry;

import com.google.common.collect.MapMaker;
import io.maas.error.RegistryException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Lets one writer at a time into a folder, among all threads and processes of a machine, and knows whether anybody is
 * writing temporary files there. The operating system frees the locks of a process that dies.
 *
 * <p>Thread-safe.
 */
final class StoreLock {
    /** The bytes of the file that are locked; it has no content. */
    private static final long WRITER = 0;

    private static final long STAGING = 1;
    private static final long PAUSE_NANOS = 500_000;

    /**
     * One lock a folder in the whole JVM, as long as anybody holds it: file locks belong to processes, so they neither keep
     * two threads apart nor survive when another channel on the same file is closed. This is not state of the library but
     * the JVM's side of the file lock; entries go when the last registry on the folder is garbage.
     */
    private static final ConcurrentMap<Path, StoreLock> ALL =
            new MapMaker().weakValues().makeMap();

    private final Path file;
    private final Path holder;
    private final ReentrantLock threads = new ReentrantLock(true);
    private @Nullable FileChannel channel;
    private @Nullable Object fileKey;
    private int stagers;
    private @Nullable FileLock staging;

    private StoreLock(Path file) {
        this.file = file;
        this.holder = file.resolveSibling("lock.holder");
    }

    /** The lock of a file in a folder given by its real path. */
    static StoreLock of(Path file) {
        return ALL.computeIfAbsent(file, StoreLock::new);
    }

    /** A lock until it is closed. */
    interface Hold extends Closeable {}

    /** Does something as the only writer. */
    <T> T write(Duration wait, RegistryStore.Body<T> action) throws IOException {
        long start = System.nanoTime();
        lockThreads(wait);
        try {
            FileLock lock = lock(WRITER, false, start, wait);
            try {
                return action.run();
            } finally {
                lock.release();
            }
        } finally {
            if (threads.hasQueuedThreads()) {
                // Other processes poll: without a gap they would starve while the threads of this one queue.
                LockSupport.parkNanos(PAUSE_NANOS);
            }
            threads.unlock();
        }
    }

    private void lockThreads(Duration wait) {
        boolean locked;
        try {
            locked = threads.tryLock(wait.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
        if (!locked) {
            throw busy(wait, "another thread of this process");
        }
    }

    /** Begins to write temporary files. Many may do so at once. */
    Hold stage(Duration wait) throws IOException {
        enter(wait);
        return this::leave;
    }

    private synchronized void enter(Duration wait) throws IOException {
        if (stagers == 0) {
            staging = lock(STAGING, true, System.nanoTime(), wait);
        }
        stagers++;
    }

    private synchronized void leave() throws IOException {
        stagers--;
        FileLock held = staging;
        if (stagers == 0 && held != null) {
            staging = null;
            held.release();
        }
    }

    /** Does something for which nobody may be staging, or returns null if somebody is. */
    synchronized <T> @Nullable T unlessStaging(RegistryStore.Body<T> action) throws IOException {
        FileLock lock = stagers > 0 ? null : tryLock(STAGING, false);
        if (lock == null) {
            return null;
        }
        try {
            return action.run();
        } finally {
            lock.release();
        }
    }

    private FileLock lock(long position, boolean shared, long start, Duration wait) throws IOException {
        for (FileLock lock = tryLock(position, shared); ; lock = tryLock(position, shared)) {
            if (lock != null) {
                if (!shared) {
                    leaveName();
                }
                return lock;
            }
            if (System.nanoTime() - start >= wait.toNanos()) {
                throw busy(wait, holder());
            }
            LockSupport.parkNanos(PAUSE_NANOS);
            if (Thread.currentThread().isInterrupted()) {
                throw interrupted(new InterruptedException());
            }
        }
    }

    private @Nullable FileLock tryLock(long position, boolean shared) throws IOException {
        try {
            return channel().tryLock(position, 1, shared);
        } catch (OverlappingFileLockException e) {
            return null; // Held through another class loader's copy of this class.
        }
    }

    /**
     * One channel is kept open as long as this object lives, because closing any channel on a file frees all locks that the
     * process has on it. It is opened anew only if the file was replaced. Nothing is read or written through it, because that
     * would close it if the thread were interrupted.
     */
    private synchronized FileChannel channel() throws IOException {
        FileChannel open = channel;
        Object key = key();
        if (open != null && open.isOpen() && key != null && Objects.equals(key, fileKey)) {
            return open;
        }
        if (open != null) {
            open.close();
        }
        open = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        channel = open;
        fileKey = key();
        return open;
    }

    /** What tells a file from another one at the same place; null if there is none. */
    private @Nullable Object key() throws IOException {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return attributes.fileKey() == null ? attributes.creationTime() : attributes.fileKey();
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /**
     * For the message of those who wait in vain; not being able to write it is no reason to fail, as on a full disk. Not in
     * the lock's own file: closing any other channel on that would free the locks.
     */
    private void leaveName() {
        try {
            Files.writeString(holder, "process " + ProcessHandle.current().pid());
        } catch (IOException e) {
            return;
        }
    }

    private String holder() {
        try {
            String name = Files.readString(holder);
            return name.matches("process [0-9]+") ? name : "another process";
        } catch (IOException e) {
            return "another process";
        }
    }

    private RegistryException busy(Duration wait, String holder) {
        return new RegistryException("registry is locked: waited " + wait.toMillis() + " ms for " + file
                + ", last taken by " + holder + "; expected it to be free; try again, or end what holds it");
    }

    private RegistryException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new RegistryException(
                "interrupted while waiting for " + file + "; nothing was changed; expected no interruption; call again",
                e);
    }
}
