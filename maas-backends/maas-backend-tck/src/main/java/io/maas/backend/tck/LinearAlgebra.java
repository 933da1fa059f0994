package io.maas.backend.tck;

import io.maas.error.Require;
import io.maas.tensor.DataType;

/** Products of matrices. */
final class LinearAlgebra {
    private LinearAlgebra() {}

    /** Stacks of matrices broadcast; one axis alone is a row on the left and a column on the right, and drops out again. */
    static NdArray matmul(NdArray left, NdArray right) {
        Require.that(left.rank() > 0 && right.rank() > 0, "rank", 0, "at least one axis each");
        NdArray a = left.rank() == 1 ? left.reshape(Grid.of(1, left.count())) : left;
        NdArray b = right.rank() == 1 ? right.reshape(Grid.of(right.count(), 1)) : right;
        Grid outer = leading(a).broadcast(leading(b));
        NdArray product = multiply(a, b, outer);
        Grid columns = right.rank() == 1 ? Grid.SCALAR : Grid.of(product.grid().size(-1));
        Grid rows = left.rank() == 1 ? Grid.SCALAR : Grid.of(product.grid().size(-2));
        return product.reshape(outer.then(rows).then(columns));
    }

    private static Grid leading(NdArray matrices) {
        return matrices.grid().part(0, matrices.rank() - 2);
    }

    private static NdArray multiply(NdArray a, NdArray b, Grid outer) {
        Require.that(a.type() == b.type(), "types", a.type() + " and " + b.type(), "one type");
        int rows = a.grid().size(-2);
        int inner = a.grid().size(-1);
        int columns = b.grid().size(-1);
        Require.that(inner == b.grid().size(-2), "shapes", a.grid() + " and " + b.grid(), "equal inner sizes");
        Grid to = outer.then(Grid.of(rows, columns));
        double[] reals = new double[a.isReal() ? to.count() : 0];
        long[] integers = new long[a.isReal() ? 0 : to.count()];
        for (int i = 0; i < to.count(); i++) {
            int[] at = outer.coordinates(i / (rows * columns));
            int leftRow = (leading(a).stretched(at) * rows + i / columns % rows) * inner;
            int rightColumn = leading(b).stretched(at) * inner * columns + i % columns;
            for (int k = 0; k < inner; k++) {
                if (a.isReal()) {
                    reals[i] += a.real(leftRow + k) * b.real(rightColumn + k * columns);
                } else {
                    integers[i] += a.integer(leftRow + k) * b.integer(rightColumn + k * columns);
                }
            }
        }
        return a.isReal() ? NdArray.ofReals(a.type(), to, reals) : NdArray.ofIntegers(a.type(), to, integers);
    }

    /** {@code alpha · A' · B' + beta · C}, with C stretched to the result. */
    static NdArray gemm(Arguments in) {
        NdArray a = matrix(in, 0, "transA");
        NdArray b = matrix(in, 1, "transB");
        double alpha = in.attributes().floatValue("alpha", 1);
        double beta = in.attributes().floatValue("beta", 1);
        NdArray product = scale(multiply(wide(a), wide(b), Grid.SCALAR), alpha);
        if (in.has(2)) {
            Grid grid = product.grid();
            NdArray c = in.get(2);
            Require.that(grid.broadcast(c.grid()).equals(grid), "c", c.grid(), "a shape that stretches to " + grid);
            product = Elementwise.zip(product, scale(wide(c).stretch(grid), beta), Double::sum, Long::sum);
        }
        return Casting.cast(product, a.type());
    }

    private static NdArray matrix(Arguments in, int index, String flag) {
        NdArray x = in.get(index);
        Require.that(x.rank() == 2, "shape", x.grid(), "two axes");
        Grid turned = Grid.of(x.grid().size(1), x.grid().size(0));
        return in.attributes().longValue(flag, 0) == 0
                ? x
                : x.pick(turned, at -> x.grid().place(at[1], at[0]));
    }

    /** The same values in the widest type of their kind, so that only the end result is rounded. */
    private static NdArray wide(NdArray x) {
        return Casting.cast(x, x.isReal() ? DataType.FLOAT64 : DataType.INT64);
    }

    private static NdArray scale(NdArray x, double factor) {
        return factor == 1 ? x : Elementwise.map(x, value -> factor * value, value -> (long) (factor * value));
    }
}
