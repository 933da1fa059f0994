package io.maas.backend.tck;

import io.maas.error.Require;
import io.maas.tensor.DataType;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntPredicate;
import java.util.function.LongBinaryOperator;
import java.util.function.LongUnaryOperator;

/** Operators whose result at one place depends only on the inputs at that place, after broadcasting. */
final class Elementwise {
    /** A question about two floating-point numbers, one of which may be NaN. */
    interface RealTest {
        boolean test(double left, double right);
    }

    private Elementwise() {}

    /** A function that takes floating-point types only. */
    static NdArray map(Arguments in, DoubleUnaryOperator real) {
        return map(in.real(), real, integer -> integer);
    }

    static NdArray map(NdArray x, DoubleUnaryOperator real, LongUnaryOperator integer) {
        if (x.isReal()) {
            double[] values = new double[x.count()];
            Arrays.setAll(values, i -> real.applyAsDouble(x.real(i)));
            return NdArray.ofReals(x.type(), x.grid(), values);
        }
        long[] values = new long[x.count()];
        Arrays.setAll(values, i -> integer.applyAsLong(x.integer(i)));
        return NdArray.ofIntegers(x.type(), x.grid(), values);
    }

    static NdArray zip(Arguments in, DoubleBinaryOperator real, LongBinaryOperator integer) {
        return zip(in.get(0), in.get(1), real, integer);
    }

    static NdArray zip(NdArray left, NdArray right, DoubleBinaryOperator real, LongBinaryOperator integer) {
        Require.that(left.type() == right.type(), "types", left.type() + " and " + right.type(), "one type");
        Grid grid = left.grid().broadcast(right.grid());
        NdArray a = left.stretch(grid);
        NdArray b = right.stretch(grid);
        if (a.isReal()) {
            double[] values = new double[grid.count()];
            Arrays.setAll(values, i -> real.applyAsDouble(a.real(i), b.real(i)));
            return NdArray.ofReals(a.type(), grid, values);
        }
        long[] values = new long[grid.count()];
        Arrays.setAll(values, i -> integer.applyAsLong(a.integer(i), b.integer(i)));
        return NdArray.ofIntegers(a.type(), grid, values);
    }

    static NdArray abs(NdArray x) {
        return x.type().isUnsigned() ? x : map(x, Math::abs, Math::abs);
    }

    static NdArray sign(NdArray x) {
        return map(x, Math::signum, value -> x.type().isUnsigned() && value != 0 ? 1 : Long.signum(value));
    }

    static NdArray relu(NdArray x) {
        return x.type().isUnsigned() ? x : map(x, value -> value < 0 ? 0 : value, value -> Math.max(0, value));
    }

    /** {@code 1 / (1 + exp(-x))}, in the form whose exponential cannot overflow. */
    static double sigmoid(double x) {
        double small = Math.exp(-Math.abs(x));
        return (x < 0 ? small : 1) / (1 + small);
    }

    /** {@code ln(1 + exp(x))}, in the form whose exponential cannot overflow. */
    static double softplus(double x) {
        return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    }

    /** Integers are cut toward zero; a zero divisor is an error. */
    static NdArray div(Arguments in) {
        boolean unsigned = in.get(0).type() == DataType.UINT64;
        return zip(in, (a, b) -> a / b, (a, b) -> unsigned ? Long.divideUnsigned(a, b) : a / b);
    }

    /** The least or greatest of any number of inputs; NaN wins over numbers. */
    static NdArray extreme(List<NdArray> inputs, boolean greatest) {
        NdArray result = inputs.get(0);
        DataType type = result.type();
        for (NdArray next : inputs.subList(1, inputs.size())) {
            result = zip(
                    result,
                    next,
                    greatest ? Math::max : Math::min,
                    (a, b) -> NdArray.compare(type, a, b) > 0 == greatest ? a : b);
        }
        return result;
    }

    static NdArray clip(Arguments in) {
        NdArray result = in.get(0);
        if (in.has(1)) {
            result = extreme(List.of(result, in.get(1)), true);
        }
        return in.has(2) ? extreme(List.of(result, in.get(2)), false) : result;
    }

    /** The result has the type of the base, whatever that of the exponent is. */
    static NdArray pow(NdArray base, NdArray exponent) {
        Grid grid = base.grid().broadcast(exponent.grid());
        NdArray a = base.stretch(grid);
        NdArray b = exponent.stretch(grid);
        if (a.isReal()) {
            double[] values = new double[grid.count()];
            Arrays.setAll(values, i -> Math.pow(a.real(i), b.number(i)));
            return NdArray.ofReals(a.type(), grid, values);
        }
        long[] values = new long[grid.count()];
        Arrays.setAll(
                values,
                i -> b.isReal() || b.integer(i) < 0
                        ? (long) Math.pow(a.number(i), b.number(i))
                        : power(a.integer(i), b.integer(i)));
        return NdArray.ofIntegers(a.type(), grid, values);
    }

    /** Modulo 2^64, by repeated squaring. */
    private static long power(long base, long exponent) {
        long result = 1;
        long square = base;
        for (long rest = exponent; rest > 0; rest >>= 1) {
            result *= (rest & 1) == 1 ? square : 1;
            square *= square;
        }
        return result;
    }

    /** A comparison: of floating-point numbers by {@code real}, of all others by the sign of their order. */
    static NdArray compare(Arguments in, RealTest real, IntPredicate order) {
        NdArray left = in.get(0);
        NdArray right = in.get(1);
        Require.that(left.type() == right.type(), "types", left.type() + " and " + right.type(), "one type");
        Grid grid = left.grid().broadcast(right.grid());
        NdArray a = left.stretch(grid);
        NdArray b = right.stretch(grid);
        long[] values = new long[grid.count()];
        Arrays.setAll(values, i -> holds(a, b, i, real, order) ? 1 : 0);
        return NdArray.ofIntegers(DataType.BOOL, grid, values);
    }

    private static boolean holds(NdArray a, NdArray b, int i, RealTest real, IntPredicate order) {
        if (a.isReal()) {
            return real.test(a.real(i), b.real(i));
        }
        return order.test(
                a.type() == DataType.STRING
                        ? a.text(i).compareTo(b.text(i))
                        : NdArray.compare(a.type(), a.integer(i), b.integer(i)));
    }

    static NdArray where(NdArray condition, NdArray then, NdArray otherwise) {
        Grid grid = condition.grid().broadcast(then.grid()).broadcast(otherwise.grid());
        NdArray both = NdArray.join(List.of(then, otherwise));
        return both.pick(
                grid,
                at -> condition.integer(condition.grid().stretched(at)) != 0
                        ? then.grid().stretched(at)
                        : then.count() + otherwise.grid().stretched(at));
    }
}
