package io.maas.adapter;

import io.maas.error.Require;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One row for a model that takes raw columns: cells by the names of the columns. Numbers, booleans, texts and enums; null for a value
 * that is missing. Columns that the model does not read may be there too.
 *
 * <p>Immutable and thread-safe.
 */
public record Row(Map<String, @Nullable Object> cells) {
    public Row {
        cells = Collections.unmodifiableMap(new LinkedHashMap<>(cells));
    }

    /** A row with the cells of a map. */
    public static Row of(Map<String, ? extends @Nullable Object> cells) {
        return new Row(new LinkedHashMap<>(cells));
    }

    /** A row of names and values, taking turns: {@code Row.of("age", 31, "city", "Aix")}. */
    public static Row of(String name, @Nullable Object value, @Nullable Object... more) {
        Require.that(more.length % 2 == 0, "more", more.length, "names and values, taking turns");
        Map<String, @Nullable Object> cells = new LinkedHashMap<>();
        cells.put(name, value);
        for (int i = 0; i < more.length; i += 2) {
            Object key = more[i];
            if (!(key instanceof String text)) {
                throw Require.failure("more[" + i + "]", String.valueOf(key), "the name of a column");
            }
            Require.that(!cells.containsKey(text), "column", Require.quote(text), "each name once");
            cells.put(text, more[i + 1]);
        }
        return new Row(cells);
    }
}
