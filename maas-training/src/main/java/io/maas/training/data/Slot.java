package io.maas.training.data;

import io.maas.error.InvalidInputException;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Memory that one tensor after the other is written into; it grows to the largest. Not thread-safe. */
final class Slot {
    /** The most that one tensor holds; what aligns it takes some bytes of the largest buffer. */
    private static final long MOST_BYTES = Integer.MAX_VALUE - 1024L;

    private final boolean direct;
    private @Nullable ByteBuffer memory;
    private @Nullable Tensor last;

    private Slot(boolean direct) {
        this.direct = direct;
    }

    /** Memory outside the heap, which engines read in place. */
    static Slot direct() {
        return new Slot(true);
    }

    /** Memory for one tensor, on the heap where it is small. */
    static Slot forOne() {
        return new Slot(false);
    }

    /** Memory for a tensor of this type and shape, to be filled from its first byte on before {@link #tensor} is called. */
    ByteBuffer memory(DataType type, Shape shape) {
        long bytes = Math.multiplyExact(shape.elements(), (long) type.byteSize());
        if (bytes > MOST_BYTES) {
            throw new InvalidInputException(type.name().toLowerCase(java.util.Locale.ROOT) + shape + ": " + bytes
                    + " bytes (expected: at most " + MOST_BYTES
                    + " in one tensor); read fewer rows at once, with rows(from, to) or in batches");
        }
        ByteBuffer known = memory;
        if (known == null || known.capacity() < bytes) {
            known = direct ? Tensor.newDirectMemory(bytes) : Tensor.newMemory(bytes);
            memory = known;
            last = null;
        }
        return known;
    }

    /** The tensor over the memory that was asked for last. */
    Tensor tensor(DataType type, Shape shape) {
        Tensor known = last;
        if (known == null || known.dataType() != type || !known.shape().equals(shape)) {
            int bytes = Math.toIntExact(shape.elements() * type.byteSize());
            known = Tensor.wrap(type, shape, memory(type, shape).slice(0, bytes));
            last = known;
        }
        return known;
    }
}
