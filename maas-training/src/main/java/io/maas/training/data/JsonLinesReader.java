package io.maas.training.data;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import java.io.CharConversionException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads a stream of flat JSON objects once, from its beginning to its end: a row each, a column for each key.
 *
 * <p>Not thread-safe.
 */
final class JsonLinesReader {
    private static final int MAX_NAME = 1 << 12;
    private static final int MAX_DIGITS = 1 << 10;

    private final String source;
    private final ReadOptions options;
    private final JsonParser json;
    private final TableWriter writer;
    private final Map<String, Key> keys = new HashMap<>();
    private boolean again;

    /** A column, and the row that has a cell in it. */
    private static final class Key {
        private final ColumnSink sink;
        private int row = -1;

        Key(ColumnSink sink) {
            this.sink = sink;
        }
    }

    private JsonLinesReader(String source, ReadOptions options, JsonParser json, TableWriter writer) {
        this.source = source;
        this.options = options;
        this.json = json;
        this.writer = writer;
    }

    static Table read(Source source, ReadOptions options) throws IOException {
        String settings = "json lines, " + options.withoutCache();
        return Passes.read(source, options, settings, (stream, writer) -> run(source, options, stream, writer));
    }

    private static void run(Source source, ReadOptions options, InputStream stream, TableWriter writer)
            throws IOException {
        JsonFactory factory = JsonFactory.builder()
                .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxStringLength(options.maxCellBytes())
                        .maxNameLength(MAX_NAME)
                        .maxNumberLength(MAX_DIGITS)
                        .maxNestingDepth(2)
                        .build())
                .build();
        try (JsonParser json = parser(factory, source, stream)) {
            JsonLinesReader reader = new JsonLinesReader(source.name(), options, json, writer);
            try {
                reader.run();
            } catch (JacksonException | CharConversionException e) {
                throw new InvalidInputException(
                        reader.row() + ": " + reason(e) + " (expected: one JSON object a line)", e);
            }
        }
    }

    /** Looks at the first bytes, which say how text is encoded. */
    private static JsonParser parser(JsonFactory factory, Source source, InputStream stream) throws IOException {
        try {
            return factory.createParser(stream);
        } catch (CharConversionException e) {
            throw new InvalidInputException(
                    source.name() + ": " + reason(e) + " (expected: one JSON object a line, in UTF-8)", e);
        }
    }

    /** In words of its own: the parser's speak of its settings, to which nobody here has a way. */
    private static String reason(IOException e) {
        if (e instanceof StreamConstraintsException) {
            return "a name, a text or a number that is too long";
        }
        if (e instanceof JsonEOFException) {
            return "the end within an object";
        }
        return e instanceof JacksonException json
                ? "no JSON near column " + json.getLocation().getColumnNr()
                : "bytes of an encoding that is not known";
    }

    private void run() throws IOException {
        for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
            if (token != JsonToken.START_OBJECT) {
                throw new InvalidInputException(
                        row() + ": " + what(token)
                                + " (expected: one JSON object a line); write each row on a line of its own, without commas between");
            }
            readObject();
            writer.endRow();
            if (again && !writer.isDiscarding()) {
                writer.discard();
            }
        }
        if (writer.rows() == 0 || keys.isEmpty()) {
            throw new InvalidInputException(source + ": no rows (expected: at least one JSON object with a key)");
        }
        for (String name : options.types().keySet()) {
            if (!keys.containsKey(name)) {
                throw new InvalidInputException(
                        source + ": no key " + Require.quote(name) + ", whose type is declared (expected: one of "
                                + writer.sinks().stream().map(ColumnSink::name).toList() + ")");
            }
        }
    }

    private void readObject() throws IOException {
        int row = writer.rows();
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String name = json.currentName();
            Key key = keys.get(name);
            if (key == null) {
                key = add(name);
            }
            if (key.row == row) {
                throw new InvalidInputException(where(key.sink) + ": the key twice (expected: each key once)");
            }
            key.row = row;
            if (!take(key.sink, json.nextToken())) {
                throw refusal(key.sink);
            }
        }
        for (Key key : keys.values()) {
            if (key.row != row && !key.sink.missing()) {
                throw new InvalidInputException(
                        where(key.sink) + ": missing (expected: an integer); declare the column as NUMBER");
            }
        }
    }

    private Key add(String name) {
        Key key = new Key(writer.add(name));
        if (key.sink.type() == ColumnType.INTEGER && writer.rows() > 0) {
            throw new InvalidInputException(where(key.sink)
                    + ": missing in the rows before (expected: an integer); declare the column as NUMBER");
        }
        keys.put(name, key);
        return key;
    }

    private boolean take(ColumnSink sink, JsonToken token) throws IOException {
        return switch (token) {
            case VALUE_NULL -> sink.missing();
            case VALUE_STRING -> takeText(sink, json.getText());
            case VALUE_TRUE, VALUE_FALSE ->
                sink.isText() ? text(sink, json.getText()) : sink.integer(token == JsonToken.VALUE_TRUE ? 1 : 0);
            case VALUE_NUMBER_INT -> sink.isText() ? text(sink, json.getText()) : takeInteger(sink);
            case VALUE_NUMBER_FLOAT -> sink.isText() ? text(sink, json.getText()) : takeNumber(sink);
            default ->
                throw new InvalidInputException(
                        where(sink) + ": " + what(token)
                                + " (expected: a number, a text, true, false or null); flatten the object, or leave the key out");
        };
    }

    private boolean takeText(ColumnSink sink, String value) {
        return options.missing().contains(value.strip()) ? sink.missing() : text(sink, value);
    }

    private boolean text(ColumnSink sink, String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        boolean taken = sink.text(bytes, 0, bytes.length);
        again |= sink.again();
        return taken;
    }

    private boolean takeInteger(ColumnSink sink) throws IOException {
        if (json.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
            sink.inexact(rounding(sink, json.getText()));
            return takeNumber(sink);
        }
        long value = json.getLongValue();
        if ((long) (double) value != value || value == Long.MAX_VALUE) {
            sink.inexact(rounding(sink, json.getText()));
        }
        return sink.integer(value);
    }

    private boolean takeNumber(ColumnSink sink) throws IOException {
        double value = json.getDoubleValue();
        if (Double.isFinite(value)) {
            return sink.number(value);
        }
        String message =
                where(sink) + ": " + Require.quote(json.getText()) + " (expected: a finite number); correct it";
        return sink.notFinite(() -> message);
    }

    private Supplier<String> rounding(ColumnSink sink, String text) {
        return () -> where(sink) + ": " + Require.quote(text) + CellReader.ROUNDING;
    }

    private InvalidInputException refusal(ColumnSink sink) throws IOException {
        boolean integer = sink.type() == ColumnType.INTEGER;
        return new InvalidInputException(where(sink) + ": " + Require.quote(json.getText()) + " (expected: "
                + (integer ? "an integer" : "a number") + "); correct the value, or declare the column as "
                + (integer ? "NUMBER or TEXT" : "TEXT"));
    }

    private static String what(@Nullable JsonToken token) {
        if (token == null) {
            return "nothing";
        }
        return switch (token) {
            case START_ARRAY -> "an array";
            case START_OBJECT -> "an object";
            default -> "a value";
        };
    }

    private String row() {
        return source + ", line " + json.currentTokenLocation().getLineNr() + ", row " + writer.rows();
    }

    private String where(ColumnSink sink) {
        return row() + ", key " + Require.quote(sink.name());
    }
}
