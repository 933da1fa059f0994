package io.maas.registry;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.maas.error.RegistryException;
import io.maas.error.Require;
import io.maas.registry.RegistryEvent.Action;
import io.maas.registry.signing.VersionSignature;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One line of a model's log. A line that tells nothing but what lines of the first format can tell is one of these, so that
 * older versions of the library read as much as they can.
 *
 * @param sequence 1 for the first line
 * @param previous SHA-256 of the line before it
 */
record LogEntry(long sequence, Instant at, Body body, String previous) implements ChainedLog.Line {
    private static final long FORMAT = 2;

    /** Without who and why, tags, signatures and imports. */
    private static final long FIRST_FORMAT = 1;

    /**
     * What happened.
     *
     * @param version the version published, deleted, tagged, signed, or pointed at from then on
     * @param subject for a publication the digest of its manifest, for an alias or a tag its name, else empty
     * @param value what a tag is from then on, null if it was removed; what an imported version was called where it was exported,
     *     null if it was not imported; else null
     * @param signatures those that a publication has from the beginning, or the one that was added
     */
    record Body(
            Action action,
            int version,
            String subject,
            @Nullable String value,
            ImmutableList<VersionSignature> signatures,
            Change change) {
        Body(Action action, int version, String subject, Change change) {
            this(action, version, subject, null, ImmutableList.of(), change);
        }

        private long format() {
            boolean first = switch (action) {
                case PUBLISH, ALIAS, ROLLBACK, DELETE -> value == null && signatures.isEmpty();
                case TAG, SIGN -> false;
            };
            return first && change.equals(Change.unsaid()) ? FIRST_FORMAT : FORMAT;
        }
    }

    @Override
    public byte[] toJson() {
        Struct.Builder json = Struct.newBuilder()
                .putFields("seq", Json.value(sequence))
                .putFields("at", Json.value(at.toString()))
                .putFields("event", Json.value(word(body.action)))
                .putFields("version", Json.value(body.version))
                .putFields("previous", Json.value(previous));
        String subject = subject(body.action);
        if (!subject.isEmpty()) {
            json.putFields(subject, Json.value(body.subject));
        }
        if (body.format() != FIRST_FORMAT) {
            json.putFields("format", Json.value(FORMAT))
                    .putFields("who", Json.value(body.change.who()))
                    .putFields("why", Json.value(body.change.why()))
                    .putFields("value", Json.value(body.value))
                    .putFields("signatures", signatures(body.signatures));
        }
        return Json.write(json);
    }

    /** The name of the field that says what it is about; empty if there is none. */
    private static String subject(Action action) {
        return switch (action) {
            case PUBLISH -> "manifest";
            case ALIAS, ROLLBACK -> "alias";
            case TAG -> "tag";
            case DELETE, SIGN -> "";
        };
    }

    /** @throws RegistryException if the line is of a newer format */
    static LogEntry parse(byte[] line) {
        Json json = Json.parse(line);
        long format = json.names().contains("format") ? json.number("format") : FIRST_FORMAT;
        if (format > FORMAT) {
            throw new RegistryException("log of a model is of format " + format + ", expected at most " + FORMAT
                    + "; use a newer version of this library");
        }
        Require.that(format >= FIRST_FORMAT, "format", format, FIRST_FORMAT + " or " + FORMAT);
        Action action = action(json.text("event"));
        long version = json.number("version");
        Require.that(version == (int) version && version > 0, "version", version, "version > 0");
        String subject = subject(action);
        LogEntry entry = new LogEntry(
                json.number("seq"),
                instant(json.text("at")),
                new Body(
                        action,
                        (int) version,
                        subject.isEmpty() ? "" : json.text(subject),
                        format == FIRST_FORMAT ? null : json.nullableText("value"),
                        format == FIRST_FORMAT ? ImmutableList.of() : signatures(json),
                        format == FIRST_FORMAT ? Change.unsaid() : new Change(json.text("who"), json.text("why"))),
                json.text("previous"));
        json.end();
        Require.that(entry.body.format() <= format, "event", word(action), "an event of format " + format);
        return entry;
    }

    static Value signatures(List<VersionSignature> signatures) {
        return Json.list(signatures.stream()
                .map(each -> Json.object(Struct.newBuilder()
                        .putFields("key", Json.value(each.keyId()))
                        .putFields("signature", Json.value(each.value()))))
                .toList());
    }

    /** The signatures in the field of that name. */
    static ImmutableList<VersionSignature> signatures(Json json) {
        List<VersionSignature> signatures = new ArrayList<>();
        for (Json each : json.objects("signatures")) {
            signatures.add(new VersionSignature(each.text("key"), each.text("signature")));
            each.end();
        }
        return ImmutableList.copyOf(signatures);
    }

    private static String word(Action action) {
        return action.name().toLowerCase(Locale.ROOT);
    }

    private static Action action(String text) {
        return Arrays.stream(Action.values())
                .filter(action -> word(action).equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("event: " + Require.quote(text)
                        + " (expected: publish, alias, rollback, delete, tag or sign)"));
    }

    static Instant instant(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("at: " + Require.quote(text) + " (expected: a time in UTC)", e);
        }
    }
}
