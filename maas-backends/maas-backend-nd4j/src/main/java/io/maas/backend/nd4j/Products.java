package io.maas.backend.nd4j;

import io.maas.error.Require;
import java.util.Arrays;

/** Products of matrices. */
final class Products {
    private Products() {}

    static Array matmul(Arguments in) {
        Array left = in.get(0);
        Array right = in.get(1);
        Require.that(left.rank() > 0 && right.rank() > 0, "inputs", left + " and " + right, "at least one axis each");
        Array a = left.rank() == 1 ? left.reshape(1, left.shape()[0]) : left;
        Array b = right.rank() == 1 ? right.reshape(right.shape()[0], 1) : right;
        Require.that(
                a.shape()[a.rank() - 1] == b.shape()[b.rank() - 2],
                "inputs",
                left + " and " + right,
                "the columns of the first as the rows of the second");
        Array product = b.rank() == 2 ? byOneMatrix(in.bench(), a, b) : byMatrices(in.bench(), a, b);
        boolean[] added = new boolean[product.rank()];
        added[product.rank() - 2] = left.rank() == 1;
        added[product.rank() - 1] = right.rank() == 1;
        return product.reshape(Shapes.without(product.shape(), added));
    }

    /** All matrices of the first as one tall one. */
    private static Array byOneMatrix(Bench bench, Array a, Array b) {
        long inner = b.shape()[0];
        long[] shape = Shapes.with(a.shape(), a.rank() - 1, b.shape()[1]);
        long rows = Shapes.elements(Shapes.part(a.shape(), 0, a.rank() - 1));
        return multiply(bench, a.reshape(rows, inner), b, rows, b.shape()[1], 0, 0)
                .reshape(shape);
    }

    /** Stacks of matrices that broadcast to each other. */
    static Array byMatrices(Bench bench, Array a, Array b) {
        long[] outer =
                Shapes.broadcast(Shapes.part(a.shape(), 0, a.rank() - 2), Shapes.part(b.shape(), 0, b.rank() - 2));
        Array lefts = stack(bench, a, outer);
        Array rights = stack(bench, b, outer);
        long rows = lefts.shape()[1];
        long columns = rights.shape()[2];
        Array result = bench.create(a.type(), lefts.shape()[0], rows, columns);
        Array product = result.isEmpty() || !lefts.isEmpty()
                ? result.isEmpty() ? result : bench.run(Call.of("matmul", lefts, rights), result)
                : bench.fill(a.type(), 0, result.shape());
        return product.reshape(Shapes.join(outer, new long[] {rows, columns}));
    }

    private static Array stack(Bench bench, Array x, long[] outer) {
        long[] matrix = Shapes.part(x.shape(), x.rank() - 2, x.rank());
        return Shaping.stretch(bench, x, Shapes.join(outer, matrix))
                .reshape(Shapes.elements(outer), matrix[0], matrix[1]);
    }

    /** Two matrices, each optionally transposed. A sum over nothing is 0. */
    private static Array multiply(Bench bench, Array a, Array b, long rows, long columns, long transA, long transB) {
        if (a.isEmpty() || b.isEmpty()) {
            return bench.fill(a.type(), 0, rows, columns);
        }
        return bench.run(Call.of("matmul", a, b).integers(transA, transB), bench.create(a.type(), rows, columns));
    }

    static Array gemm(Arguments in) {
        Bench bench = in.bench();
        Array a = in.get(0);
        Array b = in.get(1);
        int transA = in.isSet("transA", false) ? 1 : 0;
        int transB = in.isSet("transB", false) ? 1 : 0;
        Require.that(
                a.rank() == 2 && b.rank() == 2 && a.shape()[1 - transA] == b.shape()[transB],
                "inputs",
                a + " and " + b,
                "two axes each and equal inner sizes under transA=" + transA + ", transB=" + transB);
        long[] shape = {a.shape()[transA], b.shape()[1 - transB]};
        Array product = multiply(bench, a, b, shape[0], shape[1], transA, transB);
        Array scaled = scale(bench, product, in.attributes().floatValue("alpha", 1));
        if (!in.has(2)) {
            return scaled;
        }
        Array c = scale(bench, in.get(2), in.attributes().floatValue("beta", 1));
        Require.that(
                Arrays.equals(Shapes.broadcast(shape, c.shape()), shape),
                "c",
                c,
                "a shape that broadcasts to the product");
        return Elementwise.zip(bench, "add", a.type(), scaled, c);
    }

    private static Array scale(Bench bench, Array x, float factor) {
        return factor == 1 ? x : Elementwise.zip(bench, "multiply", x.type(), x, bench.fill(x.type(), factor));
    }
}
