package io.maas.training.data;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.IntToLongFunction;

/**
 * The values of a column as numbers from 0 on, in the order of the values: what classes, groups and times are to a splitter.
 *
 * @param codes one for each row
 * @param counts how many rows have each
 */
@SuppressWarnings("ArrayRecordComponent")
record Keys(int[] codes, int[] counts) {
    /** A column whose values span no more numbers than so many times its rows needs no sorting. */
    private static final int DENSE = 4;

    /**
     * The values of a column {@code [rows]} or {@code [rows, 1]}.
     *
     * @param ordered whether floating-point numbers will do: as times, not as names
     * @throws InvalidInputException if there is not one value a row of such a type, or a number is NaN
     */
    static Keys of(String name, Tensor column, boolean ordered) {
        boolean takes = !column.dataType().isFloating() || ordered;
        if (column.shape().rank() == 0 || column.elements() != column.shape().size(0) || !takes) {
            throw new InvalidInputException("column " + Require.quote(name) + ": " + column + " (expected: one "
                    + (ordered ? "number or text" : "integer or text") + " a row, [rows]); split by another column");
        }
        int rows = Math.toIntExact(column.elements());
        return switch (column.dataType()) {
            case STRING -> ofTexts(column.strings());
            default -> ofNumbers(rows, numbers(name, column));
        };
    }

    int distinct() {
        return counts.length;
    }

    private static Keys ofTexts(List<String> texts) {
        Map<String, Integer> ranks = new HashMap<>();
        for (String text : new TreeSet<>(texts)) {
            ranks.put(text, ranks.size());
        }
        int[] codes = new int[texts.size()];
        Arrays.setAll(codes, i -> ranks.getOrDefault(texts.get(i), 0));
        return counted(codes, ranks.size());
    }

    private static Keys counted(int[] codes, int distinct) {
        int[] counts = new int[distinct];
        for (int code : codes) {
            counts[code]++;
        }
        return new Keys(codes, counts);
    }

    /** As many numbers as there are rows. */
    static Keys ofNumbers(int rows, IntToLongFunction at) {
        long low = Long.MAX_VALUE;
        long high = Long.MIN_VALUE;
        for (int i = 0; i < rows; i++) {
            long value = at.applyAsLong(i);
            low = Math.min(low, value);
            high = Math.max(high, value);
        }
        long span = high - low;
        return span >= 0 && span < (long) DENSE * rows ? dense(rows, at, low, (int) span + 1) : sparse(rows, at);
    }

    private static Keys dense(int rows, IntToLongFunction at, long low, int span) {
        int[] ranks = new int[span];
        for (int i = 0; i < rows; i++) {
            ranks[(int) (at.applyAsLong(i) - low)] = 1;
        }
        int distinct = 0;
        for (int i = 0; i < span; i++) {
            distinct += ranks[i];
            ranks[i] = distinct - 1;
        }
        int[] codes = new int[rows];
        for (int i = 0; i < rows; i++) {
            codes[i] = ranks[(int) (at.applyAsLong(i) - low)];
        }
        return counted(codes, distinct);
    }

    private static Keys sparse(int rows, IntToLongFunction at) {
        long[] values = new long[rows];
        Arrays.setAll(values, at);
        Arrays.sort(values);
        int distinct = 0;
        for (int i = 0; i < rows; i++) {
            if (i == 0 || values[i] != values[i - 1]) {
                values[distinct++] = values[i];
            }
        }
        int[] codes = new int[rows];
        for (int i = 0; i < rows; i++) {
            codes[i] = Arrays.binarySearch(values, 0, distinct, at.applyAsLong(i));
        }
        return counted(codes, distinct);
    }

    private static IntToLongFunction numbers(String name, Tensor column) {
        ByteBuffer bytes = column.bytes();
        return switch (column.dataType()) {
            case INT64 -> i -> bytes.getLong(8 * i);
            case UINT64 -> i -> bytes.getLong(8 * i) ^ Long.MIN_VALUE;
            case INT32 -> i -> bytes.getInt(4 * i);
            case UINT32 -> i -> bytes.getInt(4 * i) & 0xffffffffL;
            case INT16 -> i -> bytes.getShort(2 * i);
            case UINT16 -> i -> bytes.getShort(2 * i) & 0xffff;
            case INT8, BOOL -> bytes::get;
            case UINT8 -> i -> bytes.get(i) & 0xff;
            case FLOAT32 -> i -> sortable(name, i, bytes.getFloat(4 * i));
            case FLOAT64 -> i -> sortable(name, i, bytes.getDouble(8 * i));
            case FLOAT16, BFLOAT16 -> {
                double[] all = column.toDoubleArray();
                yield i -> sortable(name, i, all[i]);
            }
            case STRING -> throw new IllegalStateException("text (expected: numbers)");
        };
    }

    /** The bits of a number, so changed that they are in the order of the numbers. */
    private static long sortable(String name, int row, double value) {
        if (Double.isNaN(value)) {
            throw Finite.failure("column " + Require.quote(name) + ", row " + row, 0, value);
        }
        long bits = Double.doubleToLongBits(value + 0.0);
        return bits < 0 ? bits ^ Long.MAX_VALUE : bits;
    }
}
