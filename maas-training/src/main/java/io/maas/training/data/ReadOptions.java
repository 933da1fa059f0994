package io.maas.training.data;

import io.maas.error.Require;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * How the cells of a file of rows are to be understood, whatever the file's format.
 *
 * <p>Immutable and thread-safe.
 *
 * @param types the declared types by column; the type of every other column is inferred from all of its cells
 * @param missing texts that stand for a missing value, compared without the spaces around them; always with the empty one
 * @param nonFiniteMissing whether {@code NaN} and {@code Infinity} in a column of numbers are missing values; if not, they are
 *     refused
 * @param maxCellBytes the bytes that a cell may have, {@code 16 <= maxCellBytes <= 2^28}; it bounds what a quote that is never
 *     closed may take
 * @param cache the file that keeps the table between runs, or null for a temporary file that goes with the table
 */
public record ReadOptions(
        SortedMap<String, ColumnType> types,
        SortedSet<String> missing,
        boolean nonFiniteMissing,
        int maxCellBytes,
        @Nullable Path cache) {
    /** One MiB: more than any cell of a table has that is not text without end. */
    public static final int DEFAULT_MAX_CELL_BYTES = 1 << 20;

    public ReadOptions {
        Require.that(
                16 <= maxCellBytes && maxCellBytes <= 1 << 28,
                "maxCellBytes",
                maxCellBytes,
                "16 <= maxCellBytes <= 2^28");
        types = Collections.unmodifiableSortedMap(new TreeMap<>(types));
        SortedSet<String> all = new TreeSet<>();
        missing.forEach(marker -> all.add(marker.strip()));
        all.add("");
        missing = Collections.unmodifiableSortedSet(all);
    }

    /** All types inferred, empty cells missing, non-finite numbers refused, cells of a MiB at most, a temporary file. */
    public static ReadOptions defaults() {
        return new ReadOptions(new TreeMap<>(), new TreeSet<>(), false, DEFAULT_MAX_CELL_BYTES, null);
    }

    /** Declares a column's type. Cells that do not fit it are refused. */
    public ReadOptions withType(String column, ColumnType type) {
        SortedMap<String, ColumnType> more = new TreeMap<>(types);
        more.put(column, type);
        return new ReadOptions(more, missing, nonFiniteMissing, maxCellBytes, cache);
    }

    /** Declares the types of several columns. */
    public ReadOptions withTypes(Map<String, ColumnType> columns) {
        SortedMap<String, ColumnType> more = new TreeMap<>(types);
        more.putAll(columns);
        return new ReadOptions(more, missing, nonFiniteMissing, maxCellBytes, cache);
    }

    /** More texts that stand for a missing value, such as {@code NA}, {@code null} or {@code ?}. */
    public ReadOptions withMissing(String... markers) {
        SortedSet<String> more = new TreeSet<>(missing);
        more.addAll(Arrays.asList(markers));
        return new ReadOptions(types, more, nonFiniteMissing, maxCellBytes, cache);
    }

    /** {@code NaN} and {@code Infinity} in columns of numbers are missing values. */
    public ReadOptions withNonFiniteMissing() {
        return new ReadOptions(types, missing, true, maxCellBytes, cache);
    }

    public ReadOptions withMaxCellBytes(int other) {
        return new ReadOptions(types, missing, nonFiniteMissing, other, cache);
    }

    /**
     * With a file that keeps the table: it is read in place of the source as long as name, size and time of change of the source
     * and all options are what they were when it was written, and its checksums hold; otherwise the source is read and the file
     * replaced. It may be deleted at any time between runs.
     */
    public ReadOptions withCache(Path file) {
        return new ReadOptions(types, missing, nonFiniteMissing, maxCellBytes, file);
    }

    /** What decides about the table: these options but for where it is kept. */
    ReadOptions withoutCache() {
        return new ReadOptions(types, missing, nonFiniteMissing, maxCellBytes, null);
    }
}
