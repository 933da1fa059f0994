package io.maas.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Everything that changes a disk. Nothing is durable before it is synchronised: the bytes of a file
 * by {@link Output#sync}, the names in a folder by {@link #syncDirectory}. Tests stand in for it to fail, or lose what was
 * not synchronised, at any one of these calls; reading goes past it.
 *
 * <p>Thread-safe. An exception names the path.
 */
public interface Storage {
    /** A disk of this machine. */
    static Storage disk() {
        return new DiskStorage();
    }

    /** One file open for writing. */
    interface Output extends Closeable {
        void write(ByteBuffer bytes, long position) throws IOException;

        void truncate(long size) throws IOException;

        void sync() throws IOException;
    }

    /** Opens a file, which is made if it is not there. */
    Output open(Path file) throws IOException;

    /** Makes a folder in a folder that is there; nothing happens if it is there itself. */
    void createDirectory(Path directory) throws IOException;

    /** Guards a file against writing by mistake. */
    void protect(Path file) throws IOException;

    /** Renames a file at one stroke, in place of another one if there is one. */
    void move(Path from, Path to) throws IOException;

    void delete(Path file) throws IOException;

    void syncDirectory(Path directory) throws IOException;

    /** Makes a folder and those that it lies in, durably; nothing happens if it is there itself. */
    default void createDirectories(Path directory) throws IOException {
        Deque<Path> missing = new ArrayDeque<>();
        for (Path path = directory.toAbsolutePath().normalize(); path != null && !Files.exists(path); ) {
            missing.push(path);
            path = path.getParent();
        }
        for (Path path : missing) {
            createDirectory(path);
            syncDirectory(path.resolveSibling(""));
        }
    }
}
