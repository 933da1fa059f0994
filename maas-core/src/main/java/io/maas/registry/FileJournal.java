package io.maas.registry;

import com.google.protobuf.Struct;
import io.maas.storage.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Entries in a registry's folder, kept as it keeps its own log and written under its lock. */
final class FileJournal implements Journal {
    private final StoreFolder folder;
    private final Storage storage;
    private final FileModelRegistry.Writer writer;
    private final Clock clock;

    FileJournal(StoreFolder folder, Storage storage, FileModelRegistry.Writer writer, Clock clock) {
        this.folder = folder;
        this.storage = storage;
        this.writer = writer;
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
        Path place = folder.deployments().resolve(Names.model(model));
        return new ChainedLog<>(storage, JournalLine::parse, model, place, folder.temporary());
    }

    @Override
    public List<String> models() {
        return FileModelRegistry.io(folder.root(), "list what is deployed", () -> {
            List<String> found = new ArrayList<>();
            if (Files.isDirectory(folder.deployments())) {
                for (String model : StoreFolder.models(folder.deployments())) {
                    if (Files.exists(folder.deployments().resolve(model).resolve(ChainedLog.HEAD))) {
                        found.add(model);
                    }
                }
            }
            return List.copyOf(found);
        });
    }

    @Override
    public List<Entry> entries(String model) {
        ChainedLog<JournalLine> log = log(model);
        return FileModelRegistry.io(folder.root(), "read what happened to deployment " + model, () -> {
            Head head = log.head();
            return head == null
                    ? List.of()
                    : log.lines(Head.empty(model), head).stream()
                            .map(JournalLine::entry)
                            .toList();
        });
    }

    @Override
    public void append(String model, String event, Map<String, String> fields) {
        ChainedLog<JournalLine> log = log(model);
        writer.write("record a change of deployment " + model, () -> append(log, model, event, fields));
    }

    private Head append(ChainedLog<JournalLine> log, String model, String event, Map<String, String> fields)
            throws IOException {
        storage.createDirectory(folder.deployments());
        Head found = log.head();
        Head head = found == null ? Head.empty(model) : found;
        Entry entry = new Entry(clock.instant(), event, fields);
        return log.append(head, new JournalLine(head.sequence() + 1, entry, head.digest()));
    }
}
