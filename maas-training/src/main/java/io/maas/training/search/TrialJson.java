package io.maas.training.search;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.maas.error.Require;
import io.maas.training.search.Ladder.Job;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The lines of a search log as JSON. */
final class TrialJson {
    private static final long FORMAT = 1;
    private static final JsonFactory JSON = new JsonFactory();

    private interface Body {
        void write(JsonGenerator out) throws IOException;
    }

    private TrialJson() {}

    // ---- writing

    static byte[] header(Map<String, String> identity) throws IOException {
        return object(out -> {
            out.writeNumberField("format", FORMAT);
            out.writeObjectFieldStart("search");
            for (Map.Entry<String, String> each : identity.entrySet()) {
                out.writeStringField(each.getKey(), each.getValue());
            }
            out.writeEndObject();
        });
    }

    static byte[] line(Entry entry) throws IOException {
        return object(out -> {
            out.writeNumberField("trial", entry.job().trial());
            out.writeNumberField("rung", entry.job().rung());
            out.writeNumberField("budget", entry.budget());
            values(out, "settings", entry.settings().toMap());
            value(out, "score", entry.outcome().score());
            value(out, "reason", entry.outcome().reason());
            out.writeNumberField("seconds", entry.seconds());
            out.writeNumberField("at", entry.at());
            values(out, "figures", entry.outcome().figures());
            out.writeArrayFieldStart("marks");
            for (Mark mark : entry.outcome().marks()) {
                out.writeStartArray();
                out.writeNumber(mark.budget());
                out.writeNumber(mark.score());
                out.writeEndArray();
            }
            out.writeEndArray();
        });
    }

    private static byte[] object(Body body) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator out = JSON.createGenerator(bytes)) {
            out.writeStartObject();
            body.write(out);
            out.writeEndObject();
        }
        return bytes.toByteArray();
    }

    private static void values(JsonGenerator out, String name, Map<String, ?> values) throws IOException {
        out.writeObjectFieldStart(name);
        for (Map.Entry<String, ?> each : values.entrySet()) {
            value(out, each.getKey(), each.getValue());
        }
        out.writeEndObject();
    }

    private static void value(JsonGenerator out, String name, @Nullable Object value) throws IOException {
        if (value instanceof Double number) {
            out.writeNumberField(name, number);
        } else if (value instanceof Long number) {
            out.writeNumberField(name, number);
        } else if (value == null) {
            out.writeNullField(name);
        } else {
            out.writeStringField(name, value.toString());
        }
    }

    // ---- reading

    static Map<String, String> identity(byte[] line) throws IOException {
        Map<?, ?> header = object(line);
        long format = whole(header, "format");
        Require.that(format == FORMAT, "format", format, String.valueOf(FORMAT));
        Map<String, String> identity = new LinkedHashMap<>();
        Map<?, ?> search = get(header, "search", Map.class);
        search.forEach((name, text) -> identity.put((String) name, (String) text));
        return identity;
    }

    static Entry entry(byte[] line) throws IOException {
        Map<?, ?> read = object(line);
        Map<?, ?> chosen = get(read, "settings", Map.class);
        Map<String, Object> settings = new LinkedHashMap<>();
        chosen.forEach((name, value) -> settings.put((String) name, value));
        Map<?, ?> measured = get(read, "figures", Map.class);
        Map<String, Double> figures = new LinkedHashMap<>();
        measured.forEach((name, value) -> figures.put((String) name, real(value)));
        Object score = read.get("score");
        Outcome outcome =
                new Outcome(score == null ? null : real(score), (String) read.get("reason"), figures, marks(read));
        return new Entry(
                new Job(whole(read, "trial"), whole(read, "rung")),
                Settings.copyOf(settings),
                whole(read, "budget"),
                outcome,
                real(get(read, "seconds", Object.class)),
                real(get(read, "at", Object.class)));
    }

    private static List<Mark> marks(Map<?, ?> read) {
        List<?> all = get(read, "marks", List.class);
        List<Mark> marks = new ArrayList<>();
        for (Object each : all) {
            List<?> mark = (List<?>) each;
            marks.add(new Mark(Math.toIntExact((Long) mark.get(0)), real(mark.get(1))));
        }
        return marks;
    }

    private static int whole(Map<?, ?> object, String name) {
        return Math.toIntExact(get(object, name, Long.class));
    }

    /** NaN and infinities stand as texts: JSON has no numbers for them. */
    private static double real(Object value) {
        return value instanceof Number number ? number.doubleValue() : Double.parseDouble((String) value);
    }

    private static <T> T get(Map<?, ?> object, String name, Class<T> type) {
        Object value = object.get(name);
        if (!type.isInstance(value)) {
            throw new IllegalArgumentException("field \"" + name + "\": " + value + " (expected: a "
                    + type.getSimpleName().toLowerCase(Locale.ROOT) + ")");
        }
        return type.cast(value);
    }

    private static Map<?, ?> object(byte[] line) throws IOException {
        try (JsonParser in = JSON.createParser(line)) {
            in.nextToken();
            Object value = value(in);
            if (!(value instanceof Map<?, ?> object) || in.nextToken() != null) {
                throw new IllegalArgumentException("not one JSON object");
            }
            return object;
        }
    }

    private static @Nullable Object value(JsonParser in) throws IOException {
        JsonToken token = in.currentToken();
        if (token == JsonToken.START_OBJECT) {
            Map<String, @Nullable Object> object = new LinkedHashMap<>();
            for (String name = in.nextFieldName(); name != null; name = in.nextFieldName()) {
                in.nextToken();
                object.put(name, value(in));
            }
            return object;
        }
        if (token == JsonToken.START_ARRAY) {
            List<@Nullable Object> list = new ArrayList<>();
            while (in.nextToken() != JsonToken.END_ARRAY) {
                list.add(value(in));
            }
            return list;
        }
        if (token == JsonToken.VALUE_NUMBER_INT) {
            return in.getLongValue();
        }
        if (token == JsonToken.VALUE_NUMBER_FLOAT) {
            return in.getDoubleValue();
        }
        return token == JsonToken.VALUE_STRING ? in.getText() : null;
    }
}
