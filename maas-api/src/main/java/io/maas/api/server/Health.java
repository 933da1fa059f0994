package io.maas.api.server;

import io.maas.api.wire.MetadataCodec;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
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
    private final Set<Runnable> streams = ConcurrentHashMap.newKeySet();

    Health(Catalog catalog) {
        this.catalog = catalog;
    }

    void drain() {
        draining.set(true);
        streams.forEach(Runnable::run);
    }

    /** What ends an answer that would go on without end, so that nobody waits for it when the server closes. */
    void onDrain(Runnable end) {
        streams.add(end);
        if (draining.get()) {
            end.run();
        }
    }

    void forget(Runnable end) {
        streams.remove(end);
    }

    /** From now on no request is let in any more. */
    void close() {
        drain();
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
