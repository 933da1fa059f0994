package io.maas.backend.tck;

import io.maas.backend.tck.OperatorCase.Operand;
import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.Op;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Cases of what goes from floating-point numbers to integers of few bits and back. Scales are powers of two: no tie is by chance. */
final class QuantizationCases {
    private static final List<DataType> SMALL = List.of(DataType.UINT8, DataType.INT8);

    private QuantizationCases() {}

    static void of(CaseWriter to) {
        if (to.op() == Op.DYNAMIC_QUANTIZE_LINEAR) {
            dynamic(to);
        } else if (to.op() == Op.MATMUL_INTEGER) {
            SMALL.forEach(left -> SMALL.forEach(right -> products(to, left, right)));
        } else {
            SMALL.forEach(type -> scaled(to, type));
            scale(to, "without a zero point", DataType.UINT8, Attributes.none(), 1, null, 3, 4);
        }
    }

    /** Ranges are of 255 steps of a half, so that the scale is exact. */
    private static void dynamic(CaseWriter to) {
        for (long[] shape : List.of(new long[] {3, 4}, new long[] {5}, new long[] {2, 3, 2})) {
            dynamic(to, "both signs", -60, 67.5f, shape);
            dynamic(to, "above 0", 20, 127.5f, shape);
            dynamic(to, "below 0", -127.5f, -30, shape);
            dynamic(to, "nothing but 0", 0, 0, shape);
        }
    }

    private static void dynamic(CaseWriter to, String what, float least, float most, long... shape) {
        Tensor inside = quarters(to.samples.between(least, most, DataType.FLOAT32, shape));
        float[] values = inside.toFloatArray();
        values[0] = most;
        values[values.length - 1] = least;
        Tensor x = Tensor.of(values).reshape(inside.shape());
        Set<DataType> types = EnumSet.of(DataType.FLOAT32, DataType.UINT8);
        to.add(what, types, Graph.OPSET, Attributes.none(), 3, Operand.input(x));
    }

    private static void scaled(CaseWriter to, DataType type) {
        for (long[] shape : List.of(new long[] {3, 4}, new long[] {5}, new long[] {2, 3, 2}, new long[] {0, 3})) {
            scale(to, "one scale", type, Attributes.none(), 1, zeros(type, 1), shape);
        }
        scale(to, "a scale a column", type, Attributes.none(), 4, zeros(type, 4), 3, 4);
        scale(to, "a scale a row", type, Attributes.of("axis", 0), 3, zeros(type, 3), 3, 4);
        scale(to, "a scale a row", type, Attributes.of("axis", -2), 3, zeros(type, 3), 2, 3, 5);
        scale(to, "a scale a batch", type, Attributes.of("axis", 0), 2, zeros(type, 2), 2, 3, 5);
    }

    private static Tensor zeros(DataType type, int count) {
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            values[i] = (type.isUnsigned() ? 128 : 0) + i;
        }
        Tensor all = Tensor.of(type, values, Shape.of(count));
        return count == 1 ? all.reshape(Shape.scalar()) : all;
    }

    private static void scale(
            CaseWriter to,
            String what,
            DataType type,
            Attributes attributes,
            int scales,
            @org.jspecify.annotations.Nullable Tensor zero,
            long... shape) {
        float[] powers = new float[scales];
        for (int i = 0; i < scales; i++) {
            powers[i] = (float) Math.scalb(0.5, i);
        }
        Tensor scale = scales == 1 ? Tensor.scalar(powers[0]) : Tensor.of(powers);
        // Beyond the range at both ends, and with halves.
        Tensor real = to.samples.between(-90, 90, DataType.FLOAT32, shape);
        Tensor whole = to.samples.between(type.isUnsigned() ? 0 : -128, 127, type, shape);
        Operand zeros = zero == null ? Operand.omitted() : Operand.constant(zero);
        Set<DataType> types = EnumSet.of(type, DataType.FLOAT32);
        Tensor x = to.op() == Op.QUANTIZE_LINEAR ? quarters(real) : whole;
        to.add(what, types, Graph.OPSET, attributes, Operand.input(x), Operand.input(scale), zeros);
        to.add(what, types, Graph.OPSET, attributes, Operand.input(x), Operand.constant(scale), zeros);
    }

    /** Multiples of a quarter, so that halves occur. */
    private static Tensor quarters(Tensor real) {
        float[] values = real.toFloatArray();
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.round(values[i] * 4) / 4f;
        }
        return Tensor.of(values).reshape(real.shape());
    }

    private static void products(CaseWriter to, DataType left, DataType right) {
        Set<DataType> types = EnumSet.of(left, right, DataType.INT32);
        for (ShapePair pair : List.of(
                ShapePair.of(new long[] {2, 3}, 3, 4),
                ShapePair.of(new long[] {2, 2, 3}, 3, 2),
                ShapePair.of(new long[] {17, 33}, 33, 9),
                ShapePair.of(new long[] {0, 3}, 3, 2))) {
            Operand a = Operand.input(small(to, left, pair.left));
            Tensor b = small(to, right, pair.right);
            int columns = (int) pair.right[pair.right.length - 1];
            Operand zeroA = Operand.constant(zeros(left, 1));
            to.add("plain", types, Graph.OPSET, Attributes.none(), a, Operand.constant(b));
            to.add("zero points", types, Graph.OPSET, Attributes.none(), a, Operand.constant(b), zeroA);
            to.add(
                    "a zero point a column",
                    types,
                    Graph.OPSET,
                    Attributes.none(),
                    a,
                    Operand.constant(b),
                    zeroA,
                    Operand.constant(zeros(right, columns)));
            to.add("computed", types, Graph.OPSET, Attributes.none(), a, Operand.input(b), zeroA);
        }
    }

    /** Of which two products fit 16 bits: engines without instructions for more may lose what does not. */
    private static Tensor small(CaseWriter to, DataType type, long... shape) {
        return to.samples.between(type.isUnsigned() ? 0 : -64, 64, type, shape);
    }
}
