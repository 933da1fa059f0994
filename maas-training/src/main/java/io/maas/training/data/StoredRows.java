package io.maas.training.data;

import io.maas.error.InvalidInputException;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Rows of one size that are written from the first to the last: into memory if they are small, else into a temporary file that is
 * mapped, in pieces where it is larger than a tensor.
 *
 * <p>Not thread-safe. {@link #close} removes the file's name; what was mapped stays.
 */
public final class StoredRows implements AutoCloseable {
    /** Up to here memory is cheaper than a file. */
    private static final long MAX_MEMORY = 1 << 24;

    private static final long MAX_PIECE = 1 << 30;

    private final DataType type;
    private final Shape shape;
    private final long bytesPerRow;
    private final long size;
    private final long maxPiece;
    private final Blocks blocks;
    private final ByteBuffer memory;

    /** @param shape {@code [rows, …]} */
    public StoredRows(DataType type, Shape shape) {
        this(type, shape, MAX_MEMORY, MAX_PIECE);
    }

    StoredRows(DataType type, Shape shape, long maxMemory, long maxPiece) {
        this.type = type;
        this.shape = shape;
        this.bytesPerRow = Math.multiplyExact(shape.elementsPerRow(), (long) type.byteSize());
        this.size = Math.multiplyExact(bytesPerRow, shape.size(0));
        this.maxPiece = maxPiece;
        this.blocks = new Blocks(-1, null);
        this.memory = size <= maxMemory ? Tensor.newMemory(size) : ByteBuffer.allocate(0);
    }

    /**
     * Rows that are to become one tensor.
     *
     * @throws InvalidInputException if they take more than 2 GiB; nothing was written then
     */
    public static StoredRows forTensor(DataType type, Shape shape) {
        StoredRows rows = new StoredRows(type, shape);
        rows.requireOneTensor();
        return rows;
    }

    /** Memory for a portion of rows, to be filled and given to {@link #append}. */
    public static ByteBuffer buffer(long bytes) {
        return ByteBuffer.allocateDirect(Math.toIntExact(bytes)).order(ByteOrder.nativeOrder());
    }

    private boolean isInMemory() {
        return memory.capacity() == size;
    }

    /** Appends the remaining bytes, whole rows. */
    public void append(ByteBuffer rows) throws IOException {
        if (isInMemory()) {
            memory.put(rows);
        } else {
            blocks.append(rows);
        }
    }

    /**
     * What was appended, all of it, as one tensor.
     *
     * @throws InvalidInputException if it takes more than 2 GiB
     */
    public Tensor finishTensor() throws IOException {
        requireOneTensor();
        return isInMemory() ? Tensor.wrap(type, shape, memory.flip()) : piece(0, Math.toIntExact(shape.size(0)));
    }

    private void requireOneTensor() {
        if (size > Integer.MAX_VALUE) {
            throw new InvalidInputException(
                    "bytes: " + size + " for " + type.name().toLowerCase(Locale.ROOT) + shape
                            + " (expected: at most 2 GiB in one tensor); split the rows, or have fewer columns");
        }
    }

    /** What was appended, all of it. */
    Storage finish() throws IOException {
        if (isInMemory()) {
            return new FixedRows(Tensor.wrap(type, shape, memory.flip()));
        }
        int rows = Math.toIntExact(shape.size(0));
        int perPiece =
                (int) Math.min(Integer.highestOneBit(rows), Long.highestOneBit(Math.max(1, maxPiece / bytesPerRow)));
        if (size <= maxPiece) {
            return new FixedRows(piece(0, rows));
        }
        List<FixedRows> pieces = new ArrayList<>();
        for (int from = 0; from < rows; from += perPiece) {
            pieces.add(new FixedRows(piece(from, Math.min(perPiece, rows - from))));
        }
        return new PiecedRows(pieces, perPiece, rows);
    }

    private Tensor piece(int from, int count) throws IOException {
        return Tensor.wrap(type, shape.withRows(count), blocks.map(bytesPerRow * from, bytesPerRow * count));
    }

    @Override
    public void close() throws IOException {
        blocks.close();
    }
}
