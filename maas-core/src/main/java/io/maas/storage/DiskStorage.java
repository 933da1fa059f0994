package io.maas.storage;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** A disk of this machine. */
final class DiskStorage implements Storage {
    private static final boolean WINDOWS = File.separatorChar == '\\';

    @Override
    public Output open(Path file) throws IOException {
        return new DiskOutput(file, FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE));
    }

    @Override
    public void createDirectory(Path directory) throws IOException {
        try {
            Files.createDirectory(directory);
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(directory)) {
                throw e;
            }
        }
    }

    @Override
    public void protect(Path file) throws IOException {
        if (!file.toFile().setReadOnly()) {
            throw new FileSystemException(file.toString(), null, "cannot be made read-only");
        }
    }

    @Override
    public void move(Path from, Path to) throws IOException {
        unprotect(to);
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public void delete(Path file) throws IOException {
        unprotect(file);
        Files.deleteIfExists(file);
    }

    /** Windows neither replaces nor deletes a read-only file. */
    private static void unprotect(Path file) throws IOException {
        if (WINDOWS && Files.exists(file) && !file.toFile().setWritable(true)) {
            throw new FileSystemException(file.toString(), null, "cannot be made writable");
        }
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        if (WINDOWS) {
            return; // It has no such call; its file systems keep names in a journal.
        }
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            throw at(directory, e);
        }
    }

    private static IOException at(Path path, IOException e) {
        if (e instanceof FileSystemException) {
            return e;
        }
        FileSystemException named = new FileSystemException(
                path.toString(), null, e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage());
        named.initCause(e);
        return named;
    }

    private static final class DiskOutput implements Output {
        private final Path file;
        private final FileChannel channel;

        DiskOutput(Path file, FileChannel channel) {
            this.file = file;
            this.channel = channel;
        }

        @Override
        public void write(ByteBuffer bytes, long position) throws IOException {
            try {
                for (long at = position; bytes.hasRemaining(); ) {
                    at += channel.write(bytes, at);
                }
            } catch (IOException e) {
                throw at(file, e);
            }
        }

        @Override
        public void truncate(long size) throws IOException {
            try {
                channel.truncate(size);
            } catch (IOException e) {
                throw at(file, e);
            }
        }

        @Override
        public void sync() throws IOException {
            try {
                channel.force(true);
            } catch (IOException e) {
                throw at(file, e);
            }
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
