package io.maas.training.data;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.tensor.Tensor;
import io.maas.train.LossScope;
import java.util.AbstractList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How rows are held out: at random, with equal shares of every class, in whole groups, or the latest. Each row is in exactly one
 * part, and method, seed and rows alone decide in which.
 *
 * <pre>{@code
 * Partition parts = Splitter.stratified(42).split(data, 0.1, 0.2);
 * for (Split fold : Splitter.grouped("patient", 42).folds(data, 5)) { … }
 * }</pre>
 *
 * <p>What is not a {@link Dataset}, such as a table before its preprocessing is fitted, is split by numbers of rows: give their
 * count and the column that the method looks at, and take the rows of the numbers that come back.
 *
 * <p>Immutable and thread-safe. Splitting takes some 20 bytes a row beside the numbers themselves.
 *
 * @param method what decides
 * @param column the column that it looks at; null for none
 * @param seed of what is random
 */
public record Splitter(Method method, @Nullable String column, long seed) {
    /** What decides where a row goes. */
    public enum Method {
        /** Chance. */
        RANDOM,
        /** Chance, within each class. */
        STRATIFIED,
        /** Chance, for all rows of a group together. */
        GROUPED,
        /** The time of the row. */
        TIME
    }

    public Splitter {
        Require.that(
                (column == null) == (method == Method.RANDOM),
                "column",
                String.valueOf(column),
                "none for RANDOM, and one for each other method");
    }

    /** At random. Folds are of one size, to within one row. */
    public static Splitter random(long seed) {
        return new Splitter(Method.RANDOM, null, seed);
    }

    /** {@link #stratified(String, long)} by the targets, which are class indices. */
    public static Splitter stratified(long seed) {
        return stratified(LossScope.TARGET, seed);
    }

    /**
     * At random, so that each class has the same share in all parts, to within one row; folds are of one size, to within one row.
     * What shares rounded down leave over comes from the classes with the largest remainders, lower ones first (Hamilton's
     * method).
     *
     * @param column of classes: integers or texts, {@code [rows]}
     */
    public static Splitter stratified(String column, long seed) {
        return new Splitter(Method.STRATIFIED, column, seed);
    }

    /**
     * At random, all rows of a group in one part, such as those of one patient, so that a model is judged on groups that it has
     * never seen. Parts are as near to their share of the rows as whole groups come: groups that still fit are taken in random
     * order. Folds take groups from the largest on, each the lightest fold the next.
     *
     * @param column of groups: integers or texts, {@code [rows]}
     */
    public static Splitter grouped(String column, long seed) {
        return new Splitter(Method.GROUPED, column, seed);
    }

    /**
     * The latest rows are held out, so that a model is judged on times after all that it has seen; rows of one time are never
     * separated, and parts are as near to their share as that allows. Parts are in order of time. Folds are an expanding window:
     * of k + 1 blocks in order of time, each but the first is held out for a model of all blocks before it.
     *
     * @param column of times: numbers, or texts whose order is that of time, as in ISO 8601; {@code [rows]}
     */
    public static Splitter byTime(String column) {
        return new Splitter(Method.TIME, column, 0);
    }

    // ---- data sets

    /**
     * Cuts a data set in two; copies no rows.
     *
     * @param testShare the share of the rows that is held out, {@code 0 < testShare < 1}; their number is rounded
     * @throws IllegalArgumentException if one part would be empty
     * @throws InvalidInputException if the column is missing or of the wrong type, or there is but one group or time
     */
    public Split split(Dataset data, double testShare) {
        RowSplit rows = split(data.rows(), data::find, testShare);
        String how = this + ", " + testShare + " held out: ";
        return new Split(
                data.picked(rows.train()).after(how + "train"),
                data.picked(rows.test()).after(how + "test"));
    }

    /**
     * Cuts a data set in three; copies no rows. Of times, the test part has the latest.
     *
     * @param validationShare the share of all rows that is for validation, {@code > 0}; their number is rounded
     * @param testShare the share of all rows that is for the test, {@code > 0}; their number is rounded
     * @throws IllegalArgumentException if one part would be empty
     * @throws InvalidInputException if the column is missing or of the wrong type, or there are fewer than three groups or times
     */
    public Partition split(Dataset data, double validationShare, double testShare) {
        RowPartition rows = split(data.rows(), data::find, validationShare, testShare);
        String how = this + ", " + validationShare + " and " + testShare + " held out: ";
        return new Partition(
                data.picked(rows.train()).after(how + "train"),
                data.picked(rows.validation()).after(how + "validation"),
                data.picked(rows.test()).after(how + "test"));
    }

    /**
     * Cuts a data set {@code folds} times, each time holding out other rows; copies no rows. A fold is put together when it is
     * taken from the list.
     *
     * @param folds {@code 2 <= folds <= rows}
     * @throws IllegalArgumentException if there are too few or too many folds
     * @throws InvalidInputException if the column is missing or of the wrong type, or has too few groups or times
     */
    public List<Split> folds(Dataset data, int folds) {
        List<RowSplit> rows = folds(data.rows(), data::find, folds);
        return new AbstractList<>() {
            @Override
            public int size() {
                return rows.size();
            }

            @Override
            public Split get(int fold) {
                String how = Splitter.this + ", fold " + (fold + 1) + " of " + size() + ": ";
                RowSplit parts = rows.get(fold);
                return new Split(
                        data.picked(parts.train()).after(how + "train"),
                        data.picked(parts.test()).after(how + "test"));
            }
        };
    }

    // ---- numbers of rows

    /**
     * The numbers of the rows of {@link #split(Dataset, double)}.
     *
     * @param rows how many there are
     * @param columns gives the column of a name, one value a row, or null; asked for {@link #column} alone
     */
    public RowSplit split(int rows, Function<String, @Nullable Tensor> columns, double testShare) {
        return splitting(rows, columns).split(testShare);
    }

    /** The numbers of the rows of {@link #split(Dataset, double, double)}. */
    public RowPartition split(
            int rows, Function<String, @Nullable Tensor> columns, double validationShare, double testShare) {
        return splitting(rows, columns).split(validationShare, testShare);
    }

    /** The numbers of the rows of {@link #folds(Dataset, int)}. */
    public List<RowSplit> folds(int rows, Function<String, @Nullable Tensor> columns, int folds) {
        Require.that(folds >= 2 && folds <= rows, "folds", folds, "2 <= folds <= " + rows + ", the number of rows");
        return splitting(rows, columns).folds(folds);
    }

    private Splitting splitting(int rows, Function<String, @Nullable Tensor> columns) {
        if (rows < 2) {
            throw new InvalidInputException("rows: " + rows + " (expected: at least two, to hold out one)");
        }
        if (column == null) {
            return new Splitting.AtRandom(rows, seed);
        }
        Keys keys = keys(column, rows, columns);
        return switch (method) {
            case RANDOM -> new Splitting.AtRandom(rows, seed);
            case STRATIFIED -> new Splitting.Stratified(keys, seed);
            case GROUPED -> new Splitting.Grouped(keys, seed, column);
            case TIME -> new Splitting.ByTime(keys, column);
        };
    }

    private Keys keys(String name, int rows, Function<String, @Nullable Tensor> columns) {
        Tensor values = columns.apply(name);
        if (values == null) {
            throw new InvalidInputException("column " + Require.quote(name)
                    + ": none (expected: the column to split by); add it, or split by another");
        }
        Keys keys = Keys.of(name, values, method == Method.TIME);
        Require.that(keys.codes().length == rows, "rows of " + Require.quote(name), keys.codes().length, "" + rows);
        return keys;
    }

    /** For lineage, such as {@code stratified by target, seed 42}. */
    @Override
    public String toString() {
        return switch (method) {
            case RANDOM -> "random, seed " + seed;
            case STRATIFIED -> "stratified by " + column + ", seed " + seed;
            case GROUPED -> "grouped by " + column + ", seed " + seed;
            case TIME -> "by time " + column;
        };
    }
}
