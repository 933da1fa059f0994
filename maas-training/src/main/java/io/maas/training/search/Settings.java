package io.maas.training.search;

import com.google.common.collect.ImmutableMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One combination of settings: a value each.
 *
 * <p>Immutable and thread-safe; equal if names and values are. Every method that reads a value throws {@link
 * IllegalArgumentException} if there is none of that name, or one of another kind.
 */
public final class Settings {
    private final ImmutableMap<String, Object> values;

    private Settings(Map<String, Object> values) {
        this.values = ImmutableMap.copyOf(values);
    }

    /** @param values texts, doubles or longs */
    static Settings copyOf(Map<String, Object> values) {
        return new Settings(values);
    }

    /** A number; whole ones too. */
    public double real(String name) {
        Object value = value(name);
        return value instanceof Number number ? number.doubleValue() : (double) fail(name, value, "a number");
    }

    /** A whole number. */
    public int whole(String name) {
        Object value = value(name);
        return value instanceof Long number ? Math.toIntExact(number) : (int) fail(name, value, "a whole number");
    }

    /** A text that was chosen. */
    public String choice(String name) {
        Object value = value(name);
        return value instanceof String text ? text : (String) fail(name, value, "a text");
    }

    /** Whatever it is, as text. */
    public String text(String name) {
        return value(name).toString();
    }

    /** Whether there is one of that name; not so for one whose condition does not hold. */
    public boolean has(String name) {
        return values.containsKey(name);
    }

    /** All of them in the order of the space: {@link String}, {@link Double} or {@link Long}. */
    public Map<String, Object> toMap() {
        return values;
    }

    @Nullable
    Object find(String name) {
        return values.get(name);
    }

    private Object value(String name) {
        Object value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("setting: \"" + name + "\" (expected: one of " + values.keySet()
                    + "); ask has(…) where it may be missing");
        }
        return value;
    }

    private static Object fail(String name, Object value, String expected) {
        throw new IllegalArgumentException("setting " + name + ": " + value + " (expected: " + expected + ")");
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Settings settings && values.equals(settings.values);
    }

    @Override
    public int hashCode() {
        return values.hashCode();
    }

    /** Such as {@code {learningRate=0.001, optimizer=adam}}. */
    @Override
    public String toString() {
        return values.toString();
    }
}
