package io.maas.foreign;

import io.maas.error.Require;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Messages in protocol buffers' text format, without their schema: a list of fields, each with a text or a message. So what nobody asks
 * for is still there to be told of.
 *
 * @see <a href="https://protobuf.dev/reference/protobuf/textformat-spec/">the format</a>
 */
final class TextProto {
    private static final int MAX_DEPTH = 32;
    private static final String ESCAPES = "abfnrtv\\'\"?";
    private static final String ESCAPED = "\u0007\b\f\n\r\t\u000b\\'\"?";

    private final String text;
    private int at;

    private TextProto(String text) {
        this.text = text;
    }

    /**
     * One field; a list has one for each element.
     *
     * @param text what it holds as text: a number, a word, or a string without its quotes; empty for a message
     * @param fields what it holds as a message
     */
    record Field(String name, String text, List<Field> fields) {}

    /** @throws IllegalArgumentException if it is no message, with the line */
    static List<Field> parse(String text) {
        TextProto parser = new TextProto(text);
        List<Field> fields = parser.fields("", 0);
        if (parser.at < text.length()) {
            throw parser.odd("a field's name");
        }
        return fields;
    }

    private List<Field> fields(String end, int depth) {
        if (depth > MAX_DEPTH) {
            throw odd("at most " + MAX_DEPTH + " messages in each other");
        }
        List<Field> fields = new ArrayList<>();
        for (skip(); at < text.length() && end.indexOf(text.charAt(at)) < 0; skip()) {
            String name = word("a field's name");
            skip();
            boolean colon = take(':');
            skip();
            if (take('[')) {
                list(name, colon, depth, fields);
            } else {
                fields.add(value(name, colon, depth));
            }
            skip();
            if (!take(',')) {
                take(';');
            }
        }
        return fields;
    }

    private void list(String name, boolean colon, int depth, List<Field> fields) {
        skip();
        if (take(']')) {
            return;
        }
        do {
            skip();
            fields.add(value(name, colon, depth));
            skip();
        } while (take(','));
        require(']');
    }

    private Field value(String name, boolean colon, int depth) {
        for (String brackets : List.of("{}", "<>")) {
            if (take(brackets.charAt(0))) {
                List<Field> fields = fields(brackets.substring(1), depth + 1);
                require(brackets.charAt(1));
                return new Field(name, "", fields);
            }
        }
        if (!colon) {
            throw odd("a message or a colon");
        }
        char first = at < text.length() ? text.charAt(at) : 0;
        return new Field(name, first == '"' || first == '\'' ? strings() : word("a value"), List.of());
    }

    /** Strings behind each other are one. */
    private String strings() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        while (at < text.length() && (text.charAt(at) == '"' || text.charAt(at) == '\'')) {
            string(text.charAt(at++), bytes);
            skip();
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private void string(char quote, ByteArrayOutputStream bytes) {
        for (; at < text.length() && text.charAt(at) != quote && text.charAt(at) != '\n'; ) {
            int c = text.codePointAt(at);
            at += Character.charCount(c);
            if (c == '\\') {
                escape(bytes);
            } else {
                bytes.writeBytes(Character.toString(c).getBytes(StandardCharsets.UTF_8));
            }
        }
        require(quote);
    }

    private void escape(ByteArrayOutputStream bytes) {
        int place = at < text.length() ? ESCAPES.indexOf(text.charAt(at)) : -1;
        if (place >= 0) {
            at++;
            bytes.write(ESCAPED.charAt(place));
            return;
        }
        int start = at;
        while (at < text.length() && at < start + 3 && text.charAt(at) >= '0' && text.charAt(at) <= '7') {
            at++;
        }
        if (at == start) {
            throw odd("an escape such as \\n or \\042");
        }
        bytes.write(Integer.parseInt(text.substring(start, at), 8));
    }

    private String word(String expected) {
        int start = at;
        while (at < text.length()
                && (Character.isLetterOrDigit(text.charAt(at)) || "_-+.".indexOf(text.charAt(at)) >= 0)) {
            at++;
        }
        if (at == start) {
            throw odd(expected);
        }
        return text.substring(start, at);
    }

    private void skip() {
        while (at < text.length() && (Character.isWhitespace(text.charAt(at)) || text.charAt(at) == '#')) {
            if (text.charAt(at) == '#') {
                int end = text.indexOf('\n', at);
                at = end < 0 ? text.length() : end;
            } else {
                at++;
            }
        }
    }

    private boolean take(char c) {
        if (at < text.length() && text.charAt(at) == c) {
            at++;
            return true;
        }
        return false;
    }

    private void require(char c) {
        if (!take(c)) {
            throw odd(Require.quote(String.valueOf(c)));
        }
    }

    private IllegalArgumentException odd(String expected) {
        long line = text.substring(0, Math.min(at, text.length()))
                        .chars()
                        .filter(c -> c == '\n')
                        .count()
                + 1;
        return Require.failure(
                "line " + line,
                at < text.length() ? Require.quote(text.substring(at, Math.min(text.length(), at + 20))) : "the end",
                expected);
    }
}
