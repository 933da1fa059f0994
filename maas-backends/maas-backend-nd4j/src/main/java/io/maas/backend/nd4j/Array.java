package io.maas.backend.nd4j;

import io.maas.error.Require;
import io.maas.tensor.DataType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A value of a run: dense, row-major and never changed once a rule has returned it. Arrays without elements have no memory, so
 * that ND4J, whose operations differ in what they make of them, never sees one.
 */
final class Array {
    private final DataType type;
    private final long[] shape;
    private final @Nullable Storage storage;
    private final @Nullable INDArray memory;

    /** @param storage where {@code memory} lies; both are null if there are no elements */
    Array(DataType type, long[] shape, @Nullable Storage storage, @Nullable INDArray memory) {
        this.type = type;
        this.shape = shape;
        this.storage = storage;
        this.memory = memory;
    }

    DataType type() {
        return type;
    }

    /** The sizes; not a copy. */
    long[] shape() {
        return shape;
    }

    int rank() {
        return shape.length;
    }

    long elements() {
        return Shapes.elements(shape);
    }

    boolean isEmpty() {
        return memory == null;
    }

    /** The ND4J array. */
    INDArray memory() {
        if (memory == null) {
            throw new IllegalStateException("array: " + this + " (expected: elements)");
        }
        return memory;
    }

    /** The same elements under another shape of as many; nothing is copied. */
    Array reshape(long... other) {
        Require.that(Shapes.elements(other) == elements(), "shape", Arrays.toString(other), elements() + " elements");
        return Arrays.equals(shape, other)
                ? this
                : new Array(type, other, storage, memory == null ? null : memory.reshape('c', true, other));
    }

    /** The bytes in native order; valid while the array is. */
    ByteBuffer bytes() {
        return memory == null
                ? ByteBuffer.allocate(0)
                : memory.data().asNio().duplicate().order(ByteOrder.nativeOrder());
    }

    /** The values of an integer or bool array. */
    long[] toLongs() {
        ByteBuffer bytes = bytes();
        long[] values = new long[Math.toIntExact(elements())];
        switch (type) {
            case INT64 -> bytes.asLongBuffer().get(values);
            case INT32 -> Arrays.setAll(values, i -> bytes.getInt(4 * i));
            case BOOL -> Arrays.setAll(values, i -> bytes.get(i) == 0 ? 0 : 1);
            default -> throw new IllegalArgumentException("type: " + type + " (expected: an integer type or BOOL)");
        }
        return values;
    }

    /** The values of a floating-point array. */
    double[] toDoubles() {
        ByteBuffer bytes = bytes();
        double[] values = new double[Math.toIntExact(elements())];
        switch (type) {
            case FLOAT64 -> bytes.asDoubleBuffer().get(values);
            case FLOAT32 -> Arrays.setAll(values, i -> bytes.getFloat(4 * i));
            default -> throw new IllegalArgumentException("type: " + type + " (expected: FLOAT32 or FLOAT64)");
        }
        return values;
    }

    void retain() {
        if (storage != null) {
            storage.retain();
        }
    }

    void release() {
        if (storage != null) {
            storage.release();
        }
    }

    /** Gives what was retained to another bench, as if it had been made there. */
    Array giveTo(Bench bench) {
        if (storage != null) {
            storage.leave();
            bench.adopt(storage);
        }
        return this;
    }

    /** Type and shape. */
    @Override
    public String toString() {
        return type + Arrays.toString(shape);
    }
}
