package io.maas.registry;

import io.maas.storage.ForwardingStorage;
import io.maas.storage.Storage;
import java.io.IOException;
import java.nio.file.Path;

/** A disk that does not wait for its platters, for tests of thousands of writes that simulate the failures themselves. */
final class UnsyncedDisk extends ForwardingStorage {
    private int syncs;

    UnsyncedDisk() {
        super(Storage.disk());
    }

    /** How often it was to wait since this was asked before. */
    int syncs() {
        int counted = syncs;
        syncs = 0;
        return counted;
    }

    @Override
    public Output open(Path file) throws IOException {
        return new ForwardingOutput(super.open(file)) {
            @Override
            public void sync() {
                syncs++;
            }
        };
    }

    @Override
    public void syncDirectory(Path directory) {
        syncs++;
    }
}
