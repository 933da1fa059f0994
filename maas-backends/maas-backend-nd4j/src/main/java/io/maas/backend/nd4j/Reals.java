package io.maas.backend.nd4j;

import java.util.Arrays;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntUnaryOperator;

/** Floating-point numbers, computed in double precision in Java: for operators that ND4J lacks, or has in another form. */
final class Reals {
    private Reals() {}

    static Array map(Bench bench, Array x, DoubleUnaryOperator rule) {
        return bench.reals(x.type(), Arrays.stream(x.toDoubles()).map(rule).toArray(), x.shape());
    }

    static Array zip(Bench bench, Array left, Array right, DoubleBinaryOperator rule) {
        long[] shape = Shapes.broadcast(left.shape(), right.shape());
        double[] a = left.toDoubles();
        double[] b = right.toDoubles();
        IntUnaryOperator atLeft = Integers.places(left.shape(), shape);
        IntUnaryOperator atRight = Integers.places(right.shape(), shape);
        double[] values = new double[Math.toIntExact(Shapes.elements(shape))];
        Arrays.setAll(values, i -> rule.applyAsDouble(a[atLeft.applyAsInt(i)], b[atRight.applyAsInt(i)]));
        return bench.reals(left.type(), values, shape);
    }
}
