package io.maas.api.server;

import io.maas.api.wire.MetadataCodec;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Whether requests may come. A server that drains says no while it still answers, so that those who spread requests turn elsewhere.
 *
 * <p>Thread-safe.
 */
final class Health {
    private final MetadataCodec codec = new MetadataCodec();
    private final Catalog catalog;
    private final AtomicBoolean draining = new AtomicBoolean();
    private final AtomicBoolean closing = new AtomicBoolean();

    Health(Catalog catalog) {
        this.catalog = catalog;
    }

    void drain() {
        draining.set(true);
    }

    /** From now on no request is let in any more. */
    void close() {
        draining.set(true);
        closing.set(true);
    }

    boolean isClosing() {
        return closing.get();
    }

    boolean isReady() {
        return !draining.get() && catalog.isOpen();
    }

    Reply live() {
        return Reply.json(codec.writeHealth(true, isReady(), null));
    }

    Reply ready() {
        boolean ready = isReady();
        String why = draining.get() ? "the server is being stopped" : "the models are being closed";
        return Reply.json(ready ? 200 : 503, codec.writeHealth(true, ready, ready ? null : "not ready: " + why));
    }
}
