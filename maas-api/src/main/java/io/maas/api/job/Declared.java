package io.maas.api.job;

import io.maas.api.wire.Documents;
import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An object of a job's document that is read member by member; what is left over in the end is refused, since nothing would come of it. Every
 * refusal names the member by its path.
 *
 * <p>Not thread-safe.
 */
final class Declared {
    private static final int MAX_TEXT = 256;

    /** Columns, layers and the like in one list. */
    static final int MAX_ITEMS = 4096;

    private final String path;
    private final Map<String, Object> left;
    private final Set<String> given;

    Declared(String path, Map<String, Object> members) {
        this.path = path;
        this.left = new LinkedHashMap<>(members);
        this.given = Set.copyOf(members.keySet());
    }

    static Declared orEmpty(String path, @Nullable Map<String, Object> members) {
        return new Declared(path, members == null ? Map.of() : members);
    }

    String path() {
        return path;
    }

    InvalidInputException refusal(String member, Object value, String expected) {
        return new InvalidInputException(path + "." + member + ": " + value + " (expected: " + expected + ")");
    }

    /** What {@code make} gives, with its refusal of the members' values as one of this object. */
    <T> T made(Supplier<T> make) {
        try {
            return make.get();
        } catch (IllegalArgumentException | IllegalStateException e) {
            String message = Documents.inDocument(String.valueOf(e.getMessage()));
            boolean isOfMember = given.contains(message.substring(0, Math.max(0, message.indexOf(':'))));
            throw new InvalidInputException(path + (isOfMember ? "." : ": ") + message, e);
        }
    }

    /** What {@code make} gives, with its refusal as one of a member that has another name there. */
    <T> T made(String member, Supplier<T> make) {
        try {
            return make.get();
        } catch (IllegalArgumentException e) {
            String message = String.valueOf(e.getMessage());
            int end = Math.max(0, message.indexOf(':'));
            String name = message.substring(0, end);
            String rest = end == 0 ? ": " + message : message.substring(end).replace(name + " ", member + " ");
            throw new InvalidInputException(path + "." + member + rest, e);
        }
    }

    boolean has(String member) {
        return left.containsKey(member);
    }

    /** A member as it is, without reading it. */
    @Nullable
    Object peek(String member) {
        return left.get(member);
    }

    private @Nullable Object take(String member) {
        return left.remove(member);
    }

    private Object need(String member, String expected) {
        Object value = take(member);
        if (value == null) {
            throw refusal(member, "missing", expected);
        }
        return value;
    }

    // ---- texts

    String text(String member) {
        return asText(member, need(member, "a text"));
    }

    @Nullable
    String textOrNull(String member) {
        Object value = take(member);
        return value == null ? null : asText(member, value);
    }

    private String asText(String member, Object value) {
        if (!(value instanceof String text) || text.isEmpty() || text.length() > MAX_TEXT) {
            throw refusal(member, shown(value), "a text of 1 to " + MAX_TEXT + " characters");
        }
        return text;
    }

    /** The value of a member in words that may stand in a message. */
    private static String shown(Object value) {
        return value instanceof String text
                ? Require.quote(text)
                : value instanceof Number || value instanceof Boolean ? value.toString() : "a list or an object";
    }

    /** The name of what is declared; one of those of a table. */
    <T> T type(Map<String, T> table) {
        return choice("type", table);
    }

    <T> T choice(String member, Map<String, T> table) {
        String name = text(member);
        T found = table.get(name);
        if (found == null) {
            throw refusal(member, Require.quote(name), "one of " + new TreeSet<>(table.keySet()));
        }
        return found;
    }

    <E extends Enum<E>> E choice(String member, E[] values, E fallback) {
        if (!has(member)) {
            return fallback;
        }
        Map<String, E> table = new LinkedHashMap<>();
        for (E each : values) {
            table.put(each.name().toLowerCase(Locale.ROOT), each);
        }
        return choice(member, table);
    }

    /** Texts that differ; none if the member is not there. */
    List<String> texts(String member) {
        Object value = take(member);
        if (value == null) {
            return List.of();
        }
        List<String> texts = new ArrayList<>();
        for (Object each : list(member, value)) {
            texts.add(asText(member + "[" + texts.size() + "]", each));
        }
        if (texts.stream().distinct().count() != texts.size()) {
            throw refusal(member, "one twice", "texts that differ");
        }
        return texts;
    }

    List<String> someTexts(String member) {
        List<String> texts = texts(member);
        if (texts.isEmpty()) {
            throw refusal(member, "none", "a list of at least one text");
        }
        return texts;
    }

    private List<?> list(String member, Object value) {
        if (!(value instanceof List<?> list)) {
            throw refusal(member, shown(value), "a list");
        }
        if (list.size() > MAX_ITEMS) {
            throw refusal(member, list.size() + " items", "at most " + MAX_ITEMS);
        }
        return list;
    }

    // ---- numbers

    long whole(String member, long low, long high) {
        return asWhole(member, need(member, whole(low, high)), low, high);
    }

    long whole(String member, long fallback, long low, long high) {
        Object value = take(member);
        return value == null ? fallback : asWhole(member, value, low, high);
    }

    int count(String member, int high) {
        return (int) whole(member, 1, high);
    }

    private static String whole(long low, long high) {
        return "a whole number from " + low + " to " + high;
    }

    private long asWhole(String member, Object value, long low, long high) {
        if (!(value instanceof Long number) || number < low || number > high) {
            throw refusal(member, shown(value), whole(low, high));
        }
        return number;
    }

    /** Whole numbers of a list; none if the member is not there. */
    int[] wholes(String member, int low, int high) {
        Object value = take(member);
        if (value == null) {
            return new int[0];
        }
        List<?> list = list(member, value);
        int[] numbers = new int[list.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (int) asWhole(member + "[" + i + "]", list.get(i), low, high);
        }
        return numbers;
    }

    double number(String member) {
        return asNumber(member, need(member, "a number"));
    }

    double number(String member, double fallback) {
        Object value = take(member);
        return value == null ? fallback : asNumber(member, value);
    }

    private double asNumber(String member, Object value) {
        if (!(value instanceof Number number)) {
            throw refusal(member, shown(value), "a number");
        }
        return number.doubleValue();
    }

    double[] numbers(String member) {
        Object value = take(member);
        if (value == null) {
            return new double[0];
        }
        List<?> list = list(member, value);
        double[] numbers = new double[list.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = asNumber(member + "[" + i + "]", list.get(i));
        }
        return numbers;
    }

    boolean is(String member) {
        return is(member, false);
    }

    boolean is(String member, boolean fallback) {
        Object value = take(member);
        if (value == null) {
            return fallback;
        }
        if (!(value instanceof Boolean truth)) {
            throw refusal(member, shown(value), "true or false");
        }
        return truth;
    }

    // ---- objects

    @Nullable
    Declared objectOrNull(String member) {
        Object value = take(member);
        return value == null ? null : object(member, value);
    }

    @SuppressWarnings("unchecked") // The document holds maps with texts as keys only.
    private Declared object(String member, Object value) {
        if (!(value instanceof Map<?, ?> members)) {
            throw refusal(member, shown(value), "an object");
        }
        return new Declared(path + "." + member, (Map<String, Object>) members);
    }

    /** The objects of a list; none if the member is not there. */
    List<Declared> objects(String member) {
        Object value = take(member);
        if (value == null) {
            return List.of();
        }
        List<Declared> objects = new ArrayList<>();
        for (Object each : list(member, value)) {
            objects.add(object(member + "[" + objects.size() + "]", each));
        }
        return objects;
    }

    /** The names of the members that were not read yet. */
    List<String> names() {
        return List.copyOf(left.keySet());
    }

    /** Refuses what was not read. */
    void end() {
        if (!left.isEmpty()) {
            String first = left.keySet().iterator().next();
            throw new InvalidInputException(path + " has a member that is not known: " + Require.quote(first)
                    + " (expected: what the documentation lists for it)");
        }
    }
}
