package io.maas.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * A storage that hands every call on to another one; subclasses change those that they are about.
 *
 * <p>As thread-safe as the other one.
 */
public abstract class ForwardingStorage implements Storage {
    private final Storage storage;

    /** @param storage what does the work */
    protected ForwardingStorage(Storage storage) {
        this.storage = storage;
    }

    /** A file that hands every call on to another one. */
    protected abstract static class ForwardingOutput implements Output {
        private final Output output;

        /** @param output what does the work; closed with this */
        protected ForwardingOutput(Output output) {
            this.output = output;
        }

        @Override
        public void write(ByteBuffer bytes, long position) throws IOException {
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
    }

    @Override
    public Output open(Path file) throws IOException {
        return storage.open(file);
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
