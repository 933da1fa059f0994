package io.maas.api.wire;

import io.maas.error.Require;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Objects, arrays, texts, numbers and truth values of JSON, and nothing else: no value of any other class gets past. */
final class PlainValues {
    private PlainValues() {}

    /** A copy of an object that nobody can change; members that are null are left out. */
    static Map<String, Object> copy(Map<String, ?> object, String path) {
        Map<String, Object> copy = new LinkedHashMap<>();
        object.forEach((name, value) -> {
            if (value != null) {
                copy.put(name, value(value, path + "." + name));
            }
        });
        return Collections.unmodifiableMap(copy);
    }

    static @Nullable Map<String, Object> copyOrNull(@Nullable Map<String, ?> object, String path) {
        return object == null ? null : copy(object, path);
    }

    /** A copy of an array of objects; an empty one for null. */
    static List<Map<String, Object>> copy(@Nullable List<? extends Map<String, ?>> objects, String path) {
        if (objects == null) {
            return List.of();
        }
        List<Map<String, Object>> copies = new ArrayList<>();
        for (Map<String, ?> each : objects) {
            String place = path + "[" + copies.size() + "]";
            if (each == null) {
                throw Require.failure(place, "null", "an object");
            }
            copies.add(copy(each, place));
        }
        return Collections.unmodifiableList(copies);
    }

    private static Object value(Object value, String path) {
        if (value instanceof Map<?, ?> map) {
            Map<String, Object> members = new LinkedHashMap<>();
            map.forEach((name, member) -> members.put(String.valueOf(name), member));
            return copy(members, path);
        }
        if (value instanceof List<?> list) {
            List<Object> copies = new ArrayList<>();
            for (Object each : list) {
                String place = path + "[" + copies.size() + "]";
                if (each == null) {
                    throw Require.failure(place, "null", "a value");
                }
                copies.add(value(each, place));
            }
            return Collections.unmodifiableList(copies);
        }
        if (value instanceof Double || value instanceof Float) {
            double number = ((Number) value).doubleValue();
            Require.that(Double.isFinite(number), path, number, "a finite number");
            return number;
        }
        if (value instanceof Integer || value instanceof Long) {
            return ((Number) value).longValue();
        }
        if (value instanceof String || value instanceof Boolean) {
            return value;
        }
        throw Require.failure(
                path, "of a kind that is not taken", "a text, a truth value, or a number of at most 64 bits");
    }
}
