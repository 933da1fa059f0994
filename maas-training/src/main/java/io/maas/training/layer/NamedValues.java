package io.maas.training.layer;

import com.google.common.collect.ImmutableMap;
import io.maas.error.Require;
import io.maas.graph.Value;
import java.util.Map;
import java.util.Set;

/**
 * Values of a graph by name, in order: what goes into a network, and what comes out of it.
 *
 * <p>Immutable and thread-safe.
 */
public final class NamedValues {
    private final ImmutableMap<String, Value> values;

    private NamedValues(ImmutableMap<String, Value> values) {
        this.values = values;
    }

    /** One value. */
    public static NamedValues of(String name, Value value) {
        return new NamedValues(ImmutableMap.of(Require.name(name, "name"), value));
    }

    /** The values of a map, in its order. */
    public static NamedValues copyOf(Map<String, Value> values) {
        values.keySet().forEach(name -> Require.name(name, "name"));
        return new NamedValues(ImmutableMap.copyOf(values));
    }

    /**
     * These values and one more behind them.
     *
     * @throws IllegalArgumentException if there is one of that name
     */
    public NamedValues and(String name, Value value) {
        Require.that(!values.containsKey(name), "name", Require.quote(name), "one that is not among " + names());
        return new NamedValues(ImmutableMap.<String, Value>builder()
                .putAll(values)
                .put(Require.name(name, "name"), value)
                .buildOrThrow());
    }

    /**
     * The value of that name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public Value get(String name) {
        Value value = values.get(name);
        if (value == null) {
            throw Require.failure("name", Require.quote(name), "one of " + names());
        }
        return value;
    }

    /** The first value: the one that a loss compares with the targets. */
    public Value first() {
        return values.values().iterator().next();
    }

    /** The names in order; at least one. */
    public Set<String> names() {
        return values.keySet();
    }

    /** The values by name, in order. */
    public Map<String, Value> toMap() {
        return values;
    }
}
