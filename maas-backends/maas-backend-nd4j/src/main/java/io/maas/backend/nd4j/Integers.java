package io.maas.backend.nd4j;

import io.maas.tensor.DataType;
import java.util.Arrays;
import java.util.function.IntUnaryOperator;
import java.util.function.LongBinaryOperator;
import java.util.function.LongUnaryOperator;

/**
 * Integers and bools, computed in Java: exact, wrapping, and without ND4J's detours over floating point. A zero divisor is an
 * exception here and the end of the process there.
 */
final class Integers {
    private Integers() {}

    static Array map(Bench bench, Array x, LongUnaryOperator rule) {
        return bench.longs(x.type(), Arrays.stream(x.toLongs()).map(rule).toArray(), x.shape());
    }

    static Array zip(Arguments in, LongBinaryOperator rule) {
        return zip(in.bench(), in.get(0).type(), in.get(0), in.get(1), rule);
    }

    static Array zip(Bench bench, DataType type, Array left, Array right, LongBinaryOperator rule) {
        long[] shape = Shapes.broadcast(left.shape(), right.shape());
        long[] a = left.toLongs();
        long[] b = right.toLongs();
        IntUnaryOperator atLeft = places(left.shape(), shape);
        IntUnaryOperator atRight = places(right.shape(), shape);
        long[] values = new long[Math.toIntExact(Shapes.elements(shape))];
        Arrays.setAll(values, i -> rule.applyAsLong(a[atLeft.applyAsInt(i)], b[atRight.applyAsInt(i)]));
        return bench.longs(type, values, shape);
    }

    /** Where the element stands in the array of shape {@code from} that is stretched to a place of shape {@code to}. */
    static IntUnaryOperator places(long[] from, long[] to) {
        if (Arrays.equals(from, to)) {
            return place -> place;
        }
        long[] sizes = Shapes.padded(from, to.length);
        long[] strides = Shapes.strides(sizes);
        return place -> {
            long rest = place;
            long at = 0;
            for (int axis = to.length - 1; axis >= 0; axis--) {
                at += sizes[axis] == 1 ? 0 : rest % to[axis] * strides[axis];
                rest /= to[axis];
            }
            return (int) at;
        };
    }

    /** By repeated squaring, wrapping; exponents that are negative or floating-point by way of double, cut toward zero. */
    static Array pow(Bench bench, Array base, Array exponent) {
        if (!exponent.type().isFloating()) {
            return zip(
                    bench,
                    base.type(),
                    base,
                    exponent,
                    (a, b) -> b < 0 ? (long) Math.pow((double) a, (double) b) : power(a, b));
        }
        double[] exponents = exponent.toDoubles();
        long[] numbers = new long[exponents.length];
        Arrays.setAll(numbers, i -> i);
        Array indices = bench.longs(DataType.INT64, numbers, exponent.shape());
        return zip(bench, base.type(), base, indices, (a, i) -> (long) Math.pow((double) a, exponents[(int) i]));
    }

    private static long power(long base, long exponent) {
        long result = 1;
        long square = base;
        for (long rest = exponent; rest > 0; rest >>= 1) {
            result *= (rest & 1) == 1 ? square : 1;
            square *= square;
        }
        return result;
    }
}
