package io.maas.registry;

import io.maas.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** A disk that does not wait for its platters, for tests of thousands of writes that simulate the failures themselves. */
final class UnsyncedDisk implements Storage {
    private final Storage disk = Storage.disk();
    private int syncs;

    /** How often it was to wait since this was asked before. */
    int syncs() {
        int counted = syncs;
        syncs = 0;
        return counted;
    }

    @Override
    public Output open(Path file) throws IOException {
        Output output = disk.open(file);
        return new Output() {
            @Override
            public void write(ByteBuffer bytes, long position) throws IOException {
                output.write(bytes, position);
            }

            @Override
            public void truncate(long size) throws IOException {
                output.truncate(size);
            }

            @Override
            public void sync() {
                syncs++;
            }

            @Override
            public void close() throws IOException {
                output.close();
            }
        };
    }

    @Override
    public void createDirectory(Path directory) throws IOException {
        disk.createDirectory(directory);
    }

    @Override
    public void protect(Path file) throws IOException {
        disk.protect(file);
    }

    @Override
    public void move(Path from, Path to) throws IOException {
        disk.move(from, to);
    }

    @Override
    public void delete(Path file) throws IOException {
        disk.delete(file);
    }

    @Override
    public void syncDirectory(Path directory) {
        syncs++;
    }
}
