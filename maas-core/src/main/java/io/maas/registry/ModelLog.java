package io.maas.registry;

import io.maas.error.RegistryException;
import java.io.IOException;
import java.time.Instant;
import java.util.List;

/**
 * The log of what was published, and what it adds up to.
 *
 * <p>Thread-safe for readers. A writer is in a write section of the store.
 */
final class ModelLog {
    private final String model;
    private final ChainedLog<LogEntry> log;

    ModelLog(RegistryStore store, String model) {
        this.model = model;
        this.log = new ChainedLog<>(store, new LogName(LogName.Kind.MODEL, model), LogEntry::parse);
    }

    /**
     * The state now.
     *
     * @param known a state seen before, from which only the rest of the log is read
     * @throws RegistryException if the log is damaged
     */
    ModelState read(ModelState known) throws IOException {
        Head now = log.head();
        if (now.equals(known.head())) {
            return known;
        }
        if (now.bytes() > known.head().bytes()) {
            try {
                return read(known, now);
            } catch (RegistryException e) {
                // Perhaps not damaged but another one, restored from a backup while this process ran: read all of it.
                return read(ModelState.empty(model), now);
            }
        }
        return read(ModelState.empty(model), now);
    }

    private ModelState read(ModelState base, Head now) throws IOException {
        List<LogEntry> entries = log.lines(base.head(), now);
        try {
            return base.after(entries, now);
        } catch (IllegalArgumentException e) {
            throw log.damaged(String.valueOf(e.getMessage()), e);
        }
    }

    /**
     * Adds an entry durably.
     *
     * @param state the state now, read in the same write section
     * @return the state after it
     */
    ModelState append(ModelState state, Instant at, LogEntry.Event event, int version, String subject)
            throws IOException {
        Head old = state.head();
        LogEntry entry = new LogEntry(old.sequence() + 1, at, event, version, subject, old.digest());
        // First, so that nothing is written that does not add up.
        ModelState after = state.after(List.of(entry), old.after(entry.toJson()));
        log.append(old, entry);
        return after;
    }

    /** Makes durable what another process may have written and not have synchronised before it died. */
    void sync() throws IOException {
        log.sync();
    }
}
