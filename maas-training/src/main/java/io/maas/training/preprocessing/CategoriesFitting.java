package io.maas.training.preprocessing;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Fits {@link Categories}: counts them in one pass. */
final class CategoriesFitting implements Fitting {
    private final List<RawColumn> columns;
    private final String output;
    private final Categories.Settings settings;
    private final List<Map<Object, long[]>> counts = new ArrayList<>();
    private boolean done;

    CategoriesFitting(List<RawColumn> columns, String output, Categories.Settings settings) {
        this.columns = columns;
        this.output = output;
        this.settings = settings;
        columns.forEach(column -> counts.add(new HashMap<>()));
    }

    @Override
    public boolean isWanting() {
        return !done;
    }

    @Override
    public void see(Tensors rows, int firstRow) {
        for (int i = 0; i < columns.size(); i++) {
            Map<Object, long[]> count = counts.get(i);
            for (Object key : Keys.of(columns.get(i), rows)) {
                if (key != Keys.NONE) {
                    count.computeIfAbsent(key, fresh -> new long[1])[0]++;
                }
            }
            if (count.size() > Categories.MAX_CATEGORIES) {
                throw new InvalidInputException(
                        "column " + Require.quote(columns.get(i).name()) + ": more than " + Categories.MAX_CATEGORIES
                                + " categories (expected: fewer); use HashBuckets");
            }
        }
    }

    @Override
    public void endPass() {
        done = true;
    }

    @Override
    public Encoder fitted() {
        List<Vocabulary> vocabularies = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            vocabularies.add(vocabulary(columns.get(i), counts.get(i)));
        }
        return new CategoriesEncoder(output, settings.toString(), vocabularies);
    }

    private static long countOf(Map<Object, long[]> count, Object key) {
        return Objects.requireNonNull(count.get(key))[0];
    }

    private Vocabulary vocabulary(RawColumn column, Map<Object, long[]> count) {
        boolean hasMissing = count.remove(Keys.MISSING) != null;
        List<Object> keys = new ArrayList<>(count.keySet());
        keys.sort(CategoriesFitting::compare);
        List<Object> frequent = new ArrayList<>(keys);
        // A stable sort: of equally frequent ones the first in order stays first.
        frequent.sort(
                Comparator.comparingLong((Object key) -> countOf(count, key)).reversed());
        if (keys.size() > settings.maxSize() || settings.minCount() > 1) {
            frequent.removeIf(key -> countOf(count, key) < settings.minCount());
            keys.retainAll(new java.util.HashSet<>(frequent.subList(0, Math.min(settings.maxSize(), frequent.size()))));
        }
        Object filling = settings.fillsFrequent() && !frequent.isEmpty() ? frequent.get(0) : null;
        return Vocabulary.of(column, keys, hasMissing && filling == null, filling, settings);
    }

    private static int compare(Object a, Object b) {
        return a instanceof String text ? text.compareTo((String) b) : Long.compare((Long) a, (Long) b);
    }
}
