package io.maas.registry;

import com.google.protobuf.Struct;
import io.maas.error.Require;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;

/**
 * One line of a model's log.
 *
 * @param sequence 1 for the first line
 * @param version the version published, deleted, or pointed at from then on
 * @param subject for a publication the digest of its manifest, for an alias its name, else empty
 * @param previous SHA-256 of the line before it
 */
record LogEntry(long sequence, Instant at, Event event, int version, String subject, String previous)
        implements ChainedLog.Line {
    enum Event {
        PUBLISH("manifest"),
        ALIAS("alias"),
        /** An alias that was pointed back: what it pointed at since then is forgotten by the next one. */
        ROLLBACK("alias"),
        DELETE("");

        private final String field;

        Event(String field) {
            this.field = field;
        }
    }

    @Override
    public byte[] toJson() {
        Struct.Builder json = Struct.newBuilder()
                .putFields("seq", Json.value(sequence))
                .putFields("at", Json.value(at.toString()))
                .putFields("event", Json.value(event.name().toLowerCase(Locale.ROOT)))
                .putFields("version", Json.value(version))
                .putFields("previous", Json.value(previous));
        if (!event.field.isEmpty()) {
            json.putFields(event.field, Json.value(subject));
        }
        return Json.write(json);
    }

    static LogEntry parse(byte[] line) {
        Json json = Json.parse(line);
        Event event = event(json.text("event"));
        long version = json.number("version");
        Require.that(version == (int) version && version > 0, "version", version, "version > 0");
        LogEntry entry = new LogEntry(
                json.number("seq"),
                instant(json.text("at")),
                event,
                (int) version,
                event.field.isEmpty() ? "" : json.text(event.field),
                json.text("previous"));
        json.end();
        return entry;
    }

    private static Event event(String text) {
        return Arrays.stream(Event.values())
                .filter(event -> event.name().toLowerCase(Locale.ROOT).equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "event: " + Require.quote(text) + " (expected: publish, alias, rollback or delete)"));
    }

    static Instant instant(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("at: " + Require.quote(text) + " (expected: a time in UTC)", e);
        }
    }
}
