package io.maas.training.data;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * A column whose rows have different lengths, such as sentences of words: steps {@code […]} of one shape, as many as a row has.
 * Batches of it are tensors {@code [batch, time, …]}, as long as their longest row (rounded up, see {@link
 * Batching#roundLengths}), with padding behind the end of the others. A {@link #mask()}, for networks and losses to tell both
 * apart, is a further column.
 *
 * <pre>{@code
 * Sequences words = Sequences.ids(sentences);                       // List<long[]>
 * Dataset data = Dataset.of(words, labels).with("mask", words.mask());
 * }</pre>
 *
 * <p>Immutable and thread-safe.
 */
public final class Sequences {
    private final SequenceRows rows;

    private Sequences(SequenceRows rows) {
        this.rows = rows;
    }

    /**
     * Rows that lie one behind the other; nothing is copied.
     *
     * @param steps {@code [steps, …]}: those of all rows; of any numeric type, or bool
     * @param offsets the first step of each row, and behind the last one the number of steps: ascending from 0
     * @throws InvalidInputException if a row has no step, or offsets do not fit the steps
     */
    public static Sequences of(Tensor steps, long[] offsets) {
        if (steps.dataType() == DataType.STRING || steps.shape().rank() < 1 || steps.elements() > Integer.MAX_VALUE) {
            throw new InvalidInputException(
                    "steps: " + steps + " (expected: numbers [steps, …], less than 2^31); encode texts as indices");
        }
        long last = steps.shape().size(0);
        if (offsets.length < 2 || offsets[0] != 0 || offsets[offsets.length - 1] != last) {
            throw new InvalidInputException("offsets: " + offsets.length + " from "
                    + (offsets.length == 0 ? "nothing" : offsets[0] + " to " + offsets[offsets.length - 1])
                    + " (expected: one a row and one more, from 0 to " + last + ", the number of steps)");
        }
        int[] starts = new int[offsets.length];
        for (int i = 1; i < offsets.length; i++) {
            if (offsets[i] <= offsets[i - 1]) {
                throw empty(i - 1, offsets[i] - offsets[i - 1]);
            }
            starts[i] = Math.toIntExact(offsets[i]);
        }
        Object[] sizes = steps.shape().dimensions();
        Shape step = Shape.symbolic(Arrays.copyOfRange(sizes, 1, sizes.length));
        return new Sequences(new SequenceRows(steps, steps.dataType(), step, starts, 0));
    }

    private static InvalidInputException empty(int row, long length) {
        return new InvalidInputException("row " + row + ": " + length
                + " steps (expected: at least one); leave the row out, or give it one step of padding");
    }

    /** Rows of indices, int64 {@code [time]} each, such as those of words. */
    public static Sequences ids(List<long[]> rows) {
        int[] starts = starts(rows, row -> row.length);
        ByteBuffer memory = memory(starts, Long.BYTES);
        rows.forEach(row -> {
            for (long value : row) {
                memory.putLong(value);
            }
        });
        return wrapped(memory, DataType.INT64, starts, Shape.scalar());
    }

    /** Rows of indices, int64 {@code [time]} each, such as those of words. */
    public static Sequences ofInts(List<int[]> rows) {
        int[] starts = starts(rows, row -> row.length);
        ByteBuffer memory = memory(starts, Long.BYTES);
        rows.forEach(row -> {
            for (int value : row) {
                memory.putLong(value);
            }
        });
        return wrapped(memory, DataType.INT64, starts, Shape.scalar());
    }

    /** Rows of numbers, float32 {@code [time]} each. */
    public static Sequences numbers(List<float[]> rows) {
        int[] starts = starts(rows, row -> row.length);
        ByteBuffer memory = memory(starts, Float.BYTES);
        rows.forEach(row -> {
            for (float value : row) {
                memory.putFloat(value);
            }
        });
        return wrapped(memory, DataType.FLOAT32, starts, Shape.scalar());
    }

    /**
     * Rows of vectors, float32 {@code [time, size]} each.
     *
     * @throws InvalidInputException if a row has no step, or vectors are of different sizes; the message names row and step
     */
    public static Sequences vectors(List<float[][]> rows) {
        int[] starts = starts(rows, row -> row.length);
        int size = rows.get(0)[0].length;
        ByteBuffer memory = memory(starts, Math.multiplyExact(size, Float.BYTES));
        for (int row = 0; row < rows.size(); row++) {
            float[][] steps = rows.get(row);
            for (int i = 0; i < steps.length; i++) {
                if (steps[i].length != size) {
                    throw new InvalidInputException("row " + row + ", step " + i + ": " + steps[i].length
                            + " numbers (expected: " + size + ", as in the first step of the first row)");
                }
                for (float value : steps[i]) {
                    memory.putFloat(value);
                }
            }
        }
        return wrapped(memory, DataType.FLOAT32, starts, Shape.of(size));
    }

    private static <T> int[] starts(List<T> rows, ToIntFunction<T> length) {
        if (rows.isEmpty()) {
            throw new InvalidInputException("rows: 0 (expected: at least one)");
        }
        int[] starts = new int[rows.size() + 1];
        for (int i = 0; i < rows.size(); i++) {
            int steps = length.applyAsInt(rows.get(i));
            if (steps == 0) {
                throw empty(i, 0);
            }
            starts[i + 1] = Math.addExact(starts[i], steps);
        }
        return starts;
    }

    private static ByteBuffer memory(int[] starts, int bytesPerStep) {
        return Tensor.newMemory((long) starts[starts.length - 1] * bytesPerStep);
    }

    private static Sequences wrapped(ByteBuffer memory, DataType type, int[] starts, Shape step) {
        long[] sizes = new long[step.rank() + 1];
        sizes[0] = starts[starts.length - 1];
        System.arraycopy(step.toArray(), 0, sizes, 1, step.rank());
        Tensor steps = Tensor.wrap(type, Shape.of(sizes), memory.flip());
        return new Sequences(new SequenceRows(steps, type, step, starts, 0));
    }

    /**
     * With something else than 0 behind the end of rows, such as the index of a padding word, or -100 where a loss ignores that.
     *
     * @param value of the column's type, rounded if need be
     */
    public Sequences paddedWith(double value) {
        Require.that(Double.isFinite(value), "padding", value, "a finite number");
        return new Sequences(rows.paddedWith(value));
    }

    /**
     * A float32 column {@code [batch, time]} of the same lengths with 1 at steps and 0 at padding: for networks, as attention's
     * mask, and, under the name {@code weight}, for losses that are weighted along two axes.
     */
    public Sequences mask() {
        return mask(DataType.FLOAT32);
    }

    /** The {@link #mask()} in another type, such as the float64 that a network computes in. */
    public Sequences mask(DataType type) {
        Require.that(type != DataType.STRING, "type", type, "a numeric type, or bool");
        return new Sequences(rows.mask(type));
    }

    /** The number of steps of each row, int64 {@code [rows]}, as CTC reads them. */
    public Tensor lengths() {
        return rows.lengths();
    }

    public int rows() {
        return rows.rows();
    }

    /** The number of steps of the longest row. */
    public int longest() {
        return rows.longest();
    }

    SequenceRows storage() {
        return rows;
    }

    /** Type and shape, such as {@code int64[1000, time]}; never values. */
    @Override
    public String toString() {
        return new ColumnKind(rows.dataType(), rows.shape(rows())).toString();
    }
}
