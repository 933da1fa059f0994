package io.maas.training.data;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Which rows a stratified split holds out. */
final class Strata {
    private Strata() {}

    /**
     * Marks {@code held} rows. Each class gives its share rounded down; what is missing comes from the classes with the
     * largest remainders, lower classes first (Hamilton's method).
     *
     * @param order the order in which rows of a class are taken
     */
    static boolean[] choose(long[] classes, int[] order, double fraction, int held) {
        Map<Long, List<Integer>> strata = new TreeMap<>();
        for (int row : order) {
            strata.computeIfAbsent(classes[row], any -> new ArrayList<>()).add(row);
        }
        int missing = held;
        for (List<Integer> rows : strata.values()) {
            missing -= (int) (fraction * rows.size());
        }
        List<List<Integer>> byRemainder = strata.values().stream()
                .sorted(Comparator.comparingDouble(rows -> -(fraction * rows.size() % 1)))
                .toList();
        boolean[] chosen = new boolean[classes.length];
        for (int i = 0; i < byRemainder.size(); i++) {
            List<Integer> rows = byRemainder.get(i);
            int quota = (int) (fraction * rows.size()) + (i < missing ? 1 : 0);
            rows.subList(0, Math.min(quota, rows.size())).forEach(row -> chosen[row] = true);
        }
        return chosen;
    }
}
