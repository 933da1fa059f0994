package io.maas.training.data;

import io.maas.error.InvalidInputException;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Rows of finite numbers that are added one by one, as many as come: in memory while they are few, then in a temporary file that is
 * mapped. What is wrong with a row is said when it is added.
 *
 * <p>Not thread-safe. {@link #close} removes the file's name; what was mapped stays.
 */
final class GrowingRows implements AutoCloseable {
    /** The length of a row that is null. */
    private static final int NULL = -1;

    private final String what;
    private final DataType type;
    private final long maxMemory;
    private final long maxPiece;
    private final Blocks blocks = new Blocks(-1, null);
    private ByteBuffer memory;
    private int rows;
    private int width = -1;

    /**
     * Rows of one type.
     *
     * @param what to call them in messages
     * @param expected about how many bytes will come
     * @param maxMemory up to how many bytes stay in memory
     */
    GrowingRows(String what, DataType type, long expected, long maxMemory) {
        this(what, type, expected, maxMemory, StoredRows.MAX_PIECE);
    }

    GrowingRows(String what, DataType type, long expected, long maxMemory, long maxPiece) {
        this.what = what;
        this.type = type;
        this.maxMemory = maxMemory;
        this.maxPiece = maxPiece;
        this.memory = Tensor.newMemory(Math.min(expected, maxMemory));
    }

    /** Adds a float32 row. */
    void add(float @Nullable [] row) {
        ByteBuffer to = room(row == null ? NULL : row.length);
        for (int i = 0; row != null && i < row.length; i++) {
            requireFinite(Float.isFinite(row[i]), i, row[i]);
            to.putFloat(row[i]);
        }
        rows++;
    }

    /** Adds a float64 row. */
    void add(double @Nullable [] row) {
        ByteBuffer to = room(row == null ? NULL : row.length);
        for (int i = 0; row != null && i < row.length; i++) {
            requireFinite(Double.isFinite(row[i]), i, row[i]);
            to.putDouble(row[i]);
        }
        rows++;
    }

    /** Adds a float32 row of one number. */
    void addNumber(double number) {
        float rounded = (float) number;
        ByteBuffer to = room(1);
        if (!Float.isFinite(rounded)) {
            throw new InvalidInputException(what + ", row " + rows + ": " + number
                    + " (expected: a finite number within the range of float32); scale the " + what
                    + " or remove the row");
        }
        to.putFloat(rounded);
        rows++;
    }

    /** Adds an int64 row of one number. */
    void addInteger(long integer) {
        room(1).putLong(integer);
        rows++;
    }

    private void requireFinite(boolean finite, int column, double value) {
        if (!finite) {
            throw Finite.failure(what + ", row " + rows, column, value);
        }
    }

    private ByteBuffer room(int elements) {
        if (elements <= 0 || (width >= 0 && elements != width)) {
            throw new InvalidInputException(what + ", row " + rows + ": "
                    + (elements == NULL ? "null" : elements + " numbers")
                    + " (expected: " + (width < 0 ? "at least one number" : width + ", as in row 0")
                    + "); give each row all its numbers, or leave it out");
        }
        width = elements;
        int bytes = Math.multiplyExact(elements, type.byteSize());
        if (bytes > memory.remaining()) {
            makeRoom(bytes);
        }
        return memory;
    }

    private void makeRoom(int bytes) {
        long needed = (long) memory.position() + bytes;
        if (needed > maxMemory && memory.position() > 0) {
            spill();
            needed = bytes;
        }
        if (needed > memory.capacity()) {
            ByteBuffer larger = Tensor.newMemory(Math.max(needed, Math.min(2L * memory.capacity(), maxMemory)));
            memory = larger.put(memory.flip());
        }
    }

    private void spill() {
        try {
            blocks.append(memory.flip());
            memory.clear();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * All rows that were added: int64 {@code [rows]}, or floating-point {@code [rows, numbers]}.
     *
     * @throws InvalidInputException if there are none
     */
    Storage finish() {
        if (rows == 0) {
            throw new InvalidInputException(what + ": no rows (expected: at least one)");
        }
        Shape all = type == DataType.INT64 ? Shape.of(rows) : Shape.of(rows, width);
        if (blocks.end() == 0) {
            boolean full = memory.position() == memory.capacity();
            ByteBuffer written = memory.flip();
            return new FixedRows(full ? Tensor.wrap(type, all, written) : Tensor.copyOf(type, all, written));
        }
        spill();
        try {
            return StoredRows.mapped(blocks, type, all, maxPiece);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            blocks.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
