package io.maas.training.data;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import java.util.ArrayList;
import java.util.List;

/** 64 bits of hash over the values of each row, the same for equal rows of other data sets. */
record RowHashes(List<View> views) {
    /** Over the features and these further columns. */
    static RowHashes of(Dataset data, List<String> columns) {
        List<View> views = new ArrayList<>();
        views.add(data.featureView());
        for (String name : columns) {
            View view = data.view(name);
            if (view == null) {
                throw new InvalidInputException(
                        "column " + Require.quote(name) + ": none (expected: one of " + data.names() + ")");
            }
            views.add(view);
        }
        return new RowHashes(List.copyOf(views));
    }

    long of(int row) {
        long hash = 0;
        for (int i = 0; i < views.size(); i++) {
            View view = views.get(i);
            hash = view.storage().hash(view.index().at(row), hash);
        }
        return hash;
    }

    /**
     * The hash of what was hashed to {@code before} and one more word. For each of the two it is one-to-one in the other.
     *
     * @see "Steele et al., Fast splittable pseudorandom number generators (2014), mix64variant13"
     */
    static long mix(long before, long word) {
        long z = before + 0x9e3779b97f4a7c15L ^ word;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
