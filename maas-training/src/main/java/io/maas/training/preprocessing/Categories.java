package io.maas.training.preprocessing;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;

/**
 * Columns of categories: text or whole numbers, of which each different one gets a place. The vocabulary is what the training
 * data holds, in ascending order (text by its UTF-16 code units); behind it stands {@code <missing>} if the training data has
 * missing values, then {@code <unknown>} if {@link #unseen} asks for it.
 *
 * <pre>{@code
 * Categories.of("sex", "embarked").unseen(Unseen.ALL_ZERO)             // one value a category: 0 or 1
 * Categories.of("city").minCount(5).unseen(Unseen.UNKNOWN).ids("city") // int64 ids for an embedding
 * }</pre>
 *
 * Numbers with gaps ({@code float64}) are taken as whole ones; a fraction is an unseen category. A missing value that the training
 * data had none of is unseen, too.
 *
 * <p>Immutable and thread-safe; the other methods give changed copies.
 */
public final class Categories extends Transformation {
    /** More different categories than this are no vocabulary; see {@link HashBuckets}. */
    static final int MAX_CATEGORIES = 1 << 20;

    /**
     * All settings.
     *
     * @param fillsFrequent whether missing values become the most frequent category
     */
    record Settings(Encoding encoding, Unseen unseen, long minCount, int maxSize, boolean fillsFrequent) {
        @Override
        public String toString() {
            String name = encoding.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
            return name + ", unseen "
                    + unseen.name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ')
                    + (minCount > 1 ? ", at least " + minCount + " times" : "")
                    + (maxSize < MAX_CATEGORIES ? ", at most " + maxSize : "")
                    + (fillsFrequent ? ", fill most frequent" : "");
        }
    }

    private final Settings settings;

    private Categories(List<String> columns, String output, Settings settings) {
        super(columns, output);
        Require.that(
                settings.unseen != Unseen.ALL_ZERO || settings.encoding == Encoding.ONE_HOT,
                "unseen",
                settings.unseen,
                "ERROR or UNKNOWN unless categories are one-hot");
        this.settings = settings;
    }

    /** One-hot; an unseen category is an error. */
    public static Categories of(String... columns) {
        return of(List.of(columns));
    }

    /** One-hot; an unseen category is an error. */
    public static Categories of(List<String> columns) {
        return new Categories(
                columns,
                Preprocessing.FEATURES,
                new Settings(Encoding.ONE_HOT, Unseen.ERROR, 1, MAX_CATEGORIES, false));
    }

    private Categories with(Settings other) {
        return new Categories(columns(), output(), other);
    }

    /** One value a column, the number of the category. */
    public Categories ordinal() {
        Settings s = settings;
        return with(new Settings(Encoding.ORDINAL, s.unseen, s.minCount, s.maxSize, s.fillsFrequent));
    }

    /**
     * The numbers of the categories as int64 {@code [rows, columns]}, in an output of their own: for an embedding.
     *
     * @param output the network's input
     */
    public Categories ids(String output) {
        Settings s = settings;
        return new Categories(
                columns(), output, new Settings(Encoding.IDS, s.unseen, s.minCount, s.maxSize, s.fillsFrequent));
    }

    public Categories unseen(Unseen policy) {
        Settings s = settings;
        return with(new Settings(s.encoding, policy, s.minCount, s.maxSize, s.fillsFrequent));
    }

    /** Keeps categories of at least so many training rows; the others are unseen. */
    public Categories minCount(long rows) {
        Settings s = settings;
        return with(new Settings(s.encoding, s.unseen, Require.positive(rows, "minCount"), s.maxSize, s.fillsFrequent));
    }

    /** Keeps at most so many categories, the most frequent ones; of equally frequent ones those that are first in order. */
    public Categories maxSize(int categories) {
        Settings s = settings;
        Require.that(
                0 < categories && categories <= MAX_CATEGORIES,
                "maxSize",
                categories,
                "0 < maxSize <= " + MAX_CATEGORIES);
        return with(new Settings(s.encoding, s.unseen, s.minCount, categories, s.fillsFrequent));
    }

    /** Puts the most frequent category in place of missing values; of equally frequent ones the first in order. */
    public Categories fillMostFrequent() {
        Settings s = settings;
        return with(new Settings(s.encoding, s.unseen, s.minCount, s.maxSize, true));
    }

    /** For another output than {@value Preprocessing#FEATURES}. */
    public Categories into(String output) {
        return new Categories(columns(), output, settings);
    }

    @Override
    Fitting fit(Tensors first) {
        Require.that(
                settings.unseen != Unseen.ERROR || (settings.minCount == 1 && settings.maxSize == MAX_CATEGORIES),
                "unseen",
                settings.unseen,
                "UNKNOWN or ALL_ZERO where minCount or maxSize leaves categories out");
        List<RawColumn> raw = new ArrayList<>();
        for (String name : columns()) {
            raw.add(discrete(RawColumn.of(name, first)));
        }
        return new CategoriesFitting(raw, output(), settings);
    }

    private static RawColumn discrete(RawColumn column) {
        DataType type = column.dataType();
        boolean fits = type == DataType.STRING || type == DataType.INT64 || type == DataType.FLOAT64;
        if (!fits || column.row().rank() > 0) {
            throw new InvalidInputException("column " + Require.quote(column.name()) + ": " + type + column.batch()
                    + " (expected: STRING, INT64 or FLOAT64 [rows])");
        }
        return column;
    }

    @Override
    String line() {
        return "categories(" + String.join(", ", columns()) + ": " + settings + ")";
    }
}
