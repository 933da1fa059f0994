package io.maas.registry;

import com.google.common.collect.MapDifference;
import com.google.common.collect.Maps;
import java.io.Closeable;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out what has changed in a store by looking, for those that cannot tell by themselves: every 50 ms after a change, then
 * twice as rarely each time, and every second at least. A store that cannot be reached for a while is looked at again.
 *
 * <p>Thread-safe.
 */
public final class StorePoll implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(StorePoll.class);
    private static final long SHORTEST_MILLIS = 50;
    private static final long LONGEST_MILLIS = 1_000;

    private final Look look;
    private final RegistryStore.Listener listener;
    private boolean closed;
    private boolean woken;

    private StorePoll(Look look, RegistryStore.Listener listener) {
        this.look = look;
        this.listener = listener;
    }

    /** One look at a store. */
    @FunctionalInterface
    public interface Look {
        /** For each log something that is equal until the log changes, such as a head or an ETag. */
        Map<LogName, ?> marks() throws IOException;
    }

    /**
     * Begins to look, once before it returns.
     *
     * @return what ends it when it is closed
     * @throws IOException if the first look fails
     */
    public static StorePoll start(Look look, RegistryStore.Listener listener) throws IOException {
        StorePoll poll = new StorePoll(look, listener);
        Map<LogName, ?> first = look.marks();
        Thread thread = new Thread(() -> poll.run(first), "maas-registry-watch");
        thread.setDaemon(true);
        thread.start();
        return poll;
    }

    /** A look at the head of every log. One that is damaged is looked at as the damage it is. */
    static Map<LogName, ?> heads(RegistryStore store) throws IOException {
        Map<LogName, Object> heads = new HashMap<>();
        for (LogName.Kind kind : LogName.Kind.values()) {
            for (String name : store.names(kind)) {
                if (Names.isModel(name)) {
                    LogName log = new LogName(kind, name);
                    heads.put(log, head(store, log));
                }
            }
        }
        return heads;
    }

    private static Object head(RegistryStore store, LogName log) throws IOException {
        try {
            return store.head(log);
        } catch (IllegalArgumentException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private void run(Map<LogName, ?> first) {
        Map<LogName, ?> before = first;
        boolean failing = false;
        for (long pause = SHORTEST_MILLIS; pause(pause); pause = Math.min(2 * pause, LONGEST_MILLIS)) {
            try {
                Map<LogName, ?> now = look.marks();
                if (!now.equals(before)) {
                    tell(Maps.<LogName, Object>difference(before, now));
                    pause = SHORTEST_MILLIS / 2;
                }
                before = now;
                failing = false;
            } catch (IOException | RuntimeException e) {
                if (!failing) {
                    LOG.warn("the registry cannot be watched for now; trying again every second", e);
                }
                failing = true;
            }
        }
    }

    private void tell(MapDifference<LogName, Object> changes) {
        changes.entriesDiffering().keySet().forEach(this::tell);
        changes.entriesOnlyOnRight().keySet().forEach(this::tell);
        changes.entriesOnlyOnLeft().keySet().forEach(this::tell);
    }

    private void tell(LogName log) {
        synchronized (this) {
            if (closed) {
                return;
            }
        }
        try {
            listener.changed(log);
        } catch (RuntimeException e) {
            LOG.error("a listener of the registry failed for {}; it should not throw", log, e);
        }
    }

    /** False once it is closed. */
    private synchronized boolean pause(long millis) {
        long end = System.nanoTime() + millis * 1_000_000;
        try {
            for (long left = millis; !closed && !woken && left > 0; left = (end - System.nanoTime()) / 1_000_000) {
                wait(left);
            }
        } catch (InterruptedException e) {
            closed = true;
        }
        woken = false;
        return !closed;
    }

    /** Looks at once, for those that hear of changes but not reliably. */
    public synchronized void wake() {
        woken = true;
        notifyAll();
    }

    /** Ends it; the listener may still be hearing of a change that was seen before. */
    @Override
    public synchronized void close() {
        closed = true;
        notifyAll();
    }
}
