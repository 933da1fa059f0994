package io.maas.training.data;

import com.google.common.hash.Hasher;
import io.maas.error.InvalidInputException;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Rows of different lengths: the steps of all rows one behind the other, and where each row begins. */
final class SequenceRows implements Storage {
    /** What the second axis is called where a name is needed and nothing tells it from others. */
    static final String TIME = "time";

    private final @Nullable Tensor steps;
    private final @Nullable ByteBuffer bytes;
    private final DataType dataType;
    private final Shape step;
    private final int[] starts;
    private final double padding;
    private final ByteBuffer paddedStep;
    private final ByteBuffer ones;
    private final int longest;

    /**
     * @param steps {@code [steps, …]}; null for a one at each step
     * @param step the shape of one step, {@code []} for a single number
     * @param starts the first step of each row, and behind the last one
     * @param padding what stands behind the end of rows that are not the longest
     */
    SequenceRows(@Nullable Tensor steps, DataType dataType, Shape step, int[] starts, double padding) {
        this.steps = steps;
        this.bytes = steps == null ? null : steps.bytes();
        this.dataType = dataType;
        this.step = step;
        this.starts = starts;
        this.padding = padding;
        this.paddedStep = step(padding);
        this.ones = step(1);
        int most = 0;
        for (int row = 0; row < rows(); row++) {
            most = Math.max(most, length(row));
        }
        this.longest = most;
    }

    private ByteBuffer step(double value) {
        double[] values = new double[Math.toIntExact(step.elements())];
        Arrays.fill(values, value);
        return Tensor.of(dataType, values, step).bytes();
    }

    int length(int row) {
        return starts[row + 1] - starts[row];
    }

    int longest() {
        return longest;
    }

    double padding() {
        return padding;
    }

    /** Whether some row is shorter than another, so that batches may hold padding. */
    boolean isPadded() {
        for (int row = 0; row < rows(); row++) {
            if (length(row) < longest) {
                return true;
            }
        }
        return false;
    }

    /** Whether rows have the lengths of those of another column. */
    boolean isAsLongAs(SequenceRows other) {
        return starts == other.starts || Arrays.equals(starts, other.starts);
    }

    SequenceRows paddedWith(double value) {
        return new SequenceRows(steps, dataType, step, starts, value);
    }

    /** A one at each step, and a zero at padding. */
    SequenceRows mask(DataType type) {
        return new SequenceRows(null, type, Shape.scalar(), starts, 0);
    }

    Tensor lengths() {
        long[] lengths = new long[rows()];
        Arrays.setAll(lengths, this::length);
        return Tensor.of(lengths);
    }

    private int bytesPerStep() {
        return Math.toIntExact(step.elements() * dataType.byteSize());
    }

    // ---- storage

    @Override
    public DataType dataType() {
        return dataType;
    }

    @Override
    public int rows() {
        return starts.length - 1;
    }

    @Override
    public Shape shape(int rows) {
        return shape(rows, TIME);
    }

    Shape shape(int rows, Object length) {
        return joined(rows, joined(length, step));
    }

    @Override
    public long bytesPerRow() {
        return Math.max(1, (long) longest * bytesPerStep());
    }

    @Override
    public boolean isShared() {
        return false;
    }

    @Override
    public int elementsOf(int row) {
        return Math.toIntExact(length(row) * step.elements());
    }

    @Override
    public Tensor slice(int from, int to) {
        return gather(Rows.range(from, to), to - from, 1, Slot.forOne());
    }

    @Override
    public Tensor gather(int[] rows, int count, int multiple, Slot slot) {
        int most = 0;
        for (int i = 0; i < count; i++) {
            most = Math.max(most, length(rows[i]));
        }
        Shape shape = shape(count, (long) Rows.rounded(most, multiple));
        ByteBuffer memory = slot.memory(dataType, shape);
        int rowBytes = Math.toIntExact(shape.elementsPerRow() * dataType.byteSize());
        for (int i = 0; i < count; i++) {
            copy(rows[i], memory, i * rowBytes, rowBytes);
        }
        return slot.tensor(dataType, shape);
    }

    private void copy(int row, ByteBuffer memory, int at, int rowBytes) {
        int size = length(row) * bytesPerStep();
        if (bytes == null) {
            repeat(ones, memory, at, size);
        } else {
            memory.put(at, bytes, starts[row] * bytesPerStep(), size);
        }
        repeat(paddedStep, memory, at + size, rowBytes - size);
    }

    private static void repeat(ByteBuffer step, ByteBuffer memory, int at, int size) {
        int width = step.remaining();
        for (int from = 0; from < size; from += width) {
            memory.put(at + from, step, 0, width);
        }
    }

    /** One row as it is, {@code [1, length, …]}. */
    Tensor row(int row) {
        if (steps == null) {
            double[] ones = new double[length(row)];
            Arrays.fill(ones, 1);
            return Tensor.of(dataType, ones, Shape.of(1, ones.length));
        }
        return steps.rows(starts[row], starts[row + 1]).reshape(shape(1, (long) length(row)));
    }

    @Override
    public Storage reshaped(Shape shape) {
        // Rows and time stay the first two: what may come and go are axes of size 1 behind them.
        if (shape.rank() < 2 || shape.symbol(1) == null) {
            throw new InvalidInputException(
                    "sequences: " + shape(rows()) + " (expected: steps as the second axis, as in " + shape + ")");
        }
        Object[] sizes = shape.dimensions();
        Shape other = Shape.symbolic(Arrays.copyOfRange(sizes, 2, sizes.length));
        Tensor all = steps;
        Tensor reshaped = all == null ? null : all.reshape(joined(all.shape().size(0), other));
        return new SequenceRows(reshaped, dataType, other, starts, padding);
    }

    private static Shape joined(Object first, Shape others) {
        Object[] sizes = new Object[others.rank() + 1];
        sizes[0] = first;
        System.arraycopy(others.dimensions(), 0, sizes, 1, others.rank());
        return Shape.symbolic(sizes);
    }

    @Override
    public long hash(int row, long before) {
        long hash = RowHashes.mix(before, length(row));
        if (bytes != null) {
            int end = starts[row + 1] * bytesPerStep();
            for (int at = starts[row] * bytesPerStep(); at < end; at++) {
                hash = RowHashes.mix(hash, bytes.get(at));
            }
        }
        return hash;
    }

    /** Puts a row into a hash: its length, and its steps without padding. */
    void putInto(Hasher hasher, int row) {
        hasher.putInt(length(row));
        if (bytes != null) {
            hasher.putBytes(bytes.slice(starts[row] * bytesPerStep(), length(row) * bytesPerStep()));
        }
    }

    @Override
    public void requireFinite(String what) {
        Tensor all = steps;
        int at = all == null ? -1 : Finite.find(all);
        if (all != null && at >= 0) {
            int perStep = Math.toIntExact(step.elements());
            int place = Arrays.binarySearch(starts, at / perStep);
            int row = place >= 0 ? place : -place - 2;
            throw Finite.failure(
                    what + ", row " + row + ", step " + (at / perStep - starts[row]), at % perStep, Finite.at(all, at));
        }
    }
}
