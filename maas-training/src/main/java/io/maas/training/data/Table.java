package io.maas.training.data;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Rows of typed cells in named columns, as they come from a file, a stream or memory: what preprocessing is fitted on, and what
 * becomes a {@link Dataset}. Large tables lie in a mapped file and take next to no heap; {@link #rows(int, int)} gives them in
 * portions. Rows count from 0.
 *
 * <p>Immutable and thread-safe. There is nothing to close: the memory, and the temporary file behind it, go with the last table
 * or tensor that was made from it.
 */
public final class Table {
    /** The rows of a portion where the library itself goes through a table: small enough for tensors on the heap. */
    static final int PORTION = 1 << 12;

    private final List<String> names;
    private final List<StoredColumn> columns;
    private final int @Nullable [] index;
    private final int rows;

    /**
     * @param index which stored rows these are, in order; null for all of them
     */
    Table(List<String> names, List<StoredColumn> columns, int @Nullable [] index, int rows) {
        this.names = List.copyOf(names);
        this.columns = List.copyOf(columns);
        this.index = index;
        this.rows = rows;
    }

    // ---- reading

    /**
     * Reads a file of separated values, compressed by gzip or not.
     *
     * <p>The type of a column that is not declared follows from all of its cells: {@link ColumnType#INTEGER} if all are whole
     * numbers of 64 bits, {@link ColumnType#NUMBER} if all are decimal numbers or missing, else {@link ColumnType#TEXT}. A file in
     * which a column turns to text behind numbers is read twice.
     *
     * @throws IOException if the file cannot be read, or the disk is full
     * @throws InvalidInputException if there is no row, a row has too few or too many cells, a quote is out of place or never
     *     closed, bytes are not UTF-8, a cell does not fit its column's declared type, a number is not finite, a whole number would
     *     be rounded in a column with gaps or fractions, or names are missing or double; the message names file, line, row, column
     *     and cell
     */
    public static Table readCsv(Path file, CsvOptions options) throws IOException {
        return CsvReader.read(Source.of(file), options);
    }

    /**
     * As {@link #readCsv(Path, CsvOptions)}, from a stream, which stays open; it is the caller's.
     *
     * @throws IllegalArgumentException if the options ask for a cache, as it could not be told whether the stream is still the same
     */
    public static Table readCsv(InputStream stream, CsvOptions options) throws IOException {
        requireNoCache(options.cells());
        try (Source source = Source.of(stream, "csv")) {
            return CsvReader.read(source, options);
        }
    }

    /**
     * Reads a file of JSON lines, compressed by gzip or not: one flat object for each row, a column for each key, in the order in
     * which keys appear first. A key that an object lacks, null, the empty text and the options' markers are missing values; true
     * and false are the integers 1 and 0. Types follow from all values as for {@link #readCsv(Path, CsvOptions)}; a text is never
     * taken for a number.
     *
     * @throws IOException if the file cannot be read, or the disk is full
     * @throws InvalidInputException if there is no row, what is read is no JSON object, a value is an object or array, a key stands
     *     twice in an object, a value does not fit its column's declared type or the limits, or a whole number would be rounded in a
     *     column with gaps or fractions; the message names file, line, row, key and value
     */
    public static Table readJsonLines(Path file, ReadOptions options) throws IOException {
        return JsonLinesReader.read(Source.of(file), options);
    }

    /**
     * As {@link #readJsonLines(Path, ReadOptions)}, from a stream, which stays open; it is the caller's.
     *
     * @throws IllegalArgumentException if the options ask for a cache, as it could not be told whether the stream is still the same
     */
    public static Table readJsonLines(InputStream stream, ReadOptions options) throws IOException {
        requireNoCache(options);
        try (Source source = Source.of(stream, "json lines")) {
            return JsonLinesReader.read(source, options);
        }
    }

    private static void requireNoCache(ReadOptions options) {
        Require.that(options.cache() == null, "cache", String.valueOf(options.cache()), "none for a stream");
    }

    // ---- from Java

    /**
     * A table of these tensors, each {@code [rows]} or {@code [rows, 1]}: floating-point types become numbers, NaN standing for a
     * missing value; integers and bool become integers; strings text.
     *
     * @throws InvalidInputException if there is no row, shapes are others, or a number is infinite
     * @throws UncheckedIOException if the table is large and the disk full
     */
    public static Table of(Tensors tensors) {
        return TensorRows.of(tensors);
    }

    /**
     * A table with a row for each object of a stream, which is read to its end, in order. No more than some rows are in memory at once.
     *
     * @throws InvalidInputException if there is no row, or a number is infinite
     * @throws UncheckedIOException if the table is large and the disk full
     */
    public static <T> Table of(Stream<T> rows, Columns<T> columns) {
        return RowValues.of(rows.sequential().iterator(), columns);
    }

    /** As {@link #of(Stream, Columns)}, for each object of a list. */
    public static <T> Table of(List<T> rows, Columns<T> columns) {
        return RowValues.of(rows.iterator(), columns);
    }

    /**
     * A table with a row for each map and a column for each key, in the order in which keys appear first. Values are numbers,
     * booleans (1 and 0), texts and enums; a key that a map lacks, null, NaN and the empty text are missing values. Types follow
     * from all values, as for files.
     *
     * @throws InvalidInputException if there is no row, a value is of another type, or a number is infinite
     * @throws UncheckedIOException if the table is large and the disk full
     */
    public static Table ofMaps(List<? extends Map<String, ?>> rows) {
        return RowValues.of(rows);
    }

    // ---- what is in it

    /** The number of rows. */
    public int rows() {
        return rows;
    }

    /** The columns' names, in order. */
    public List<String> names() {
        return names;
    }

    /**
     * The type of a column.
     *
     * @throws InvalidInputException if there is no such column
     */
    public ColumnType type(String name) {
        return columns.get(place(name)).type();
    }

    /**
     * Rows {@code [from, to)}: a tensor {@code [to - from]} for each column. Those of numbers share the table's memory where they
     * can.
     */
    public Tensors rows(int from, int to) {
        requireRange(from, to);
        List<Tensors.Entry> entries = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            entries.add(new Tensors.Entry(names.get(i), read(columns.get(i), from, to)));
        }
        return Tensors.copyOf(entries);
    }

    /**
     * Rows {@code [from, to)} of one column: float64, int64 or string {@code [to - from]}.
     *
     * @throws InvalidInputException if there is no such column
     */
    public Tensor column(String name, int from, int to) {
        requireRange(from, to);
        return read(columns.get(place(name)), from, to);
    }

    private void requireRange(int from, int to) {
        if (from < 0 || from > to || to > rows) {
            throw Require.failure("rows", from + ".." + to, "a range within 0.." + rows);
        }
    }

    private Tensor read(StoredColumn column, int from, int to) {
        if (from == to) {
            return Tensor.zeros(column.type().dataType(), Shape.of(0));
        }
        return index == null ? column.range(from, to) : column.gather(index, from, to);
    }

    private int place(String name) {
        int place = names.indexOf(name);
        if (place < 0) {
            throw new InvalidInputException("column: " + Require.quote(name) + " (expected: one of " + names
                    + "); check the name, or the header of the file");
        }
        return place;
    }

    // ---- the same rows, seen otherwise

    /**
     * These rows in this order; a row may occur more than once. Nothing but the numbers is copied.
     *
     * @throws IllegalArgumentException if one is not {@code 0 <= row < rows()}
     */
    public Table rows(int[] chosen) {
        int[] stored = chosen.clone();
        for (int i = 0; i < stored.length; i++) {
            if (stored[i] < 0 || stored[i] >= rows) {
                throw Require.failure("row", stored[i], "0 <= row < " + rows);
            }
            stored[i] = index == null ? stored[i] : index[stored[i]];
        }
        return new Table(names, columns, stored, stored.length);
    }

    /**
     * The columns of these names, in this order.
     *
     * @throws InvalidInputException if one is not there
     */
    public Table select(List<String> chosen) {
        Require.that(new HashSet<>(chosen).size() == chosen.size(), "columns", chosen, "each name once");
        return new Table(
                chosen, chosen.stream().map(name -> columns.get(place(name))).toList(), index, rows);
    }

    /** As {@link #select(List)}. */
    public Table select(String... chosen) {
        return select(Arrays.asList(chosen));
    }

    /**
     * All columns but these.
     *
     * @throws InvalidInputException if one is not there
     */
    public Table drop(String... dropped) {
        Set<String> gone = new HashSet<>();
        for (String name : dropped) {
            gone.add(names.get(place(name)));
        }
        return select(names.stream().filter(name -> !gone.contains(name)).toList());
    }

    /**
     * With another name for a column.
     *
     * @throws InvalidInputException if it is not there
     */
    public Table rename(String name, String other) {
        int place = place(name);
        Require.that(
                name.equals(other) || !names.contains(other),
                "name",
                Require.quote(other),
                "a name not among " + names);
        List<String> renamed = new ArrayList<>(names);
        renamed.set(place, other);
        return new Table(renamed, columns, index, rows);
    }

    // ---- what it becomes

    /**
     * Examples whose features are these columns, as float32 {@code [rows, features]}. Integer targets are class indices, int64
     * {@code [rows]}; numbers are values to predict, float32 {@code [rows, 1]}. Where the features are large they go to a temporary
     * file, in portions, and are mapped.
     *
     * @throws InvalidInputException if a column is not there or holds text, or a value is missing or
     *     beyond float32; the message names column and row
     * @throws UncheckedIOException if the data set is large and the disk full
     */
    public Dataset dataset(List<String> features, String target) {
        try {
            return TableDataset.of(select(features), select(target));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Examples with this target; all other columns are features, in order. See {@link #dataset(List, String)}. */
    public Dataset dataset(String target) {
        return dataset(drop(target).names, target);
    }

    /** Examples whose target is the last column; all others are features. See {@link #dataset(List, String)}. */
    public Dataset dataset() {
        return dataset(names.get(names.size() - 1));
    }

    /**
     * What the table is, as SHA-256 in lower-case hex over names, types and cells. Tables with equal cells in equal order have
     * equal hashes, wherever their cells are stored; another order of the rows is another hash.
     */
    public String hash() {
        return TableHash.of(this);
    }

    /** Such as {@code 1797 rows: age number, city text}; never values. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(rows + " rows:");
        for (int i = 0; i < names.size(); i++) {
            text.append(i == 0 ? " " : ", ")
                    .append(names.get(i))
                    .append(' ')
                    .append(columns.get(i).type().name().toLowerCase(Locale.ROOT));
        }
        return text.toString();
    }
}
