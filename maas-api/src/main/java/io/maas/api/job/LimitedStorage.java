package io.maas.api.job;

import io.maas.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** A disk on which no file becomes longer than it may. Thread-safe. */
final class LimitedStorage implements Storage {
    private final Storage storage;
    private final long limit;

    LimitedStorage(Storage storage, long limit) {
        this.storage = storage;
        this.limit = limit;
    }

    @Override
    public Output open(Path file) throws IOException {
        Output output = storage.open(file);
        return new Output() {
            @Override
            public void write(ByteBuffer bytes, long position) throws IOException {
                if (position + bytes.remaining() > limit) {
                    throw new BudgetExceededException("checkpoint_bytes", position + bytes.remaining(), limit);
                }
                output.write(bytes, position);
            }

            @Override
            public void truncate(long size) throws IOException {
                output.truncate(size);
            }

            @Override
            public void sync() throws IOException {
                output.sync();
            }

            @Override
            public void close() throws IOException {
                output.close();
            }
        };
    }

    @Override
    public void createDirectory(Path directory) throws IOException {
        storage.createDirectory(directory);
    }

    @Override
    public void protect(Path file) throws IOException {
        storage.protect(file);
    }

    @Override
    public void move(Path from, Path to) throws IOException {
        storage.move(from, to);
    }

    @Override
    public void delete(Path file) throws IOException {
        storage.delete(file);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        storage.syncDirectory(directory);
    }
}
