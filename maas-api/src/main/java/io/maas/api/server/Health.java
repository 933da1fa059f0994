package io.maas.api.server;

import io.maas.api.wire.MetadataCodec;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Whether requests may come. A server that drains says no while it still answers, so that those who spread requests turn elsewhere; one
 * that listens before its models are in service says no until they are.
 *
 * <p>Thread-safe.
 */
final class Health {
    private final MetadataCodec codec = new MetadataCodec();
    private final Catalog catalog;
    private final CompletableFuture<?> preparation;
    private final AtomicBoolean draining = new AtomicBoolean();
    private final AtomicBoolean closing = new AtomicBoolean();
    private final Set<Runnable> streams = ConcurrentHashMap.newKeySet();

    /** @param preparation what must have ended well before requests may come */
    Health(Catalog catalog, CompletionStage<?> preparation) {
        this.catalog = catalog;
        this.preparation = preparation.toCompletableFuture();
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
        return obstacle() == null;
    }

    private @Nullable String obstacle() {
        if (draining.get()) {
            return "the server is being stopped";
        }
        if (!catalog.isOpen()) {
            return "the models are being closed";
        }
        if (!preparation.isDone()) {
            return "the models are being put into service";
        }
        return preparation.isCompletedExceptionally() ? "not all models could be put into service" : null;
    }

    Reply live() {
        return Reply.json(codec.writeHealth(true, isReady(), null));
    }

    Reply ready() {
        String obstacle = obstacle();
        return obstacle == null
                ? Reply.json(codec.writeHealth(true, true, null))
                : Reply.json(503, codec.writeHealth(true, false, "not ready: " + obstacle));
    }
}
