package io.maas.training.data;

import io.maas.error.Require;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * How a file of separated values (RFC 4180, UTF-8) is to be read.
 *
 * <p>Lines that are empty or hold spaces alone are skipped. Numbers may have spaces around them.
 *
 * <p>Immutable and thread-safe.
 *
 * @param separator what stands between cells: an ASCII character that no number has, and no quote or line break
 * @param decimal the decimal mark of numbers: a point or a comma
 * @param quotes whether cells may stand in double quotes; if not, a quote is a character as any other
 * @param trimmed whether spaces around cells are dropped from texts too, those outside of quotes alone
 * @param header whether the first line holds the names of the columns
 * @param names the columns' names, in place of a header's; empty for those of the header or, without one, {@code column_1},
 *     {@code column_2}, …
 * @param cells how cells are understood
 */
public record CsvOptions(
        char separator,
        char decimal,
        boolean quotes,
        boolean trimmed,
        boolean header,
        List<String> names,
        ReadOptions cells) {

    public CsvOptions {
        Require.that(
                separator < 0x80
                        && !Character.isLetterOrDigit(separator)
                        && "\"\r\n+-. \0".indexOf(separator) < 0
                        && separator != decimal,
                "separator",
                Require.quote(String.valueOf(separator)),
                "an ASCII character that no number, quote or line break has; such as ',', ';' or a tab");
        Require.that(decimal == '.' || decimal == ',', "decimal", Require.quote(String.valueOf(decimal)), "'.' or ','");
        names = List.copyOf(names);
        Require.that(names.stream().distinct().count() == names.size(), "names", names, "each name once");
    }

    /** Commas between cells, decimal points, quotes, untrimmed texts, a header, inferred types. */
    public static CsvOptions defaults() {
        return new CsvOptions(',', '.', true, false, true, List.of(), ReadOptions.defaults());
    }

    public CsvOptions withSeparator(char other) {
        return new CsvOptions(other, decimal, quotes, trimmed, header, names, cells);
    }

    /** Semicolons between cells and decimal commas, as spreadsheets write where the comma is the decimal mark. */
    public CsvOptions withDecimalComma() {
        return new CsvOptions(separator == ',' ? ';' : separator, ',', quotes, trimmed, header, names, cells);
    }

    /** Quotes are characters as any other. */
    public CsvOptions withoutQuotes() {
        return new CsvOptions(separator, decimal, false, trimmed, header, names, cells);
    }

    /** Spaces around cells are dropped. */
    public CsvOptions withTrimming() {
        return new CsvOptions(separator, decimal, quotes, true, header, names, cells);
    }

    /** The first line holds the names of the columns. */
    public CsvOptions withHeader() {
        return new CsvOptions(separator, decimal, quotes, trimmed, true, names, cells);
    }

    /** The first line is a row as any other. */
    public CsvOptions withoutHeader() {
        return new CsvOptions(separator, decimal, quotes, trimmed, false, names, cells);
    }

    /** The columns' names, in place of those of the header if there is one. */
    public CsvOptions withNames(String... columns) {
        return new CsvOptions(separator, decimal, quotes, trimmed, header, List.of(columns), cells);
    }

    /** See {@link ReadOptions}. */
    public CsvOptions withCells(ReadOptions other) {
        return new CsvOptions(separator, decimal, quotes, trimmed, header, names, other);
    }

    /** As {@link ReadOptions#withType}. */
    public CsvOptions withType(String column, ColumnType type) {
        return withCells(cells.withType(column, type));
    }

    /** As {@link ReadOptions#withTypes}. */
    public CsvOptions withTypes(Map<String, ColumnType> columns) {
        return withCells(cells.withTypes(columns));
    }

    /** As {@link ReadOptions#withMissing}. */
    public CsvOptions withMissing(String... markers) {
        return withCells(cells.withMissing(markers));
    }

    /** As {@link ReadOptions#withNonFiniteMissing}. */
    public CsvOptions withNonFiniteMissing() {
        return withCells(cells.withNonFiniteMissing());
    }

    /** As {@link ReadOptions#withMaxCellBytes}. */
    public CsvOptions withMaxCellBytes(int other) {
        return withCells(cells.withMaxCellBytes(other));
    }

    /** As {@link ReadOptions#withCache}. */
    public CsvOptions withCache(Path file) {
        return withCells(cells.withCache(file));
    }
}
