package io.maas.training.loop;

import io.maas.error.CheckpointException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a folder for one training at a time, among all of this machine. The operating system frees the lock of a process that dies.
 *
 * <p>Closes what it opened.
 */
final class FolderLock implements AutoCloseable {
    private static final String FILE = "lock";

    private final FileChannel channel;

    private FolderLock(FileChannel channel) {
        this.channel = channel;
    }

    /** @throws CheckpointException if another training has it */
    static FolderLock of(Path folder) throws IOException {
        FileChannel channel =
                FileChannel.open(folder.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = tryLock(channel);
        if (lock == null) {
            channel.close();
            throw new CheckpointException("checkpoints in " + folder
                    + ": locked by another training (expected: a folder of its own for each); wait for the other, or"
                    + " choose another folder");
        }
        return new FolderLock(channel);
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null; // A training of this process.
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
