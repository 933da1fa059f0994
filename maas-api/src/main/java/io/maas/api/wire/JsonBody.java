package io.maas.api.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import com.fasterxml.jackson.core.util.JsonParserDelegate;
import com.google.common.base.Utf8;
import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** JSON documents of one object, strictly by RFC 8259, and the small values in them. */
final class JsonBody {
    /** Deep enough for a tensor of the highest rank inside anything, shallow enough for every stack. */
    static final int MAX_DEPTH = 64;

    /** Of members in a whole document, to find out whether one is there twice: no request comes near. */
    private static final int MAX_MEMBERS = 100_000;

    interface Reading<T> {
        T from(JsonParser json) throws IOException;
    }

    interface Writing {
        void to(JsonGenerator json) throws IOException;
    }

    private JsonBody() {}

    static JsonFactory factory() {
        return JsonFactory.builder()
                .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
                .enable(StreamReadFeature.USE_FAST_BIG_NUMBER_PARSER)
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
                // UTF-8 only: positions in the bytes are needed, and RFC 8259 allows nothing else.
                .disable(JsonFactory.Feature.CHARSET_DETECTION)
                .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(MAX_DEPTH)
                        .maxStringLength(Integer.MAX_VALUE)
                        .build())
                .build();
    }

    /** Reads one object and nothing after it; the parser stands at its brace when {@code reading} starts. */
    static <T> T read(JsonFactory factory, byte[] body, Reading<T> reading) {
        return read(factory, Message.json(body), reading);
    }

    /** {@link #read(JsonFactory, byte[], Reading)} of the document at the beginning of a body. */
    static <T> T read(JsonFactory factory, Message body, Reading<T> reading) {
        if (!Utf8.isWellFormed(body.bytes(), 0, body.jsonLength())) { // The parser takes some of what is not.
            throw new InvalidInputException("body is not UTF-8 (expected: JSON by RFC 8259, which is)");
        }
        try (JsonParser json = new Counting(factory.createParser(body.bytes(), 0, body.jsonLength()))) {
            try {
                if (json.nextToken() != JsonToken.START_OBJECT) {
                    throw new InvalidInputException(
                            body.jsonLength() == 0
                                    ? "body is empty (expected: a JSON object)"
                                    : "body is something else than a JSON object (expected: one that starts with {)");
                }
                T value = reading.from(json);
                if (json.nextToken() != null) {
                    throw new InvalidInputException("body goes on after the JSON object"
                            + at(json.currentTokenLocation()) + " (expected: nothing but white space)");
                }
                return value;
            } catch (IOException e) {
                throw malformed(e, json.currentLocation());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Refuses documents of so many members that to remember their names takes many times the memory of the document. */
    private static final class Counting extends JsonParserDelegate {
        private int members;

        Counting(JsonParser json) {
            super(json);
        }

        @Override
        public JsonToken nextToken() throws IOException {
            JsonToken token = delegate.nextToken();
            if (token == JsonToken.FIELD_NAME && ++members > MAX_MEMBERS) {
                throw new InvalidInputException("body has too many members" + at(delegate.currentTokenLocation())
                        + " (expected: at most " + MAX_MEMBERS + ")");
            }
            return token;
        }

        @Override
        public JsonParser skipChildren() throws IOException {
            if (currentToken() != null && currentToken().isStructStart()) {
                for (int depth = 1; depth > 0; ) {
                    JsonToken token = nextToken();
                    depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
                }
            }
            return this;
        }
    }

    // Own words: the parser's quote from the body.
    private static InvalidInputException malformed(IOException e, JsonLocation location) {
        if (e instanceof StreamConstraintsException) {
            return new InvalidInputException(
                    "body goes beyond what is read of JSON" + at(location) + " (expected: nesting of at most "
                            + MAX_DEPTH + ", numbers of at most " + StreamReadConstraints.DEFAULT_MAX_NUM_LEN
                            + " digits, names of at most " + StreamReadConstraints.DEFAULT_MAX_NAME_LEN
                            + " characters)",
                    e);
        }
        if (e instanceof InputCoercionException) {
            return new InvalidInputException("body has a number that is too large for its place" + at(location), e);
        }
        if (e instanceof JsonProcessingException broken
                && broken.getOriginalMessage().startsWith("Duplicate")) {
            return new InvalidInputException(
                    "body has a member twice in one object" + at(location) + " (expected: each member once)", e);
        }
        return new InvalidInputException("body is not valid JSON" + at(location) + " (expected: UTF-8 by RFC 8259)", e);
    }

    private static String at(JsonLocation location) {
        return " at line " + location.getLineNr() + ", column " + location.getColumnNr();
    }

    static byte[] write(JsonFactory factory, Writing writing) {
        try (ByteArrayBuilder bytes = new ByteArrayBuilder(factory._getBufferRecycler())) {
            try (JsonGenerator json = factory.createGenerator(bytes)) {
                writing.to(json);
            }
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The text at the parser, or null where there is a JSON null. */
    static @Nullable String text(JsonParser json, String what) throws IOException {
        return switch (json.currentToken()) {
            case VALUE_STRING -> json.getText();
            case VALUE_NULL -> null;
            default -> throw unexpected(what, "a string");
        };
    }

    /** The array of texts at the parser; a null is an empty one. */
    static List<String> texts(JsonParser json, String what) throws IOException {
        List<String> all = new ArrayList<>();
        if (startsArray(json, what)) {
            while (json.nextToken() != JsonToken.END_ARRAY) {
                String text = text(json, what);
                if (text == null) {
                    throw unexpected(what, "an array of strings");
                }
                all.add(text);
            }
        }
        return all;
    }

    /** Whether an array starts at the parser (true) or there is a JSON null (false). */
    static boolean startsArray(JsonParser json, String what) {
        return starts(JsonToken.START_ARRAY, json, what, "an array");
    }

    /** Whether an object starts at the parser (true) or there is a JSON null (false). */
    static boolean startsObject(JsonParser json, String what) {
        return starts(JsonToken.START_OBJECT, json, what, "an object");
    }

    private static boolean starts(JsonToken start, JsonParser json, String what, String expected) {
        if (json.currentToken() != start && json.currentToken() != JsonToken.VALUE_NULL) {
            throw unexpected(what, expected);
        }
        return json.currentToken() == start;
    }

    /** The whole number at the parser. */
    static long integer(JsonParser json, String what) throws IOException {
        if (json.currentToken() != JsonToken.VALUE_NUMBER_INT
                || json.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
            throw unexpected(what, "a whole number of at most 64 bits");
        }
        return json.getLongValue();
    }

    static InvalidInputException unexpected(String what, String expected) {
        return new InvalidInputException(what + " is of the wrong kind (expected: " + expected + ")");
    }

    static <T> T require(@Nullable T value, String what) {
        if (value == null) {
            throw new InvalidInputException(what + " is missing");
        }
        return value;
    }

    /** How a tensor is called in messages, such as {@code input "pixels"}. */
    static String title(String kind, @Nullable String name, int index) {
        return name == null ? kind + "s[" + index + "]" : kind + " " + Require.quote(name);
    }
}
