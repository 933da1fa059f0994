package io.maas.registry;

import com.google.protobuf.Struct;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Entries in a registry's store, kept as it keeps its own log. */
final class StoredJournal implements Journal {
    private final StoreAccess store;
    private final Clock clock;

    StoredJournal(StoreAccess store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    /** One line of the log. */
    private record JournalLine(long sequence, Entry entry, String previous) implements ChainedLog.Line {
        @Override
        public byte[] toJson() {
            return Json.write(Struct.newBuilder()
                    .putFields("seq", Json.value(sequence))
                    .putFields("at", Json.value(entry.at().toString()))
                    .putFields("event", Json.value(entry.event()))
                    .putFields("fields", Json.texts(entry.fields()))
                    .putFields("previous", Json.value(previous)));
        }

        static JournalLine parse(byte[] line) {
            Json json = Json.parse(line);
            Instant at = LogEntry.instant(json.text("at"));
            Entry entry = new Entry(at, json.text("event"), json.texts("fields"));
            JournalLine parsed = new JournalLine(json.number("seq"), entry, json.text("previous"));
            json.end();
            return parsed;
        }
    }

    private ChainedLog<JournalLine> log(String model) {
        return new ChainedLog<>(store.store(), new LogName(LogName.Kind.DEPLOYMENT, model), JournalLine::parse);
    }

    @Override
    public List<String> models() {
        return store.read("list what is deployed", () -> {
            List<String> found = new ArrayList<>();
            for (String model : store.names(LogName.Kind.DEPLOYMENT)) {
                if (log(model).head().sequence() > 0) {
                    found.add(model);
                }
            }
            return List.copyOf(found);
        });
    }

    @Override
    public List<Entry> entries(String model) {
        ChainedLog<JournalLine> log = log(model);
        return store.read("read what happened to deployment " + model, () -> {
            List<JournalLine> lines = log.lines(Head.empty(model), log.head());
            return lines.stream().map(JournalLine::entry).toList();
        });
    }

    @Override
    public void append(String model, String event, Map<String, String> fields) {
        ChainedLog<JournalLine> log = log(model);
        store.write("record a change of deployment " + model, () -> append(log, event, fields));
    }

    private Entry append(ChainedLog<JournalLine> log, String event, Map<String, String> fields) throws IOException {
        Head head = log.head();
        Entry entry = new Entry(clock.instant(), event, fields);
        log.append(head, new JournalLine(head.sequence() + 1, entry, head.digest()));
        return entry;
    }
}
