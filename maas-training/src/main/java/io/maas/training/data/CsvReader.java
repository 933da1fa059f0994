package io.maas.training.data;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.training.data.CsvScanner.MalformedCellException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a source of separated values once, from its beginning to its end, into a table.
 *
 * <p>Not thread-safe.
 */
final class CsvReader {
    private final String source;
    private final CsvOptions options;
    private final CsvScanner scanner;
    private final TableWriter writer;
    private final CellReader cells;
    private final List<ColumnSink> columns = new ArrayList<>();
    private final byte decimal;
    private final boolean fast;
    private final boolean[] ends = new boolean[256];
    private long rowLine;
    private int column;

    private CsvReader(String source, InputStream stream, CsvOptions options, TableWriter writer)
            throws IOException, MalformedCellException {
        this.source = source;
        this.options = options;
        this.scanner = new CsvScanner(stream, options);
        this.writer = writer;
        this.cells = new CellReader(options, this::where);
        this.decimal = (byte) options.decimal();
        this.fast = !cells.numbersMayBeMissing();
        ends['\n'] = true;
        ends['\r'] = true;
        ends[options.separator()] = true;
    }

    static Table read(Source source, CsvOptions options) throws IOException {
        String settings = options.withCells(options.cells().withoutCache()).toString();
        return Passes.read(source, options.cells(), settings, (stream, writer) -> run(source, stream, options, writer));
    }

    private static void run(Source source, InputStream stream, CsvOptions options, TableWriter writer)
            throws IOException {
        CsvReader reader = null;
        try {
            reader = new CsvReader(source.name(), stream, options, writer);
            reader.run(source);
        } catch (MalformedCellException e) {
            String where = reader == null ? source.name() + ", line 1" : reader.where();
            throw new InvalidInputException(where + ": " + e.getMessage(), e);
        }
    }

    private void run(Source from) throws IOException, MalformedCellException {
        if (options.header()) {
            readHeader();
        } else if (!options.names().isEmpty()) {
            options.names().forEach(name -> columns.add(writer.add(name)));
        }
        if (scanner.nextRow()) {
            if (columns.isEmpty()) {
                readFirstRow();
            } else {
                readRow();
            }
            requireDeclared();
            if (writer.sinks().stream().allMatch(ColumnSink::isDeclared)) {
                from.forget();
            }
            while (scanner.nextRow()) {
                readRow();
            }
        }
        if (writer.rows() == 0) {
            throw new InvalidInputException(source + ": no rows in " + (scanner.line() - 1)
                    + " lines (expected: at least one" + (options.header() ? " below the line of names" : "") + ")");
        }
    }

    private void readHeader() throws IOException, MalformedCellException {
        List<String> names = new ArrayList<>();
        if (!scanner.nextRow()) {
            return;
        }
        do {
            TableWriter.requireRoom(names.size());
            scanner.scan();
            names.add(CellReader.name(scanner, names.size()));
        } while (scanner.more());
        HeaderRow.check(source, scanner.line() - 1, names, options);
        (options.names().isEmpty() ? names : options.names()).forEach(name -> columns.add(writer.add(name)));
    }

    /** A row that says how many columns there are. */
    private void readFirstRow() throws IOException, MalformedCellException {
        rowLine = scanner.line();
        do {
            columns.add(writer.add("column_" + (columns.size() + 1)));
            scanner.scan();
            cells.take(scanner, columns.get(columns.size() - 1));
        } while (scanner.more());
        endRow();
    }

    private void readRow() throws IOException, MalformedCellException {
        rowLine = scanner.line();
        int width = columns.size();
        column = 0;
        boolean more;
        do {
            if (column == width) {
                throw tooMany();
            }
            ColumnSink sink = columns.get(column);
            if (!fast || sink.isText() || !readDigits(sink)) {
                scanner.scan();
                cells.take(scanner, sink);
            }
            column++;
            more = scanner.more();
        } while (more);
        if (column < width) {
            throw new InvalidInputException(row() + ": " + column + " cells (expected: " + width + ", as "
                    + (options.header() ? "there are names" : "in the first row") + "); mend or remove the line");
        }
        endRow();
    }

    /** Takes a cell of at most 18 digits and a decimal mark; false if the cell is another, and nothing was done. */
    private boolean readDigits(ColumnSink sink) {
        byte[] bytes = scanner.bytes;
        int p = scanner.at;
        boolean negative = bytes[p] == '-';
        if (negative) {
            p++;
        }
        int start = p;
        long mantissa = 0;
        int digit = bytes[p] - '0';
        while (digit >= 0 && digit <= 9) {
            mantissa = 10 * mantissa + digit;
            digit = bytes[++p] - '0';
        }
        int whole = p - start;
        int fraction = -1;
        if (bytes[p] == decimal) {
            int mark = p;
            digit = bytes[++p] - '0';
            while (digit >= 0 && digit <= 9) {
                mantissa = 10 * mantissa + digit;
                digit = bytes[++p] - '0';
            }
            fraction = p - mark - 1;
        }
        int digits = whole + Math.max(0, fraction);
        // A window's end looks like a line's.
        if (digits == 0 || digits > 18 || !ends[bytes[p] & 0xff] || p >= scanner.limit) {
            return false;
        }
        return take(sink, mantissa, negative, fraction, p);
    }

    private boolean take(ColumnSink sink, long mantissa, boolean negative, int fraction, int end) {
        boolean taken;
        if (fraction < 0) {
            if (mantissa >>> 53 != 0 || (negative && mantissa == 0)) {
                return false;
            }
            taken = sink.integer(negative ? -mantissa : mantissa);
        } else {
            double value = Decimals.of(mantissa, -fraction);
            if (Double.isNaN(value)) {
                return false;
            }
            taken = sink.number(negative ? -value : value);
        }
        if (taken) {
            scanner.at = end;
        }
        return taken;
    }

    private void endRow() throws IOException {
        writer.endRow();
        if (!writer.isDiscarding() && cells.again()) {
            writer.discard();
        }
    }

    private InvalidInputException tooMany() throws IOException, MalformedCellException {
        int count = column;
        do {
            scanner.scan();
            count++;
        } while (scanner.more());
        return new InvalidInputException(row() + ": " + count + " cells (expected: " + columns.size() + ", as "
                + (options.header() ? "there are names" : "in the first row")
                + "); mend or remove the line, or quote cells that hold the separator");
    }

    private String row() {
        return source + ", line " + rowLine + ", row " + writer.rows();
    }

    private String where(ColumnSink sink) {
        return source + ", line " + scanner.line() + ", row " + writer.rows() + ", column "
                + Require.quote(sink.name());
    }

    /** Where the scanner gave up. */
    private String where() {
        if (columns.isEmpty()) {
            return source + ", line " + scanner.line();
        }
        return column < columns.size() ? where(columns.get(column)) : row();
    }

    private void requireDeclared() {
        for (String name : options.cells().types().keySet()) {
            if (columns.stream().noneMatch(column -> column.name().equals(name))) {
                throw new InvalidInputException(
                        source + ": no column " + Require.quote(name) + ", whose type is declared (expected: one of "
                                + columns.stream().map(ColumnSink::name).toList() + ")");
            }
        }
    }
}
