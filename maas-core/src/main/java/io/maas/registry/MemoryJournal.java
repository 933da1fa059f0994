package io.maas.registry;

import com.google.common.collect.EvictingQueue;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** The last entries of each model, on the heap. */
final class MemoryJournal implements Journal {
    /** So that a process that lives long does not keep all that ever happened. */
    static final int KEPT = 1000;

    private final Clock clock;
    private final SortedMap<String, EvictingQueue<Entry>> byModel = new TreeMap<>();

    MemoryJournal(Clock clock) {
        this.clock = clock;
    }

    @Override
    public synchronized List<String> models() {
        return List.copyOf(byModel.keySet());
    }

    @Override
    public synchronized List<Entry> entries(String model) {
        EvictingQueue<Entry> kept = byModel.get(model);
        return kept == null ? List.of() : List.copyOf(kept);
    }

    @Override
    public synchronized void append(String model, String event, Map<String, String> fields) {
        byModel.computeIfAbsent(Names.model(model), fresh -> EvictingQueue.create(KEPT))
                .add(new Entry(clock.instant(), event, fields));
    }
}
