package io.maas.training.preprocessing;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The bins of one column.
 *
 * @param edges ascending
 * @param hasMissing whether missing values have a place, behind the bins
 */
record Bin(RawColumn column, Places written, List<Double> edges, boolean hasMissing) {
    static Bin of(RawColumn column, double[] edges, boolean hasMissing, Encoding encoding) {
        List<String> names = new ArrayList<>();
        IntStream.rangeClosed(0, edges.length)
                .mapToObj(i -> i == 0
                        ? "<" + edges[0]
                        : i < edges.length ? edges[i - 1] + ".." + edges[i] : ">=" + edges[i - 1])
                .forEach(names::add);
        if (hasMissing) {
            names.add(Places.MISSING);
        }
        List<Double> all = new ArrayList<>();
        for (double edge : edges) {
            all.add(edge);
        }
        return new Bin(column, new Places(column.name(), names, encoding), List.copyOf(all), hasMissing);
    }

    /** How many edges a value reaches. */
    int place(double value) {
        int place = 0;
        while (place < edges.size() && value >= edges.get(place)) {
            place++;
        }
        return place;
    }
}
