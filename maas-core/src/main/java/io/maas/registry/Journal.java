package io.maas.registry;

import com.google.common.collect.ImmutableMap;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * What happened to each model outside of the registry, in order: an entry is added and never changed. Deployments keep theirs
 * here, each entry with all that is deployed after it.
 *
 * <p>Thread-safe. What {@link #append} has returned from is as durable as the journal is. Every method throws {@link
 * io.maas.error.RegistryException} if the journal fails or is damaged.
 */
public interface Journal {
    /**
     * The field of an entry that says which versions requests come to from then on: their numbers with commas between them, none if it
     * is empty. A registry over the same store refuses to delete them.
     */
    String IN_SERVICE = "in-service";

    /**
     * One entry.
     *
     * @param at when it was added, by the journal's clock
     * @param event what happened, in a word
     * @param fields the rest, by name
     */
    record Entry(Instant at, String event, Map<String, String> fields) {
        public Entry {
            fields = ImmutableMap.copyOf(fields);
        }
    }

    /** The models with an entry, sorted. */
    List<String> models();

    /** All entries of a model, oldest first; none if nothing happened to it. */
    List<Entry> entries(String model);

    /** Adds an entry: afterwards it is there as a whole, or after an exception or the end of the process perhaps not at all. */
    void append(String model, String event, Map<String, String> fields);

    /** A journal that ends with the process, and keeps the last 1,000 entries of each model. */
    static Journal inMemory(Clock clock) {
        return new MemoryJournal(clock);
    }
}
