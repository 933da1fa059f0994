package io.maas.api.job;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.training.data.ColumnType;
import io.maas.training.data.CsvOptions;
import io.maas.training.data.ReadOptions;
import io.maas.training.data.Table;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * How the file of a data set is to be read.
 *
 * <p>Immutable and thread-safe.
 *
 * @param kind {@code csv} or {@code jsonl}
 * @param separator between cells of CSV: one character, or {@code tab}
 * @param decimal the decimal mark of CSV: a point or a comma
 * @param header whether the first line of CSV holds the names of the columns
 * @param missing texts that stand for a missing value
 * @param text columns that are text, whatever stands in them
 */
public record DataSetFormat(
        String kind, String separator, String decimal, boolean header, List<String> missing, List<String> text) {
    private static final String CSV = "csv";
    private static final String JSON_LINES = "jsonl";
    private static final int MAX_NAMES = 1_000;

    /** Advice to callers of the library, and what those can do who send a file; nothing where they can do nothing but mend it. */
    private static final Map<String, String> ADVICE = Map.of(
            "; give names with CsvOptions.withNames(…)", "; mend the line of names",
            "read a file without names with CsvOptions.withoutHeader()", "send a file without names with header=false",
            ", or read such cells as missing values with withNonFiniteMissing()",
                    ", or name it in the parameter missing",
            "declare it as missing with withMissing(…)", "name it in the parameter missing",
            "declare the column as TEXT", "name the column in the parameter text",
            ", or as NUMBER to round it", "",
            ", or read with CsvOptions.withoutQuotes() where quotes are ordinary characters", "",
            ", or allow larger cells with withMaxCellBytes(…)", "");

    public DataSetFormat {
        Require.that(kind.equals(CSV) || kind.equals(JSON_LINES), "format", Require.quote(kind), "csv or jsonl");
        Require.that(
                separator.equals("tab") || separator.length() == 1,
                "separator",
                Require.quote(separator),
                "one character, or tab");
        Require.that(decimal.length() == 1, "decimal", Require.quote(decimal), "a point or a comma");
        missing = List.copyOf(missing);
        text = List.copyOf(text);
        Require.that(missing.size() <= MAX_NAMES, "missing", missing.size(), "at most " + MAX_NAMES);
        Require.that(text.size() <= MAX_NAMES, "text", text.size(), "at most " + MAX_NAMES);
    }

    /** Commas, decimal points, a header. */
    public static DataSetFormat csv() {
        return new DataSetFormat(CSV, ",", ".", true, List.of(), List.of());
    }

    /** One JSON object a line. */
    public static DataSetFormat jsonLines() {
        return new DataSetFormat(JSON_LINES, ",", ".", true, List.of(), List.of());
    }

    /**
     * Reads a file. Messages call it the data set: where it lies is nobody's business. Nor do they speak of the
     * library's options.
     *
     * @throws InvalidInputException if a row is broken; the message names line and column
     */
    Table read(Path file) throws IOException {
        try {
            return kind.equals(CSV) ? Table.readCsv(file, csvOptions()) : Table.readJsonLines(file, cells());
        } catch (InvalidInputException e) {
            String message = String.valueOf(e.getMessage()).replace(file.toString(), "data set");
            for (Map.Entry<String, String> advice : ADVICE.entrySet()) {
                message = message.replace(advice.getKey(), advice.getValue());
            }
            throw new InvalidInputException(message, e);
        }
    }

    private ReadOptions cells() {
        ReadOptions cells = ReadOptions.defaults().withMissing(missing.toArray(new String[0]));
        for (String column : text) {
            cells = cells.withType(column, ColumnType.TEXT);
        }
        return cells;
    }

    /**
     * Requires that files can be read so.
     *
     * @throws IllegalArgumentException if a separator or a mark is not taken
     */
    public void check() {
        var unused = csvOptions();
    }

    private CsvOptions csvOptions() {
        return new CsvOptions(
                separator.equals("tab") ? '\t' : separator.charAt(0),
                decimal.charAt(0),
                true,
                false,
                header,
                List.of(),
                cells());
    }
}
