package io.maas.training.data;

import io.maas.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.random.RandomGenerator;

/** Orders of rows, and copies of rows in such an order. */
final class Rows {
    private Rows() {}

    static int[] inOrder(int count) {
        int[] order = new int[count];
        for (int i = 0; i < count; i++) {
            order[i] = i;
        }
        return order;
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

    static Tensor copy(Tensor from, int[] order) {
        int bytes =
                Math.toIntExact(from.shape().elementsPerRow() * from.dataType().byteSize());
        ByteBuffer memory = Tensor.newMemory((long) bytes * order.length);
        copy(from.bytes(), bytes, order, 0, order.length, memory);
        return Tensor.wrap(from.dataType(), from.shape().withRows(order.length), memory);
    }

    /** Copies the rows {@code order[start .. start + count)} of {@code from} to the beginning of {@code to}. */
    static void copy(ByteBuffer from, int bytesPerRow, int[] order, int start, int count, ByteBuffer to) {
        for (int i = 0; i < count; i++) {
            to.put(i * bytesPerRow, from, order[start + i] * bytesPerRow, bytesPerRow);
        }
    }
}
