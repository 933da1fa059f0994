package io.maas.training.data;

import io.maas.error.Require;

/**
 * How a file of comma-separated values is to be read: one row a line, UTF-8, numbers without quotes.
 *
 * <p>Immutable and thread-safe.
 *
 * @param separator what stands between cells; never a quote or a line break
 * @param header whether the first line holds the names of the columns
 * @param targetColumn the column of the targets, from 0 on; {@link #LAST} for the last one
 * @param classes whether targets are class indices (int64) or numbers (float32)
 */
public record CsvOptions(char separator, boolean header, int targetColumn, boolean classes) {
    /** Stands for the last column. */
    public static final int LAST = -1;

    public CsvOptions {
        Require.that(
                separator != '"' && separator != '\n' && separator != '\r',
                "separator",
                Require.quote(String.valueOf(separator)),
                "a character that is no quote and no line break");
        Require.that(targetColumn >= LAST, "targetColumn", targetColumn, "targetColumn >= 0, or LAST");
    }

    /** Commas, no header, class indices in the last column. */
    public static CsvOptions defaults() {
        return new CsvOptions(',', false, LAST, true);
    }

    public CsvOptions withSeparator(char other) {
        return new CsvOptions(other, header, targetColumn, classes);
    }

    /** The first line holds the names of the columns. */
    public CsvOptions withHeader() {
        return new CsvOptions(separator, true, targetColumn, classes);
    }

    public CsvOptions withTargetColumn(int other) {
        return new CsvOptions(separator, header, other, classes);
    }

    /** Targets are numbers: float32 {@code [rows, 1]} instead of int64 {@code [rows]}. */
    public CsvOptions withNumericTargets() {
        return new CsvOptions(separator, header, targetColumn, false);
    }
}
