package io.maas.api.security;

import com.google.common.base.Ticker;
import com.google.common.collect.ImmutableMap;
import io.maas.api.wire.Documents;
import io.maas.error.InvalidInputException;
import io.maas.error.MaasException;
import io.maas.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.DateTimeException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Keys in one file, which is replaced as a whole by a rename: readers see the keys before a change or those after it, also after a loss of
 * power. Writers of all processes take turns by a lock on a file beside it.
 *
 * <p>Thread-safe.
 */
final class KeyFile {
    private static final long WAIT_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final Path file;
    private final Storage storage;
    private final FileView<ImmutableMap<String, StoredKey>> view;

    KeyFile(Path file, Storage storage, Ticker ticker) {
        this.file = file.toAbsolutePath();
        this.storage = storage;
        this.view = new FileView<>(this.file, KeyFile::parse, ticker);
    }

    /** By their ids, in the order in which they were issued. */
    ImmutableMap<String, StoredKey> keys() {
        return view.get();
    }

    /** Replaces the keys by what becomes of them. */
    synchronized void update(UnaryOperator<ImmutableMap<String, StoredKey>> change) {
        try {
            storage.createDirectories(file.resolveSibling(""));
            try (FileChannel channel =
                            FileChannel.open(sibling(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock lock = lock(channel)) {
                lock.acquiredBy();
                write(change.apply(view.refresh()));
                view.refresh();
            }
        } catch (IOException e) {
            throw new MaasException(file + " cannot be written; no key was changed", e);
        }
    }

    /** Waits for other processes, and for others of this process, which the system's lock does not keep waiting. */
    private FileLock lock(FileChannel channel) throws IOException {
        long start = System.nanoTime();
        while (System.nanoTime() - start < WAIT_NANOS) {
            FileLock lock = tryLock(channel);
            if (lock != null) {
                return lock;
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        throw new MaasException(file + " is being written by somebody else; no key was changed");
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    private void write(ImmutableMap<String, StoredKey> keys) throws IOException {
        byte[] document = Documents.write(new StoredKey.All(1, List.copyOf(keys.values())));
        Path next = sibling(".new");
        storage.delete(next);
        try (Storage.Output output = storage.open(next)) {
            if (next.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                Files.setPosixFilePermissions(next, PosixFilePermissions.fromString("rw-------"));
            }
            output.write(ByteBuffer.wrap(document), 0);
            output.sync();
        }
        storage.move(next, file);
        storage.syncDirectory(file.resolveSibling(""));
    }

    private Path sibling(String suffix) {
        return file.resolveSibling(file.getFileName() + suffix);
    }

    static ImmutableMap<String, StoredKey> parse(byte @Nullable [] bytes) {
        if (bytes == null) {
            return ImmutableMap.of();
        }
        try {
            ImmutableMap.Builder<String, StoredKey> keys = ImmutableMap.builder();
            Documents.read(bytes, StoredKey.All.class).keys().forEach(key -> {
                key.check();
                keys.put(key.id(), key);
            });
            return keys.buildOrThrow();
        } catch (InvalidInputException | IllegalArgumentException | DateTimeException e) {
            throw new MaasException("the file of keys is broken (expected: one that was written here)", e);
        }
    }
}
