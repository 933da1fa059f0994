package io.maas.registry;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Entries on the heap. */
final class MemoryJournal implements Journal {
    private final Clock clock;
    private final SortedMap<String, List<Entry>> byModel = new TreeMap<>();

    MemoryJournal(Clock clock) {
        this.clock = clock;
    }

    @Override
    public synchronized List<String> models() {
        return List.copyOf(byModel.keySet());
    }

    @Override
    public synchronized List<Entry> entries(String model) {
        return List.copyOf(byModel.getOrDefault(model, List.of()));
    }

    @Override
    public synchronized void append(String model, String event, Map<String, String> fields) {
        byModel.computeIfAbsent(Names.model(model), fresh -> new ArrayList<>())
                .add(new Entry(clock.instant(), event, fields));
    }
}
