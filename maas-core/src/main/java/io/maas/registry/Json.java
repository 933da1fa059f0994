package io.maas.registry;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.ListValue;
import com.google.protobuf.NullValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import io.maas.error.Require;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object that is read strictly: every field must be asked for, be there and be of the kind expected. Numbers are
 * decimal texts, so that no digit depends on a printer of floating-point numbers.
 *
 * <p>Every method that reads throws {@link IllegalArgumentException} naming the field. Not thread-safe.
 */
public final class Json {
    private static final JsonFormat.Printer PRINTER =
            JsonFormat.printer().sortingMapKeys().omittingInsignificantWhitespace();

    private final String path;
    private final Map<String, Value> fields;
    private final Set<String> unread;

    private Json(String path, Map<String, Value> fields) {
        this.path = path;
        this.fields = fields;
        this.unread = new TreeSet<>(fields.keySet());
    }

    /** Reads a whole document. */
    public static Json parse(byte[] utf8) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(utf8))
                    .toString();
            Map<String, Value> flat = flat(text);
            if (flat != null) {
                return new Json("", flat);
            }
            Struct.Builder struct = Struct.newBuilder();
            JsonFormat.parser().merge(text, struct);
            return new Json("", struct.getFieldsMap());
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("not UTF-8 text", e);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalArgumentException("not a JSON object", e);
        }
    }

    /**
     * Reads what {@link #write} makes of an object of plain texts, as the lines of a log are. Of a registry of ten thousand versions
     * that is half of the time it takes to open it, in a JVM whose classes are still new.
     *
     * @return null for anything else, which may be JSON nevertheless
     */
    private static @Nullable Map<String, Value> flat(String text) {
        Map<String, Value> fields = new LinkedHashMap<>();
        int at = 0;
        for (char before = '{'; at < text.length() && text.charAt(at) == before; before = ',') {
            int key = plain(text, at + 1);
            int value = key < 0 || !text.startsWith(":", key) ? -1 : plain(text, key + 1);
            if (value < 0
                    || fields.put(text.substring(at + 2, key - 1), value(text.substring(key + 2, value - 1))) != null) {
                return null;
            }
            at = value;
        }
        return !fields.isEmpty() && text.substring(at).equals("}") ? fields : null;
    }

    /** Where a quoted text without escapes that begins there has ended; -1 if there is none. */
    private static int plain(String text, int start) {
        if (!text.startsWith("\"", start)) {
            return -1;
        }
        for (int i = start + 1; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"') {
                return i + 1;
            }
            if (c < ' ' || c == '\\') {
                return -1;
            }
        }
        return -1;
    }

    /** One line of UTF-8 with sorted keys and without a line feed: equal objects give equal bytes. */
    public static byte[] write(Struct.Builder object) {
        try {
            return PRINTER.print(object).getBytes(StandardCharsets.UTF_8);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalArgumentException("not to be written as JSON", e);
        }
    }

    public static Value value(@Nullable String text) {
        return text == null
                ? Value.newBuilder().setNullValue(NullValue.NULL_VALUE).build()
                : Value.newBuilder().setStringValue(text).build();
    }

    public static Value value(long number) {
        return value(Long.toString(number));
    }

    /** A number as the shortest decimal text that reads back as the same. */
    public static Value value(double number) {
        return value(ManifestJson.decimal(number));
    }

    public static Value value(boolean flag) {
        return Value.newBuilder().setBoolValue(flag).build();
    }

    public static Value object(Struct.Builder object) {
        return Value.newBuilder().setStructValue(object).build();
    }

    public static Value list(Iterable<Value> values) {
        return Value.newBuilder()
                .setListValue(ListValue.newBuilder().addAllValues(values))
                .build();
    }

    public static Value texts(Map<String, String> texts) {
        Struct.Builder object = Struct.newBuilder();
        texts.forEach((key, value) -> object.putFields(key, value(value)));
        return object(object);
    }

    public String text(String name) {
        return text(name, take(name, Value.KindCase.STRING_VALUE));
    }

    /** A text that may be null; the field itself must be there. */
    public @Nullable String nullableText(String name) {
        return isNull(name) ? null : text(name);
    }

    public boolean flag(String name) {
        return take(name, Value.KindCase.BOOL_VALUE).getBoolValue();
    }

    public long number(String name) {
        return parseLong(name, text(name));
    }

    public double decimal(String name) {
        return ManifestJson.decimal(path + name, text(name));
    }

    public @Nullable Long nullableNumber(String name) {
        String text = nullableText(name);
        return text == null ? null : (Long) parseLong(name, text);
    }

    public Json object(String name) {
        return new Json(
                path + name + ".",
                take(name, Value.KindCase.STRUCT_VALUE).getStructValue().getFieldsMap());
    }

    /** An object that may be null; the field itself must be there. */
    public @Nullable Json nullableObject(String name) {
        return isNull(name) ? null : object(name);
    }

    public List<Json> objects(String name) {
        List<Json> objects = new ArrayList<>();
        for (Value value : take(name, Value.KindCase.LIST_VALUE).getListValue().getValuesList()) {
            String at = name + "[" + objects.size() + "]";
            objects.add(new Json(
                    path + at + ".",
                    kind(at, value, Value.KindCase.STRUCT_VALUE)
                            .getStructValue()
                            .getFieldsMap()));
        }
        return objects;
    }

    /** A list of texts that may be null. */
    public @Nullable List<String> nullableTexts(String name) {
        if (isNull(name)) {
            return null;
        }
        List<String> texts = new ArrayList<>();
        for (Value value : take(name, Value.KindCase.LIST_VALUE).getListValue().getValuesList()) {
            texts.add(text(name + "[" + texts.size() + "]", value));
        }
        return texts;
    }

    /** An object of texts only. */
    public Map<String, String> texts(String name) {
        Json object = object(name);
        Map<String, String> texts = new LinkedHashMap<>();
        object.names().forEach(key -> texts.put(key, object.text(key)));
        return texts;
    }

    public Set<String> names() {
        return new TreeSet<>(fields.keySet());
    }

    /** Refuses fields that were not asked for. */
    public void end() {
        if (!unread.isEmpty()) {
            throw new IllegalArgumentException(
                    "field " + quote(unread.iterator().next()) + ": unknown");
        }
    }

    private boolean isNull(String name) {
        Value value = fields.get(name);
        if (value == null || value.getKindCase() != Value.KindCase.NULL_VALUE) {
            return false;
        }
        unread.remove(name);
        return true;
    }

    private Value take(String name, Value.KindCase kind) {
        Value value = fields.get(name);
        if (value == null) {
            throw new IllegalArgumentException("field " + quote(name) + ": missing");
        }
        unread.remove(name);
        return kind(name, value, kind);
    }

    private Value kind(String name, Value value, Value.KindCase kind) {
        if (value.getKindCase() != kind) {
            throw new IllegalArgumentException(
                    "field " + quote(name) + ": " + word(value.getKindCase()) + " (expected: " + word(kind) + ")");
        }
        return value;
    }

    private String text(String name, Value value) {
        return kind(name, value, Value.KindCase.STRING_VALUE).getStringValue();
    }

    private long parseLong(String name, String text) {
        try {
            long number = Long.parseLong(text);
            if (Long.toString(number).equals(text)) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Said below, together with numbers such as +1 and 01 that have another text than ours.
        }
        throw new IllegalArgumentException(
                "field " + quote(name) + ": " + Require.quote(text) + " (expected: a whole number as text)");
    }

    private String quote(String name) {
        return Require.quote(path + name);
    }

    private static String word(Value.KindCase kind) {
        return switch (kind) {
            case NULL_VALUE, KIND_NOT_SET -> "null";
            case NUMBER_VALUE -> "a bare number";
            case STRING_VALUE -> "a text";
            case BOOL_VALUE -> "a truth value";
            case STRUCT_VALUE -> "an object";
            case LIST_VALUE -> "a list";
        };
    }
}
