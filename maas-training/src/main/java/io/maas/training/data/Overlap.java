package io.maas.training.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.StringJoiner;

/**
 * Rows of a held-out set that stand in the training set too: what is measured on them says how well a model remembers, not how
 * well it does on what it has not seen.
 *
 * <p>Rows are told apart by 64 bits of hash over the bytes of their values; rows that only look alike are not to be expected below
 * 10<sup>9</sup> rows. Memory is bounded for data sets of any size: of a held-out set with more than {@value #MOST} different rows
 * only those are looked at whose hash lies in a range that keeps fewer, in both sets the same, and the number is an estimate
 * from them.
 *
 * @param rows how many of the held-out rows stand in the training set
 * @param of how many held-out rows there are
 * @param estimated whether {@code rows} is an estimate
 * @param first the first few of them, or of those looked at
 */
public record Overlap(long rows, int of, boolean estimated, List<Pair> first) {
    /** How many hashes are kept at most. */
    static final int MOST = 1 << 20;

    private static final int FIRST = 5;

    /**
     * One row in both sets.
     *
     * @param heldOut its number in the held-out set, from 0 on
     * @param training the first such row's number in the training set
     */
    public record Pair(int heldOut, int training) {}

    public Overlap {
        first = List.copyOf(first);
    }

    /** Rows of equal features. */
    public static Overlap of(Dataset training, Dataset heldOut) {
        return of(training, heldOut, List.of());
    }

    /**
     * Rows of equal features and of equal values in further columns, such as the other inputs of a network.
     *
     * @throws io.maas.error.InvalidInputException if there is no such column
     */
    public static Overlap of(Dataset training, Dataset heldOut, List<String> columns) {
        return of(training, heldOut, columns, MOST);
    }

    static Overlap of(Dataset training, Dataset heldOut, List<String> columns, int most) {
        RowHashes hashes = RowHashes.of(heldOut, columns);
        RowSample sample = new RowSample(Math.min(most, heldOut.rows()));
        for (int row = 0; row < heldOut.rows(); row++) {
            sample.add(hashes.of(row));
        }
        sample.sort();
        int[] trained = firstRows(RowHashes.of(training, columns), training.rows(), sample);
        long count = 0;
        List<Pair> first = new ArrayList<>();
        for (int row = 0; row < heldOut.rows(); row++) {
            int at = sample.indexOf(hashes.of(row));
            if (at >= 0 && trained[at] >= 0) {
                count++;
                if (first.size() < FIRST) {
                    first.add(new Pair(row, trained[at]));
                }
            }
        }
        return new Overlap(count << sample.zeros(), heldOut.rows(), sample.zeros() > 0, first);
    }

    /** For each hash of the sample the first row that has it, or -1. */
    private static int[] firstRows(RowHashes hashes, int rows, RowSample sample) {
        int[] first = new int[sample.size()];
        Arrays.fill(first, -1);
        for (int row = 0; row < rows; row++) {
            int at = sample.indexOf(hashes.of(row));
            if (at >= 0 && first[at] < 0) {
                first[at] = row;
            }
        }
        return first;
    }

    /** Such as {@code 2 of 360 rows (row 3 is row 17 of the training set, row 8 is row 0)}. */
    @Override
    public String toString() {
        StringJoiner pairs = new StringJoiner(", ", " (", first.size() < rows ? ", …)" : ")");
        for (Pair pair : first) {
            String where = pair.equals(first.get(0)) ? " of the training set" : "";
            pairs.add("row " + pair.heldOut + " is row " + pair.training + where);
        }
        return (estimated ? "about " : "") + rows + " of " + of + " rows" + (first.isEmpty() ? "" : pairs);
    }
}
