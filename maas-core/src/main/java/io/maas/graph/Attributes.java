package io.maas.graph;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.primitives.Floats;
import io.maas.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of a node by name. A value is a {@link Long}, {@link Float}, {@link String} or {@link Tensor}, a list of
 * one of the first three, or {@link Opaque}.
 *
 * <p>Immutable and thread-safe.
 */
public final class Attributes {
    private static final Attributes NONE = new Attributes(ImmutableSortedMap.of());

    /**
     * An attribute that is carried through without being understood, such as the body of a loop.
     *
     * @param onnx its ONNX AttributeProto message, serialized
     * @param captured names of the surrounding graph's values that it reads
     */
    public record Opaque(com.google.protobuf.ByteString onnx, Set<String> captured) {
        public Opaque {
            captured = ImmutableSortedSet.copyOf(captured);
        }

        /** Such as {@code Opaque[213 bytes, captured=[h, w]]}. */
        @Override
        public String toString() {
            return "Opaque[" + onnx.size() + " bytes, captured=" + captured + "]";
        }
    }

    private final ImmutableSortedMap<String, Object> values;

    private Attributes(ImmutableSortedMap<String, Object> values) {
        this.values = values;
    }

    public static Attributes none() {
        return NONE;
    }

    public static Attributes of(String name, Object value) {
        return copyOf(Map.of(name, value));
    }

    public static Attributes of(String name1, Object value1, String name2, Object value2) {
        return copyOf(Map.of(name1, value1, name2, value2));
    }

    /**
     * A copy; {@code Integer} and {@code Double} values become {@code Long} and {@code Float}.
     *
     * @throws IllegalArgumentException if a value is of none of the kinds that the class names
     */
    public static Attributes copyOf(Map<String, ?> values) {
        ImmutableSortedMap.Builder<String, Object> copy = ImmutableSortedMap.naturalOrder();
        values.forEach((name, value) -> copy.put(name, checked(name, value)));
        return new Attributes(copy.buildOrThrow());
    }

    private static Object checked(String name, Object value) {
        if (value instanceof Integer number) {
            return number.longValue();
        }
        if (value instanceof Double number) {
            return number.floatValue();
        }
        if (value instanceof List<?> list) {
            return list.stream().map(each -> checked(name, each)).toList();
        }
        if (value instanceof Long
                || value instanceof Float
                || value instanceof String
                || value instanceof Tensor
                || value instanceof Opaque) {
            return value;
        }
        throw new IllegalArgumentException(
                "attribute " + name + ": a " + value.getClass().getSimpleName()
                        + " (expected: Long, Float, String, Tensor, a list of the first three, or Opaque)");
    }

    public Map<String, Object> asMap() {
        return values;
    }

    public boolean has(String name) {
        return values.containsKey(name);
    }

    /** An integer attribute, or what to take where it is absent. */
    public long longValue(String name, long otherwise) {
        Long value = get(name, Long.class);
        return value == null ? otherwise : value;
    }

    /** A floating-point attribute, or what to take where it is absent. */
    public float floatValue(String name, float otherwise) {
        Float value = get(name, Float.class);
        return value == null ? otherwise : value;
    }

    /** A text attribute, or what to take where it is absent. */
    public String string(String name, String otherwise) {
        String value = get(name, String.class);
        return value == null ? otherwise : value;
    }

    /** A tensor attribute, or null where it is absent. */
    public @Nullable Tensor tensor(String name) {
        return get(name, Tensor.class);
    }

    /** A list of integers, or null where it is absent. */
    public long @Nullable [] longs(String name) {
        List<?> list = get(name, List.class);
        return list == null
                ? null
                : list.stream().mapToLong(each -> (Long) each).toArray();
    }

    /** A list of floating-point numbers, or null where it is absent. */
    public float @Nullable [] floats(String name) {
        List<?> list = get(name, List.class);
        return list == null
                ? null
                : Floats.toArray(list.stream().map(Float.class::cast).toList());
    }

    /** A list of texts, or null where it is absent. */
    public @Nullable List<String> strings(String name) {
        List<?> list = get(name, List.class);
        return list == null ? null : list.stream().map(String.class::cast).toList();
    }

    private <T> @Nullable T get(String name, Class<T> type) {
        Object value = values.get(name);
        if (value != null && !type.isInstance(value)) {
            throw new io.maas.error.GraphException("attribute " + name + ": a "
                    + value.getClass().getSimpleName() + " (expected: " + type.getSimpleName() + ")");
        }
        return type.cast(value);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Attributes attributes && values.equals(attributes.values);
    }

    @Override
    public int hashCode() {
        return values.hashCode();
    }

    /** Such as {@code {axis=1, keepdims=0}}. */
    @Override
    public String toString() {
        return values.toString();
    }
}
