package io.maas.training.preprocessing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * The categories of a column and their places.
 *
 * @param keys in the order of their places: texts, or whole numbers
 * @param places of the keys, and of {@link Keys#MISSING} if it has one
 * @param otherwise the place of unseen categories; {@link Places#count} if they have none
 */
record Vocabulary(
        RawColumn column,
        Places written,
        List<Object> keys,
        Map<Object, Integer> places,
        int otherwise,
        Unseen unseen) {
    private static final int SHOWN = 10;

    static Vocabulary of(
            RawColumn column,
            List<Object> keys,
            boolean hasMissing,
            @Nullable Object filling,
            Categories.Settings settings) {
        List<String> names = new ArrayList<>(keys.stream().map(Object::toString).toList());
        Map<Object, Integer> places = new HashMap<>();
        keys.forEach(key -> places.put(key, places.size()));
        if (hasMissing) {
            places.put(Keys.MISSING, names.size());
            names.add(Places.MISSING);
        } else if (filling != null) {
            places.put(Keys.MISSING, places.get(filling));
        }
        int otherwise = names.size();
        if (settings.unseen() == Unseen.UNKNOWN) {
            names.add(Places.UNKNOWN);
        }
        return new Vocabulary(
                column,
                new Places(column.name(), names, settings.encoding()),
                List.copyOf(keys),
                Map.copyOf(places),
                otherwise,
                settings.unseen());
    }

    int place(Object key) {
        return places.getOrDefault(key, otherwise);
    }

    /** Keys as a graph looks them up, the empty text for a missing one among them. */
    List<Object> graphKeys() {
        List<Object> all = new ArrayList<>(keys);
        if (places.containsKey(Keys.MISSING) && column.dataType() == io.maas.tensor.DataType.STRING) {
            all.add("");
        }
        return all;
    }

    List<Long> graphPlaces() {
        List<Long> all = LongStream.range(0, keys.size()).boxed().collect(Collectors.toCollection(ArrayList::new));
        if (graphKeys().size() > keys.size()) {
            all.add((long) place(Keys.MISSING));
        }
        return all;
    }

    /** For messages; never more than a few. */
    String expected() {
        String first = keys.stream()
                .limit(SHOWN)
                .map(key -> Places.quoted(key.toString()))
                .collect(Collectors.joining(", "));
        String missing = places.containsKey(Keys.MISSING) ? "missing, " : "";
        return "a category of the training data: " + missing + first + (keys.size() > SHOWN ? ", …" : "");
    }
}
