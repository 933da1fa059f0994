package io.maas.training.data;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.training.data.CsvScanner.MalformedCellException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Function;

/**
 * Understands the cells of a file of separated values: a missing value, a number or text.
 *
 * <p>Not thread-safe.
 */
final class CellReader {
    /** Why a whole number that float64 rounds is refused. */
    static final String ROUNDING =
            " (expected: a whole number that float64 holds, as the column has gaps, fractions or larger numbers); declare the"
                    + " column as TEXT if it names things, or as NUMBER to round it";

    private final NumberParser numbers;
    private final byte[][] missing;
    private final boolean trimmed;
    private final boolean numbersMissing;
    private final Function<ColumnSink, String> where;
    private boolean again;

    /** @param where says where in the source the cell at hand is, for messages */
    CellReader(CsvOptions options, Function<ColumnSink, String> where) {
        this.numbers = new NumberParser(options.decimal());
        this.missing = options.cells().missing().stream()
                .map(marker -> marker.getBytes(StandardCharsets.UTF_8))
                .toArray(byte[][]::new);
        this.trimmed = options.trimmed();
        this.where = where;
        this.numbersMissing = Arrays.stream(missing)
                .anyMatch(marker -> numbers.parse(marker, 0, marker.length) != NumberParser.Kind.TEXT);
    }

    /** Whether a number may stand for a missing value. */
    boolean numbersMayBeMissing() {
        return numbersMissing;
    }

    /** Whether a column turned to text behind numbers. */
    boolean again() {
        return again;
    }

    /** Gives the cell that the scanner found to its column. */
    void take(CsvScanner scanner, ColumnSink sink) throws MalformedCellException {
        byte[] bytes = scanner.cell;
        int from = first(bytes, scanner.from, scanner.to);
        int to = last(bytes, from, scanner.to);
        if (isMissing(bytes, from, to)) {
            if (!sink.missing()) {
                throw refusal(sink, bytes, from, to);
            }
        } else if (sink.isText() || !takeNumber(sink, bytes, from, to)) {
            takeText(scanner, sink, from, to);
        }
    }

    private static int first(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to && isSpace(bytes[at])) {
            at++;
        }
        return at;
    }

    private static int last(byte[] bytes, int from, int to) {
        int at = to;
        while (at > from && isSpace(bytes[at - 1])) {
            at--;
        }
        return at;
    }

    private static boolean isSpace(byte b) {
        return b == ' ' || b == '\t';
    }

    private boolean isMissing(byte[] bytes, int from, int to) {
        if (from == to) {
            return true;
        }
        for (byte[] marker : missing) {
            if (marker.length == to - from && Arrays.equals(bytes, from, to, marker, 0, marker.length)) {
                return true;
            }
        }
        return false;
    }

    /** False if the cell is no number, but may be text. */
    private boolean takeNumber(ColumnSink sink, byte[] bytes, int from, int to) {
        boolean taken;
        switch (numbers.parse(bytes, from, to)) {
            case INTEGER -> {
                long value = numbers.integer();
                if ((long) (double) value != value || value == Long.MAX_VALUE) {
                    sink.inexact(() -> rounding(sink, bytes, from, to));
                }
                taken = (value == 0 && sink.type() == ColumnType.NUMBER)
                        ? sink.number(numbers.number())
                        : sink.integer(value);
            }
            case NUMBER -> {
                if (!numbers.exact()) {
                    sink.inexact(() -> rounding(sink, bytes, from, to));
                }
                taken = sink.number(numbers.number());
            }
            case NOT_FINITE -> taken = sink.notFinite(() -> notFinite(sink, bytes, from, to));
            default -> {
                if (!sink.isDeclared()) {
                    return false;
                }
                taken = false;
            }
        }
        if (!taken) {
            throw refusal(sink, bytes, from, to);
        }
        return true;
    }

    private void takeText(CsvScanner scanner, ColumnSink sink, int from, int to) throws MalformedCellException {
        if (!scanner.isText()) {
            throw new InvalidInputException(
                    where.apply(sink) + ": bytes that are not UTF-8 (expected: UTF-8); convert the file");
        }
        boolean inner = trimmed && !scanner.quoted;
        sink.text(scanner.cell, inner ? from : scanner.from, inner ? to : scanner.to);
        again |= sink.again();
    }

    private String rounding(ColumnSink sink, byte[] bytes, int from, int to) {
        return cell(sink, bytes, from, to) + ROUNDING;
    }

    private String notFinite(ColumnSink sink, byte[] bytes, int from, int to) {
        return cell(sink, bytes, from, to)
                + " (expected: a finite number); mend the cell, or read such cells as missing values with withNonFiniteMissing()";
    }

    private InvalidInputException refusal(ColumnSink sink, byte[] bytes, int from, int to) {
        if (numbers.parse(bytes, from, to) == NumberParser.Kind.NOT_FINITE) {
            return new InvalidInputException(notFinite(sink, bytes, from, to));
        }
        boolean integer = sink.type() == ColumnType.INTEGER;
        String advice = integer
                ? "; mend the cell, or declare the column as NUMBER or TEXT"
                : "; mend the cell, declare it as missing with" + " withMissing(…), or declare the column as TEXT";
        return new InvalidInputException(
                cell(sink, bytes, from, to) + " (expected: " + (integer ? "an integer" : "a number") + ")" + advice);
    }

    private String cell(ColumnSink sink, byte[] bytes, int from, int to) {
        // A cell may be long; a quotation is not.
        int end = Math.min(to, from + 400);
        return where.apply(sink) + ": " + Require.quote(new String(bytes, from, end - from, StandardCharsets.UTF_8));
    }

    /** A column's name from the cell that the scanner found in the line of names. */
    static String name(CsvScanner scanner, int place) throws MalformedCellException {
        if (!scanner.isText()) {
            throw new MalformedCellException("bytes that are not UTF-8 (expected: UTF-8); convert the file");
        }
        String name = new String(scanner.cell, scanner.from, scanner.to - scanner.from, StandardCharsets.UTF_8).strip();
        return name.isEmpty() ? "column_" + (place + 1) : name;
    }
}
