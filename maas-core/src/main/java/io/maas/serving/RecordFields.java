package io.maas.serving;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import io.maas.error.Require;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Settings records as flat texts, such as {@code state.current.options.instances}, and back. A setting that is added to a record is kept
 * without a line here; one that an older text does not have gets its default. Components may be numbers, truth values, texts, enums,
 * durations, records, and {@code ImmutableList} and {@code ImmutableSortedSet} of these; any may be null.
 */
final class RecordFields {
    /** No component has such a name. */
    private static final String NULL = ".null";

    private static final String SIZE = ".size";

    private final Map<String, String> fields;
    private final List<Record> defaults;

    /** @param defaults where records of these types get what is missing from */
    RecordFields(Map<String, String> fields, Record... defaults) {
        this.fields = fields;
        this.defaults = Arrays.asList(defaults);
    }

    // ---- writing

    static void write(String name, @Nullable Object value, Map<String, String> into) {
        if (value == null) {
            into.put(name + NULL, "true");
        } else if (value instanceof Record record) {
            for (RecordComponent component : record.getClass().getRecordComponents()) {
                write(name + "." + component.getName(), get(component, record), into);
            }
        } else if (value instanceof Collection<?> elements) {
            int index = 0;
            for (Object element : elements) {
                write(name + "." + index++, element, into);
            }
            into.put(name + SIZE, Integer.toString(index));
        } else if (value instanceof Enum<?> constant) {
            into.put(name, constant.name());
        } else if (value instanceof Number
                || value instanceof Boolean
                || value instanceof String
                || value instanceof Duration) {
            into.put(name, value.toString());
        } else {
            throw new IllegalArgumentException(
                    name + ": " + value.getClass().getName() + " (expected: a type that can be kept as text)");
        }
    }

    private static @Nullable Object get(RecordComponent component, Record record) {
        try {
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("record: " + record.getClass() + " (expected: readable components)", e);
        }
    }

    // ---- reading

    <T extends Record> T read(String name, Class<T> type) {
        return type.cast(record(name, type, defaultOf(type)));
    }

    private @Nullable Record defaultOf(Class<?> type) {
        return defaults.stream().filter(type::isInstance).findFirst().orElse(null);
    }

    private boolean isThere(String name) {
        return fields.containsKey(name) || fields.keySet().stream().anyMatch(key -> key.startsWith(name + "."));
    }

    private @Nullable Object value(String name, Type type, @Nullable Object otherwise) {
        if (fields.containsKey(name + NULL)) {
            return null;
        }
        if (type instanceof ParameterizedType many) {
            return elements(name, (Class<?>) many.getRawType(), many.getActualTypeArguments()[0]);
        }
        Class<?> single = (Class<?>) type;
        if (single.isRecord()) {
            return record(name, single, otherwise instanceof Record record ? record : defaultOf(single));
        }
        String text = fields.get(name);
        if (text == null) {
            throw new IllegalArgumentException("field " + Require.quote(name) + ": missing");
        }
        return scalar(name, single, text);
    }

    private Object elements(String name, Class<?> collection, Type element) {
        List<Object> elements = new ArrayList<>();
        int size = (Integer) scalar(name + SIZE, int.class, fields.getOrDefault(name + SIZE, ""));
        for (int i = 0; i < size; i++) {
            Object value = value(name + "." + i, element, null);
            Require.that(value != null, name + "." + i, "null", "a value");
            elements.add(value);
        }
        if (collection == ImmutableList.class) {
            return ImmutableList.copyOf(elements);
        }
        Require.that(collection == ImmutableSortedSet.class, name, collection, "an immutable list or sorted set");
        return sorted(elements);
    }

    @SuppressWarnings({"unchecked", "rawtypes"
    }) // The elements of a sorted set are of a type that compares with itself.
    private static Object sorted(List elements) {
        return ImmutableSortedSet.copyOf((Collection<Comparable>) elements);
    }

    private Record record(String name, Class<?> type, @Nullable Record otherwise) {
        RecordComponent[] components = type.getRecordComponents();
        Object[] values = new Object[components.length];
        Class<?>[] types = new Class<?>[components.length];
        for (int i = 0; i < components.length; i++) {
            String field = name + "." + components[i].getName();
            types[i] = components[i].getType();
            Object missing = otherwise == null ? null : get(components[i], otherwise);
            values[i] = otherwise != null && !isThere(field)
                    ? missing
                    : value(field, components[i].getGenericType(), missing);
        }
        try {
            Constructor<?> constructor = type.getDeclaredConstructor(types);
            constructor.setAccessible(true);
            return (Record) constructor.newInstance(values);
        } catch (InvocationTargetException e) {
            Throwable cause = e.getCause();
            throw new IllegalArgumentException(
                    "field " + Require.quote(name) + ": " + (cause == null ? e : cause.getMessage()), e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("record: " + type + " (expected: a canonical constructor)", e);
        }
    }

    private static Object scalar(String name, Class<?> type, String text) {
        try {
            if (type == int.class || type == Integer.class) {
                return Integer.valueOf(text);
            } else if (type == long.class || type == Long.class) {
                return Long.valueOf(text);
            } else if (type == double.class || type == Double.class) {
                return Double.valueOf(text);
            } else if (type == boolean.class || type == Boolean.class) {
                return Boolean.valueOf(text);
            } else if (type == Duration.class) {
                return Duration.parse(text);
            } else if (type.isEnum()) {
                return constant(type, text);
            } else if (type == String.class) {
                return text;
            }
        } catch (NumberFormatException | DateTimeException e) {
            throw new IllegalArgumentException(
                    "field " + Require.quote(name) + ": " + Require.quote(text) + " (expected: " + type.getSimpleName()
                            + ")",
                    e);
        }
        throw new IllegalArgumentException(
                name + ": " + type.getName() + " (expected: a type that can be kept as text)");
    }

    private static Object constant(Class<?> type, String text) {
        return Arrays.stream(type.getEnumConstants())
                .filter(each -> ((Enum<?>) each).name().equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        Require.quote(text) + " (expected: one of " + Arrays.toString(type.getEnumConstants()) + ")"));
    }
}
