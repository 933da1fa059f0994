package io.maas.api.job;

import io.maas.storage.ForwardingStorage;
import io.maas.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** A disk on which no file becomes longer than it may. Thread-safe. */
final class LimitedStorage extends ForwardingStorage {
    private final long limit;

    LimitedStorage(Storage storage, long limit) {
        super(storage);
        this.limit = limit;
    }

    @Override
    public Output open(Path file) throws IOException {
        return new ForwardingOutput(super.open(file)) {
            @Override
            public void write(ByteBuffer bytes, long position) throws IOException {
                if (position + bytes.remaining() > limit) {
                    throw new BudgetExceededException("checkpoint_bytes", position + bytes.remaining(), limit);
                }
                super.write(bytes, position);
            }
        };
    }
}
