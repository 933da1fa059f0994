package io.maas.tensor;

import io.maas.error.Require;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * An immutable array of values of one type, stored row-major in native byte order. Its memory belongs to the garbage
 * collector: there is nothing to close. Engines read it in place where it lies outside the heap.
 *
 * <p>{@code Tensor.of(…)} copies its arguments. Small tensors live on the heap (a request is gathered into a batch anyway, and
 * a direct buffer a request would cost zeroing and garbage-collector pressure), large ones in direct memory aligned to
 * {@value #ALIGNMENT} bytes.
 *
 * <p>Thread-safe. Text ({@link DataType#STRING}) is held as Java strings, without nulls.
 */
public final class Tensor {
    /** Alignment of direct memory, in bytes: one cache line, and the widest vector load. */
    static final int ALIGNMENT = 64;

    /** From this size on a copied tensor lives outside the heap. */
    static final int DIRECT_FROM_BYTES = 1 << 16;

    private static final ByteBuffer NO_BYTES = ByteBuffer.allocate(0);

    private final DataType dataType;
    private final Shape shape;
    private final ByteBuffer data;
    private final String @Nullable [] text;

    private Tensor(DataType dataType, Shape shape, ByteBuffer data, String @Nullable [] text) {
        this.dataType = dataType;
        this.shape = shape;
        this.data = data;
        this.text = text;
    }

    // ---- making tensors

    /** A float32 tensor with a copy of the values; without sizes it has one axis. */
    public static Tensor of(float[] values, long... shape) {
        Tensor tensor = allocate(DataType.FLOAT32, values.length, shape);
        tensor.data.asFloatBuffer().put(values);
        return tensor;
    }

    /** A float64 tensor with a copy of the values; without sizes it has one axis. */
    public static Tensor of(double[] values, long... shape) {
        Tensor tensor = allocate(DataType.FLOAT64, values.length, shape);
        tensor.data.asDoubleBuffer().put(values);
        return tensor;
    }

    /** An int64 tensor with a copy of the values; without sizes it has one axis. */
    public static Tensor of(long[] values, long... shape) {
        Tensor tensor = allocate(DataType.INT64, values.length, shape);
        tensor.data.asLongBuffer().put(values);
        return tensor;
    }

    /** An int32 tensor with a copy of the values; without sizes it has one axis. */
    public static Tensor of(int[] values, long... shape) {
        Tensor tensor = allocate(DataType.INT32, values.length, shape);
        tensor.data.asIntBuffer().put(values);
        return tensor;
    }

    /** A bool tensor with a copy of the values; without sizes it has one axis. */
    public static Tensor of(boolean[] values, long... shape) {
        Tensor tensor = allocate(DataType.BOOL, values.length, shape);
        for (int i = 0; i < values.length; i++) {
            tensor.data.put(i, (byte) (values[i] ? 1 : 0));
        }
        return tensor;
    }

    /** A string tensor with a copy of the array; without sizes it has one axis. */
    public static Tensor of(String[] values, long... shape) {
        Shape fixed = fixedShape(values.length, shape);
        String[] copy = values.clone();
        for (int i = 0; i < copy.length; i++) {
            if (copy[i] == null) {
                throw new IllegalArgumentException("values[" + i + "]: null (expected: a string; \"\" for nothing)");
            }
        }
        return new Tensor(DataType.STRING, fixed, NO_BYTES, copy);
    }

    /** A float32 scalar. */
    public static Tensor scalar(float value) {
        return of(new float[] {value}).reshape(Shape.scalar());
    }

    /** A float64 scalar. */
    public static Tensor scalar(double value) {
        return of(new double[] {value}).reshape(Shape.scalar());
    }

    /** An int64 scalar. */
    public static Tensor scalar(long value) {
        return of(new long[] {value}).reshape(Shape.scalar());
    }

    /**
     * A tensor of any numeric type or bool from doubles, rounded to nearest-even for floating types and cut toward zero
     * for integers; for bool everything but 0 is true.
     */
    public static Tensor of(DataType dataType, double[] values, Shape shape) {
        Tensor tensor = allocate(dataType, values.length, shape.toArray()).reshape(shape);
        Elements.write(dataType, tensor.data, values);
        return tensor;
    }

    /** A tensor of zeros (or empty strings). */
    public static Tensor zeros(DataType dataType, Shape shape) {
        int elements = Math.toIntExact(shape.elements());
        if (dataType == DataType.STRING) {
            String[] text = new String[elements];
            Arrays.fill(text, "");
            return new Tensor(dataType, shape, NO_BYTES, text);
        }
        return new Tensor(dataType, shape, newMemory(byteSize(dataType, shape)), null);
    }

    /**
     * A tensor over the remaining bytes of {@code memory}, without copying. The memory belongs to the tensor from now on:
     * who changes it later changes the tensor under its readers.
     *
     * @param memory row-major elements in native byte order, heap or direct
     * @throws IllegalArgumentException if the number of bytes is not what the type and shape ask for
     */
    public static Tensor wrap(DataType dataType, Shape shape, ByteBuffer memory) {
        Require.that(
                dataType != DataType.STRING, "dataType", dataType, "a type of fixed size; use Tensor.of(String[])");
        long expected = byteSize(dataType, shape);
        if (memory.remaining() != expected) {
            throw Require.failure("bytes", memory.remaining(), expected + " for " + name(dataType) + shape);
        }
        return new Tensor(dataType, shape, memory.slice().order(ByteOrder.nativeOrder()), null);
    }

    /** As {@link #wrap}, over a copy of the bytes. */
    public static Tensor copyOf(DataType dataType, Shape shape, ByteBuffer bytes) {
        ByteBuffer memory = newMemory(bytes.remaining());
        memory.put(0, bytes, bytes.position(), bytes.remaining());
        return wrap(dataType, shape, memory);
    }

    /**
     * Zeroed writable memory in native byte order as tensors use it: direct and aligned to {@value #ALIGNMENT} bytes when
     * large, on the heap when small. Fill it, then {@link #wrap} it.
     */
    public static ByteBuffer newMemory(long bytes) {
        int size = Math.toIntExact(bytes);
        return size < DIRECT_FROM_BYTES
                ? ByteBuffer.allocate(size).order(ByteOrder.nativeOrder())
                : newDirectMemory(size);
    }

    /** Zeroed writable direct memory in native byte order, aligned to {@value #ALIGNMENT} bytes. */
    public static ByteBuffer newDirectMemory(long bytes) {
        int size = Math.toIntExact(bytes);
        ByteBuffer memory = ByteBuffer.allocateDirect(Math.addExact(size, ALIGNMENT));
        // Not alignedSlice: it rounds the end down too.
        int past = memory.alignmentOffset(0, ALIGNMENT);
        return memory.slice(past == 0 ? 0 : ALIGNMENT - past, size).order(ByteOrder.nativeOrder());
    }

    private static Tensor allocate(DataType dataType, int elements, long[] shape) {
        Require.that(
                dataType != DataType.STRING, "dataType", dataType, "a type of fixed size; use Tensor.of(String[])");
        Shape fixed = fixedShape(elements, shape);
        return new Tensor(dataType, fixed, newMemory(byteSize(dataType, fixed)), null);
    }

    private static Shape fixedShape(int elements, long[] sizes) {
        Shape shape = sizes.length == 0 ? Shape.of(elements) : Shape.of(sizes);
        // Without sizes a single value could be meant as a scalar; one axis is the rule, reshape() makes the scalar.
        if (shape.elements() != elements) {
            throw Require.failure("values", elements, shape.elements() + " values for shape " + shape);
        }
        return shape;
    }

    /** The bytes that a fixed shape of this type takes, overflow-checked. */
    static long byteSize(DataType dataType, Shape shape) {
        return Math.multiplyExact(shape.elements(), (long) dataType.byteSize());
    }

    // ---- reading

    public DataType dataType() {
        return dataType;
    }

    /** The shape; always fixed. */
    public Shape shape() {
        return shape;
    }

    /** The number of elements. */
    public long elements() {
        return shape.elements();
    }

    /** The bytes of the elements; for strings their UTF-16 length in bytes. */
    public long byteSize() {
        if (text == null) {
            return data.remaining();
        }
        long bytes = 0;
        for (String each : text) {
            bytes += 2L * each.length();
        }
        return bytes;
    }

    /** A read-only view of all bytes, row-major, native order. Not for strings. */
    public ByteBuffer bytes() {
        if (text != null) {
            throw new IllegalStateException("tensor: string" + shape + " (expected: a type of fixed size)");
        }
        return data.asReadOnlyBuffer().order(ByteOrder.nativeOrder());
    }

    /** Whether the memory lies outside the heap, so that engines read it in place. */
    public boolean isDirect() {
        return data.isDirect();
    }

    /** A read-only view of a float32 tensor. */
    public FloatBuffer floats() {
        require(DataType.FLOAT32);
        return data.asFloatBuffer().asReadOnlyBuffer();
    }

    /** A read-only view of a float64 tensor. */
    public DoubleBuffer doubles() {
        require(DataType.FLOAT64);
        return data.asDoubleBuffer().asReadOnlyBuffer();
    }

    /** A read-only view of a 64-bit integer tensor, signed or not. */
    public LongBuffer longs() {
        require(DataType.INT64, DataType.UINT64);
        return data.asLongBuffer().asReadOnlyBuffer();
    }

    /** A read-only view of a 32-bit integer tensor, signed or not. */
    public IntBuffer ints() {
        require(DataType.INT32, DataType.UINT32);
        return data.asIntBuffer().asReadOnlyBuffer();
    }

    /** A read-only view of a 16-bit integer tensor, signed or not, or of the bits of a float16 or bfloat16 tensor. */
    public ShortBuffer shorts() {
        require(DataType.INT16, DataType.UINT16, DataType.FLOAT16, DataType.BFLOAT16);
        return data.asShortBuffer().asReadOnlyBuffer();
    }

    /** The texts of a string tensor, row-major; unmodifiable. */
    public List<String> strings() {
        require(DataType.STRING);
        return List.of(text == null ? new String[0] : text);
    }

    /** A copy of a float32 tensor's values. */
    public float[] toFloatArray() {
        require(DataType.FLOAT32);
        float[] values = new float[data.remaining() / Float.BYTES];
        data.asFloatBuffer().get(values);
        return values;
    }

    /** A copy of a 64-bit integer tensor's values. */
    public long[] toLongArray() {
        require(DataType.INT64, DataType.UINT64);
        long[] values = new long[data.remaining() / Long.BYTES];
        data.asLongBuffer().get(values);
        return values;
    }

    /** All values of any numeric or bool tensor as doubles; 64-bit integers above 2^53 are rounded. */
    public double[] toDoubleArray() {
        double[] values = new double[Math.toIntExact(elements())];
        Elements.read(dataType, bytes(), values);
        return values;
    }

    /**
     * The elements of any numeric or bool tensor as doubles, by their row-major place; they are copied only where the type is a rare
     * one. 64-bit integers above 2^53 are rounded.
     */
    public IntToDoubleFunction asDoubles() {
        return switch (dataType) {
            case FLOAT32 -> floats()::get;
            case FLOAT64 -> doubles()::get;
            case INT64 -> longs()::get;
            default -> {
                double[] all = toDoubleArray();
                yield place -> all[place];
            }
        };
    }

    /** The single value of a numeric tensor with one element. */
    public double item() {
        Require.that(elements() == 1, "elements", elements(), "one");
        return toDoubleArray()[0];
    }

    // ---- the same memory, seen otherwise

    /** The same values under another shape of as many elements; nothing is copied. */
    public Tensor reshape(Shape other) {
        if (other.elements() != elements()) {
            throw Require.failure("shape", other, elements() + " elements as in " + shape);
        }
        return new Tensor(dataType, other, data, text);
    }

    /** Rows {@code [from, to)} along the first axis; shares this tensor's memory. */
    public Tensor rows(long from, long to) {
        Require.that(shape.rank() > 0, "rank", 0, "rank >= 1");
        if (from < 0 || from > to || to > shape.size(0)) {
            throw Require.failure("rows", from + ".." + to, "a range within 0.." + shape.size(0));
        }
        Shape part = shape.withRows(to - from);
        int start = Math.toIntExact(from * shape.elementsPerRow());
        int end = Math.toIntExact(to * shape.elementsPerRow());
        if (text != null) {
            return new Tensor(dataType, part, data, Arrays.copyOfRange(text, start, end));
        }
        int width = dataType.byteSize();
        ByteBuffer slice = data.slice(start * width, (end - start) * width).order(ByteOrder.nativeOrder());
        return new Tensor(dataType, part, slice, null);
    }

    /** The tensors one after the other along the first axis, in new memory. All of one type and row shape. */
    public static Tensor concat(List<Tensor> parts) {
        Require.that(!parts.isEmpty(), "parts", 0, "at least one tensor");
        Tensor first = parts.get(0);
        Require.that(first.shape.rank() > 0, "rank", 0, "rank >= 1");
        long rows = 0;
        for (Tensor part : parts) {
            if (part.dataType != first.dataType
                    || part.shape.rank() == 0
                    || !part.shape.withRows(0).equals(first.shape.withRows(0))) {
                throw Require.failure("part", part, "the type and row shape of " + first);
            }
            rows = Math.addExact(rows, part.shape.size(0));
        }
        Shape whole = first.shape.withRows(rows);
        if (first.dataType == DataType.STRING) {
            String[] all =
                    parts.stream().flatMap(part -> part.strings().stream()).toArray(String[]::new);
            return new Tensor(DataType.STRING, whole, NO_BYTES, all);
        }
        ByteBuffer memory = newMemory(byteSize(first.dataType, whole));
        int at = 0;
        for (Tensor part : parts) {
            at += part.copyTo(memory, at);
        }
        return new Tensor(first.dataType, whole, memory, null);
    }

    /**
     * Copies all bytes into {@code target} at the absolute position {@code at}; the hot path of batching.
     *
     * @return the number of bytes copied
     */
    public int copyTo(ByteBuffer target, int at) {
        int bytes = data.remaining();
        target.put(at, data, 0, bytes);
        return bytes;
    }

    private void require(DataType... types) {
        for (DataType type : types) {
            if (type == dataType) {
                return;
            }
        }
        throw new IllegalStateException("tensor: " + this + " (expected: " + Arrays.toString(types) + ")");
    }

    /** Whether type, shape and every bit of the values are equal. */
    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof Tensor tensor
                        && dataType == tensor.dataType
                        && shape.equals(tensor.shape)
                        && data.equals(tensor.data)
                        && Arrays.equals(text, tensor.text));
    }

    @Override
    public int hashCode() {
        return 31 * (31 * shape.hashCode() + data.hashCode()) + Arrays.hashCode(text);
    }

    /** Type and shape, such as {@code float32[2, 3]}; never values, so that logs stay clean of payloads. */
    @Override
    public String toString() {
        return name(dataType) + shape;
    }

    private static String name(DataType dataType) {
        return dataType.name().toLowerCase(java.util.Locale.ROOT);
    }
}
