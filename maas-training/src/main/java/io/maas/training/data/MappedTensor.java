package io.maas.training.data;

import io.maas.error.InvalidInputException;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;

/**
 * A tensor that is written from its first byte to its last: into memory if it is small, else into a temporary file that is
 * mapped.
 *
 * <p>Not thread-safe.
 */
public final class MappedTensor implements AutoCloseable {
    /** Up to here memory is cheaper than a file. */
    private static final long MAX_MEMORY = 1 << 24;

    private final DataType type;
    private final Shape shape;
    private final int size;
    private final Blocks blocks;
    private final ByteBuffer memory;

    /** @throws InvalidInputException if the tensor takes more than 2 GiB */
    public MappedTensor(DataType type, Shape shape) {
        long bytes = Math.multiplyExact(shape.elements(), (long) type.byteSize());
        if (bytes > Integer.MAX_VALUE - Blocks.ALIGNMENT) {
            throw new InvalidInputException("bytes: " + bytes + " for " + type.name().toLowerCase(Locale.ROOT) + shape
                    + " (expected: less than 2 GiB in one tensor); take fewer columns or rows, or give the network several inputs");
        }
        this.type = type;
        this.shape = shape;
        this.size = (int) bytes;
        this.blocks = new Blocks(-1, null);
        this.memory = bytes <= MAX_MEMORY ? Tensor.newMemory(bytes) : ByteBuffer.allocate(0);
    }

    /** Memory for a portion, to be filled and given to {@link #append}. */
    static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    /** Appends the remaining bytes. */
    public void append(ByteBuffer bytes) throws IOException {
        if (size <= MAX_MEMORY) {
            memory.put(bytes);
        } else {
            blocks.append(bytes);
        }
    }

    /** The tensor of what was appended, all of it. */
    public Tensor finish() throws IOException {
        if (size <= MAX_MEMORY) {
            return Tensor.wrap(type, shape, memory.flip());
        }
        return Tensor.wrap(type, shape, blocks.finishWhole());
    }

    /** Gives up what was not finished. */
    @Override
    public void close() throws IOException {
        blocks.close();
    }
}
