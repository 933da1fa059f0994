package io.maas.backend.tck;

import io.maas.tensor.DataType;
import java.util.Arrays;
import java.util.List;

/** Operators that go from floating-point numbers to integers of few bits and back. */
final class Quantizing {
    private Quantizing() {}

    /** {@code round(x / scale) + zero point}, halves to even, kept within the type. */
    static NdArray quantize(Arguments in) {
        NdArray x = in.real();
        NdArray scale = in.get(1);
        DataType type = in.has(2)
                ? in.get(2).type()
                : DataType.valueOf(in.attributes().string("output_dtype", DataType.UINT8.name()));
        long least = type.isUnsigned() ? 0 : -(1L << (8 * type.byteSize() - 1));
        long most = least + (1L << (8 * type.byteSize())) - 1;
        long[] values = new long[x.count()];
        Arrays.setAll(values, i -> {
            int at = place(in, x, scale, i);
            double number = Math.rint(x.real(i) / scale.real(at))
                    + (in.has(2) ? in.get(2).integer(at) : 0);
            return (long) Math.max((double) least, Math.min((double) most, number));
        });
        return NdArray.ofIntegers(type, x.grid(), values);
    }

    /** The range, widened to hold 0, in 255 steps; a range of no width has steps of 1. */
    static List<NdArray> quantizeDynamically(Arguments in) {
        NdArray x = in.real();
        double least = 0;
        double most = 0;
        for (int i = 0; i < x.count(); i++) {
            least = Math.min(least, x.real(i));
            most = Math.max(most, x.real(i));
        }
        double scale = most == least ? 1 : (most - least) / 255;
        double zero = Math.rint(-least / scale);
        long[] values = new long[x.count()];
        Arrays.setAll(values, i -> (long) Math.max(0, Math.min(255, Math.rint(x.real(i) / scale) + zero)));
        return List.of(
                NdArray.ofIntegers(DataType.UINT8, x.grid(), values),
                NdArray.ofReals(DataType.FLOAT32, Grid.of(), scale),
                NdArray.ofIntegers(DataType.UINT8, Grid.of(), (long) zero));
    }

    /** {@code (x - zero point) scale}. */
    static NdArray dequantize(Arguments in) {
        NdArray x = in.get(0);
        NdArray scale = in.get(1);
        double[] values = new double[x.count()];
        Arrays.setAll(values, i -> {
            int at = place(in, x, scale, i);
            return (x.integer(i) - (in.has(2) ? in.get(2).integer(at) : 0)) * scale.real(at);
        });
        return NdArray.ofReals(scale.type(), x.grid(), values);
    }

    /** Where the scale of a value stands: there is one, one for each place of an axis, or one for each block along it. */
    private static int place(Arguments in, NdArray x, NdArray scale, int value) {
        if (scale.count() == 1) {
            return 0;
        }
        int axis = x.grid().axis(in.attributes().longValue("axis", 1));
        int[] at = x.grid().coordinates(value);
        int block = (int) in.attributes().longValue("block_size", 0);
        if (block == 0) {
            return scale.grid().place(at[axis]);
        }
        at[axis] /= block;
        return scale.grid().place(at);
    }

    static NdArray matmul(Arguments in) {
        return Casting.cast(LinearAlgebra.matmul(moved(in, 0), moved(in, 1)), DataType.INT32);
    }

    /** Without its zero point: one for all, one a row on the left, one a column on the right. */
    private static NdArray moved(Arguments in, int side) {
        NdArray wide = Casting.cast(in.get(side), DataType.INT64);
        if (!in.has(side + 2)) {
            return wide;
        }
        NdArray zero = Casting.cast(in.get(side + 2), DataType.INT64);
        NdArray each = side == 0 && zero.count() > 1 ? zero.reshape(Grid.of(zero.count(), 1)) : zero;
        return Elementwise.zip(wide, each, (a, b) -> a - b, (a, b) -> a - b);
    }
}
