package io.maas.training.preprocessing;

import io.maas.error.Require;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Columns of numbers as the bins that they fall into, such as age groups: one value a bin, which is 1 for the one and 0 for the
 * others. Bin {@code k} holds what is at least edge {@code k} and less than edge {@code k + 1}; the first and the last bin are
 * open. A missing value has a bin of its own, the last one, if the training data has missing values, and is refused otherwise.
 *
 * <p>Immutable and thread-safe; the other methods give changed copies.
 */
public final class Bins extends Transformation {
    /** Bounds the memory that exact quantiles take. */
    private static final int MAX_BINS = 256;

    /**
     * All settings.
     *
     * @param quantiles the number of bins between exact quantiles; 0 where edges are given
     */
    record Settings(int quantiles, List<Double> edges, Encoding encoding) {
        @Override
        public String toString() {
            return (quantiles > 0 ? quantiles + " quantiles" : "edges " + edges) + ", "
                    + encoding.name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    private final Settings settings;

    private Bins(List<String> columns, String output, Settings settings) {
        super(columns, output);
        this.settings = settings;
    }

    /**
     * Bins between these edges.
     *
     * @param edges ascending and finite; one fewer than there are bins
     */
    public static Bins edges(List<Double> edges, String... columns) {
        Require.that(!edges.isEmpty() && edges.size() < MAX_BINS, "edges", edges.size(), "1 to " + (MAX_BINS - 1));
        for (int i = 0; i < edges.size(); i++) {
            double edge = edges.get(i);
            Require.that(
                    Double.isFinite(edge) && (i == 0 || edges.get(i - 1) < edge),
                    "edges",
                    edges,
                    "ascending and finite");
        }
        return new Bins(
                List.of(columns), Preprocessing.FEATURES, new Settings(0, List.copyOf(edges), Encoding.ONE_HOT));
    }

    /**
     * Bins of about as many training rows each: the edges are exact quantiles. Equal edges are one, so that there may be fewer
     * bins.
     *
     * @param bins {@code 2 <= bins <= 256}
     */
    public static Bins quantiles(int bins, String... columns) {
        Require.that(2 <= bins && bins <= MAX_BINS, "bins", bins, "2 <= bins <= " + MAX_BINS);
        return new Bins(
                Arrays.asList(columns), Preprocessing.FEATURES, new Settings(bins, List.of(), Encoding.ONE_HOT));
    }

    /** One value a column, the number of the bin. */
    public Bins ordinal() {
        return new Bins(columns(), output(), new Settings(settings.quantiles, settings.edges, Encoding.ORDINAL));
    }

    /** The numbers of the bins as int64 {@code [rows, columns]}, in an output of their own: for an embedding. */
    public Bins ids(String output) {
        return new Bins(columns(), output, new Settings(settings.quantiles, settings.edges, Encoding.IDS));
    }

    /** For another output than {@value Preprocessing#FEATURES}. */
    public Bins into(String output) {
        return new Bins(columns(), output, settings);
    }

    @Override
    Fitting fit(Tensors first) {
        List<RawColumn> raw = new ArrayList<>();
        for (String name : columns()) {
            raw.add(Numbers.numeric(RawColumn.of(name, first)));
        }
        return new BinsFitting(raw, output(), settings);
    }

    @Override
    String line() {
        return "bins(" + String.join(", ", columns()) + ": " + settings + ")";
    }
}
