package io.maas.training.data;

import io.maas.error.InvalidInputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Takes a table's cells row by row. At most one group of rows is in memory, and groups grow smaller with the number of columns.
 *
 * <p>Not thread-safe. {@link #close} removes what was written for a table that was not finished.
 */
final class TableWriter implements AutoCloseable {
    /** A wider file has lost its line breaks, or has values for keys; each column takes memory whatever stands in it. */
    static final int MAX_COLUMNS = 1 << 15;

    private static final int MAX_GROUP_ROWS = 1 << 16;
    private static final int MIN_GROUP_ROWS = 1 << 6;
    private static final int GROUP_BYTES = 1 << 22;
    private static final long MAX_MEMORY = 1 << 23;

    private final Blocks blocks;
    private final Map<String, ColumnType> types;
    private final boolean nonFiniteMissing;
    private final OpenGroup group = new OpenGroup();
    private final List<ColumnSink> sinks = new ArrayList<>();
    private int[] firstRows = new int[16];
    private int groupRows = MAX_GROUP_ROWS;
    private ByteBuffer chunk = ByteBuffer.allocate(0);

    /**
     * @param types declared types by column
     * @param folder where the table's file is to be if the table has to be kept; null if it may stay in memory while it is small
     */
    TableWriter(Map<String, ColumnType> types, boolean nonFiniteMissing, @Nullable Path folder) {
        this.types = types;
        this.nonFiniteMissing = nonFiniteMissing;
        this.blocks = new Blocks(folder == null ? MAX_MEMORY : -1, folder);
    }

    /** Adds a column; its cells in the rows before are missing. */
    ColumnSink add(String name) {
        requireRoom(sinks.size());
        ColumnSink sink = new ColumnSink(name, types.get(name), nonFiniteMissing, group);
        sinks.add(sink);
        int fitting = Integer.highestOneBit(GROUP_BYTES / Long.BYTES / sinks.size());
        groupRows = Math.max(MIN_GROUP_ROWS, Math.min(MAX_GROUP_ROWS, fitting));
        return sink;
    }

    /** @throws InvalidInputException if a table of so many columns takes no further one */
    static void requireRoom(int columns) {
        if (columns == MAX_COLUMNS) {
            throw new InvalidInputException("columns: more than " + MAX_COLUMNS + " (expected: at most " + MAX_COLUMNS
                    + "); check the separator, the line breaks or the keys");
        }
    }

    List<ColumnSink> sinks() {
        return sinks;
    }

    /** The number of rows that are complete. */
    int rows() {
        return group.rows;
    }

    /** From now on only the types of cells matter: they will be written once more, with these types declared. */
    void discard() {
        group.discarding = true;
        group.row = 0;
    }

    boolean isDiscarding() {
        return group.discarding;
    }

    /** The row at hand is complete. */
    void endRow() throws IOException {
        if (group.rows == Integer.MAX_VALUE - 1) {
            throw new InvalidInputException(
                    "rows: more than " + group.rows + " (expected: as many at most); split the file");
        }
        group.rows++;
        if (group.discarding) {
            return;
        }
        group.row++;
        if (group.row >= groupRows || group.textBytes >= GROUP_BYTES) {
            flush();
        }
    }

    private void flush() throws IOException {
        if (group.row == 0) {
            return;
        }
        long size = 0;
        for (ColumnSink sink : sinks) {
            size = aligned(size) + sink.blockSize(group.row);
        }
        int bytes = Math.toIntExact(aligned(size));
        if (chunk.capacity() < bytes) {
            chunk = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
        }
        chunk.clear();
        for (ColumnSink sink : sinks) {
            int start = (int) aligned(chunk.position());
            chunk.position(start);
            chunk.position(start + sink.flush(group.row, chunk, blocks.end() + start));
        }
        blocks.append(chunk.position(bytes).flip());
        group.past++;
        if (group.past == firstRows.length) {
            firstRows = Arrays.copyOf(firstRows, 2 * group.past);
        }
        firstRows[group.past] = group.rows;
        group.row = 0;
        group.textBytes = 0;
    }

    private static long aligned(long position) {
        return (position + Blocks.ALIGNMENT - 1) / Blocks.ALIGNMENT * Blocks.ALIGNMENT;
    }

    /** The table of all rows; at least one. */
    Table finish() throws IOException {
        flush();
        Segments memory = blocks.finish();
        int[] first = Arrays.copyOf(firstRows, group.past + 1);
        List<String> names = new ArrayList<>();
        List<StoredColumn> columns = new ArrayList<>();
        for (ColumnSink sink : sinks) {
            names.add(sink.name());
            columns.add(sink.stored(memory, first));
        }
        return new Table(names, columns, null, group.rows);
    }

    /** What describes a table that is kept in a file. */
    interface Description {
        ByteBuffer of(TableWriter table, List<Long> starts, long end, long sum);
    }

    /** Puts the table of all rows, at least one, in place of a file. */
    void publish(Path target, Description description) throws IOException {
        flush();
        blocks.publish(target, (starts, end, sum) -> description.of(this, starts, end, sum));
    }

    /** The first row of a group that was written. */
    int firstRow(int place) {
        return firstRows[place];
    }

    @Override
    public void close() throws IOException {
        blocks.close();
    }
}
