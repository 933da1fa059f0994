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
    static final long MAX_MEMORY = 1 << 24;

    /** Up to here rows are one tensor. */
    static final long MAX_PIECE = 1 << 30;

    private final DataType type;
    private final Shape shape;
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
        long bytesPerRow = Math.multiplyExact(shape.elementsPerRow(), (long) type.byteSize());
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
        return isInMemory() ? Tensor.wrap(type, shape, memory.flip()) : piece(blocks, type, shape, 0);
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
        return mapped(blocks, type, shape, maxPiece);
    }

    /** All that was appended to a file, in pieces where it is larger than a tensor. */
    static Storage mapped(Blocks blocks, DataType type, Shape shape, long maxPiece) throws IOException {
        long bytesPerRow = shape.elementsPerRow() * type.byteSize();
        int rows = Math.toIntExact(shape.size(0));
        if (bytesPerRow * rows <= maxPiece) {
            return new FixedRows(piece(blocks, type, shape, 0));
        }
        int perPiece =
                (int) Math.min(Integer.highestOneBit(rows), Long.highestOneBit(Math.max(1, maxPiece / bytesPerRow)));
        List<FixedRows> pieces = new ArrayList<>();
        for (int from = 0; from < rows; from += perPiece) {
            Shape some = shape.withRows(Math.min(perPiece, rows - from));
            pieces.add(new FixedRows(piece(blocks, type, some, bytesPerRow * from)));
        }
        return new PiecedRows(pieces, perPiece, rows);
    }

    private static Tensor piece(Blocks blocks, DataType type, Shape shape, long position) throws IOException {
        long bytes = shape.elementsPerRow() * type.byteSize() * shape.size(0);
        return Tensor.wrap(type, shape, blocks.map(position, bytes));
    }

    @Override
    public void close() throws IOException {
        blocks.close();
    }
}
