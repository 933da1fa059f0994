package io.maas.store.tck;

import io.maas.registry.LogName;
import io.maas.registry.RegistryStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;

/**
 * What every {@link RegistryStore} promises, and what a registry over it does for its users. A store's test class extends this and
 * says how to open the store and how to damage it.
 */
public abstract class RegistryStoreContract {
    private final List<RegistryStore> opened = Collections.synchronizedList(new ArrayList<>());

    /** For subclasses, which are test classes. */
    protected RegistryStoreContract() {}

    /**
     * Opens the store under test, at a place that is empty when a test begins and the same for all of one test, sharing as little
     * with those opened before as another process would. Garbage that nobody is publishing must go at once: a grace time, if there
     * is one, is zero here. The contract closes what it opens.
     */
    protected abstract RegistryStore newStore() throws IOException;

    /** Changes one byte of the last line of a log behind the store's back. */
    protected abstract void damage(LogName log) throws IOException;

    /** Replaces the bytes of a blob behind the store's back, or removes it. */
    protected abstract void replaceBlob(String sha256, byte @Nullable [] bytes) throws IOException;

    final RegistryStore open() throws IOException {
        RegistryStore store = newStore();
        opened.add(store);
        return store;
    }

    @AfterEach
    final void closeStores() throws IOException {
        for (RegistryStore store : List.copyOf(opened)) {
            store.close();
            store.close();
        }
        opened.clear();
    }

    /** Logs by themselves. */
    @Nested
    class Logs extends LogContract {
        Logs() {
            super(RegistryStoreContract.this);
        }
    }

    /** Blobs by themselves. */
    @Nested
    class Blobs extends BlobContract {
        Blobs() {
            super(RegistryStoreContract.this);
        }
    }

    /** Who hears of what. */
    @Nested
    class Watching extends WatchContract {
        Watching() {
            super(RegistryStoreContract.this);
        }
    }

    /** A registry over the store. */
    @Nested
    class Registries extends RegistryContract {
        Registries() {
            super(RegistryStoreContract.this);
        }
    }

    /** What is published and what of it stays. */
    @Nested
    class Publications extends PublicationContract {
        Publications() {
            super(RegistryStoreContract.this);
        }
    }

    /** Many writers at once. */
    @Nested
    class Concurrency extends ConcurrencyContract {
        Concurrency() {
            super(RegistryStoreContract.this);
        }
    }
}
