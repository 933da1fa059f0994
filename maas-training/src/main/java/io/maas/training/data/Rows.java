package io.maas.training.data;

import java.nio.ByteBuffer;
import java.util.random.RandomGenerator;

/** Orders of rows, and copies of rows in such an order. */
final class Rows {
    private Rows() {}

    static int[] inOrder(int count) {
        return range(0, count);
    }

    /** The numbers {@code [from, to)}. */
    static int[] range(int from, int to) {
        int[] order = new int[to - from];
        putInOrder(order, from);
        return order;
    }

    static void putInOrder(int[] order, int first) {
        for (int i = 0; i < order.length; i++) {
            order[i] = first + i;
        }
    }

    /** The smallest multiple that is not below {@code length}. */
    static int rounded(int length, int multiple) {
        return Math.toIntExact(((long) length + multiple - 1) / multiple * multiple);
    }

    /**
     * Every order is equally likely, but for a bias below {@code 2^-32·n}; the same on every Java.
     *
     * @see "Knuth, The Art of Computer Programming, volume 2, algorithm P (Fisher and Yates)"
     */
    static void shuffle(int[] order, RandomGenerator random) {
        for (int i = order.length - 1; i > 0; i--) {
            int j = (int) (((random.nextLong() >>> 32) * (i + 1)) >>> 32);
            int taken = order[i];
            order[i] = order[j];
            order[j] = taken;
        }
    }

    /** Copies the first {@code count} of these rows of {@code from} to the beginning of {@code to}. */
    static void copy(ByteBuffer from, int bytesPerRow, int[] rows, int count, ByteBuffer to) {
        switch (bytesPerRow) {
            // Targets and weights are a number a row: bulk copies would take several times as long.
            case Integer.BYTES -> {
                for (int i = 0; i < count; i++) {
                    to.putInt(i * Integer.BYTES, from.getInt(rows[i] * Integer.BYTES));
                }
            }
            case Long.BYTES -> {
                for (int i = 0; i < count; i++) {
                    to.putLong(i * Long.BYTES, from.getLong(rows[i] * Long.BYTES));
                }
            }
            default -> {
                for (int i = 0; i < count; i++) {
                    to.put(i * bytesPerRow, from, rows[i] * bytesPerRow, bytesPerRow);
                }
            }
        }
    }
}
