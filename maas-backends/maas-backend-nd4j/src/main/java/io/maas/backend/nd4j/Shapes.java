package io.maas.backend.nd4j;

import io.maas.error.Require;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Arithmetic on sizes. */
final class Shapes {
    private Shapes() {}

    static long elements(long... shape) {
        long product = 1;
        for (long size : shape) {
            product = Math.multiplyExact(product, size);
        }
        return product;
    }

    /** The axis that counts from the first, for one that may count from the last. */
    static int axis(long axis, int rank) {
        Require.that(-rank <= axis && axis < rank, "axis", axis, -rank + " <= axis < " + rank);
        return (int) (axis < 0 ? axis + rank : axis);
    }

    /** The index that counts from the first, for one that may count from the last. */
    static long index(long index, long size) {
        Require.that(-size <= index && index < size, "index", index, -size + " <= index < " + size);
        return index < 0 ? index + size : index;
    }

    /** Ones in front, up to that rank. */
    static long[] padded(long[] shape, int rank) {
        long[] padded = new long[rank];
        Arrays.fill(padded, 0, rank - shape.length, 1);
        System.arraycopy(shape, 0, padded, rank - shape.length, shape.length);
        return padded;
    }

    /** Numpy's rule: align at the last axis; equal sizes stay, 1 stretches. */
    static long[] broadcast(long[] left, long[] right) {
        int rank = Math.max(left.length, right.length);
        long[] a = padded(left, rank);
        long[] b = padded(right, rank);
        for (int i = 0; i < rank; i++) {
            Require.that(
                    a[i] == b[i] || a[i] == 1 || b[i] == 1,
                    "shapes",
                    Arrays.toString(left) + " and " + Arrays.toString(right),
                    "sizes that are equal or 1, aligned at the last axis");
            a[i] = a[i] == 1 ? b[i] : a[i];
        }
        return a;
    }

    /** How far apart neighbours along each axis are, row-major. */
    static long[] strides(long[] shape) {
        long[] strides = new long[shape.length];
        long stride = 1;
        for (int i = shape.length - 1; i >= 0; i--) {
            strides[i] = stride;
            stride *= shape[i];
        }
        return strides;
    }

    static long[] with(long[] shape, int axis, long size) {
        long[] copy = shape.clone();
        copy[axis] = size;
        return copy;
    }

    static long[] part(long[] shape, int from, int to) {
        return Arrays.copyOfRange(shape, from, to);
    }

    static long[] join(long[]... parts) {
        return Arrays.stream(parts).flatMapToLong(LongStream::of).toArray();
    }

    static long[] ones(int rank) {
        long[] ones = new long[rank];
        Arrays.fill(ones, 1);
        return ones;
    }

    /** Which axes a list names, each at most once. */
    static boolean[] marked(long[] axes, int rank) {
        boolean[] marked = new boolean[rank];
        for (long axis : axes) {
            int place = axis(axis, rank);
            Require.that(!marked[place], "axes", Arrays.toString(axes), "each axis once");
            marked[place] = true;
        }
        return marked;
    }

    /** The sizes of the axes that are not marked. */
    static long[] without(long[] shape, boolean[] marked) {
        return IntStream.range(0, shape.length)
                .filter(i -> !marked[i])
                .mapToLong(i -> shape[i])
                .toArray();
    }
}
