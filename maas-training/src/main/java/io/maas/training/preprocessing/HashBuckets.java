package io.maas.training.preprocessing;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Columns of text or whole numbers with too many different values for a vocabulary: each falls into one of a fixed number of
 * buckets by its hash. Nothing is fitted, nothing is ever unseen, and different values may share a bucket. Missing text is the
 * empty text.
 *
 * <p>The hash is 32-bit MurmurHash3 with seed 0, of the eight bytes of a number, least first, or of text in modified UTF-8 (that of
 * the JVM, which is UTF-8 but for U+0000 and characters outside the basic multilingual plane); modulo the number of buckets. In the
 * graph it is {@code com.microsoft.MurmurHash3}, which ONNX Runtime has and other runtimes may lack.
 *
 * <p>Immutable and thread-safe; the other methods give changed copies.
 *
 * @see "Weinberger et al., Feature Hashing for Large Scale Multitask Learning (2009)"
 */
public final class HashBuckets extends Transformation {
    private static final int MAX_ONE_HOT = 1 << 16;

    private final int buckets;
    private final Encoding encoding;

    private HashBuckets(List<String> columns, String output, int buckets, Encoding encoding) {
        super(columns, output);
        Require.that(
                encoding != Encoding.ONE_HOT || buckets <= MAX_ONE_HOT,
                "buckets",
                buckets,
                "at most " + MAX_ONE_HOT + " one-hot; use ids(…) and an embedding for more");
        this.buckets = Require.positive(buckets, "buckets");
        this.encoding = encoding;
    }

    /** One value a bucket: 1 for the one that the cell falls into, 0 for the others. */
    public static HashBuckets of(int buckets, String... columns) {
        return new HashBuckets(List.of(columns), Preprocessing.FEATURES, buckets, Encoding.ONE_HOT);
    }

    /**
     * The numbers of the buckets as int64 {@code [rows, columns]}, in an output of their own: for an embedding.
     *
     * @param output the network's input
     */
    public static HashBuckets ids(String output, int buckets, String... columns) {
        return new HashBuckets(List.of(columns), output, buckets, Encoding.IDS);
    }

    /** For another output than {@value Preprocessing#FEATURES}. */
    public HashBuckets into(String output) {
        return new HashBuckets(columns(), output, buckets, encoding);
    }

    @Override
    Fitting fit(Tensors first) {
        List<RawColumn> raw = new ArrayList<>();
        for (String name : columns()) {
            RawColumn column = RawColumn.of(name, first);
            boolean fits = column.dataType() == DataType.STRING || column.dataType() == DataType.INT64;
            if (!fits || column.row().rank() > 0) {
                throw new InvalidInputException("column " + Require.quote(name) + ": " + column.dataType()
                        + column.batch() + " (expected: STRING or INT64 [rows]); read it as text");
            }
            raw.add(column);
        }
        return new Ready(HashEncoder.of(raw, output(), buckets, encoding));
    }

    @Override
    String line() {
        return "hash(" + String.join(", ", columns()) + ": " + buckets + " buckets, "
                + encoding.name().toLowerCase(Locale.ROOT).replace('_', '-') + ")";
    }
}
