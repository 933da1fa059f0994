package io.maas.backend.tck;

import io.maas.backend.tck.OperatorCase.Operand;
import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;

/** Cases of Cast: every pair of types, with values that the target can hold. */
final class CastCases {
    private static final List<DataType> NUMBERS = Arrays.stream(DataType.values())
            .filter(type -> type != DataType.STRING)
            .toList();

    private CastCases() {}

    static void cast(CaseWriter to) {
        for (DataType from : NUMBERS) {
            for (DataType target : NUMBERS) {
                // Negative numbers have no meaning in unsigned types.
                double low = from.isUnsigned() || target.isUnsigned() ? 0 : -9;
                add(to, "", target, to.samples.between(low, 9, from, 3, 4));
            }
        }
        for (DataType target : List.of(DataType.FLOAT32, DataType.INT64, DataType.BOOL)) {
            UnaryCases.SHAPES.forEach(shape -> add(to, "", target, to.samples.any(DataType.FLOAT32, shape)));
        }
        rounding(to);
        texts(to);
    }

    private static void rounding(CaseWriter to) {
        double[] cut = {-2.9, -2.5, -0.5, 0.5, 2.5, 2.9};
        for (DataType from : CaseWriter.FLOATING) {
            add(to, "cut toward zero", DataType.INT32, Samples.exactly(from, cut));
            add(to, "cut toward zero", DataType.INT64, Samples.exactly(from, cut));
        }
        // One half, one quarter and three quarters of the last place of the half-precision types above 1.
        double[] ties = {1 + 0x1p-11, 1 + 3 * 0x1p-11, 1 + 0x1p-12, 1 + 0x1p-8, 1 + 3 * 0x1p-8, 1 + 0x1p-9, 0.1};
        for (DataType target : CaseWriter.HALVES) {
            add(to, "ties", target, Samples.exactly(DataType.FLOAT32, ties));
        }
        long[] large = {0, (1L << 24) + 1, (1L << 53) + 1, Long.MAX_VALUE, Long.MIN_VALUE, -(1L << 40) - 3};
        for (DataType target : List.of(DataType.FLOAT32, DataType.FLOAT64, DataType.INT64)) {
            add(to, "large", target, Samples.longs(large));
        }
    }

    private static void texts(CaseWriter to) {
        add(to, "whole", DataType.STRING, Samples.longs(0, -5, 1234567890123L));
        add(to, "whole", DataType.STRING, Samples.ints(7, -8));
        add(to, "plain", DataType.STRING, Tensor.of(new float[] {1.5f, -2.25f, 100, 0.5f}, 2, 2));
        add(to, "plain", DataType.STRING, Tensor.of(new double[] {1.5, -2.25, 100, 0.5}, 4));
        Tensor numbers = Tensor.of(new String[] {"3.5", "-1e3", "1000", "1E-2", "NaN", "INF", "-INF"}, 7);
        add(to, "numbers", DataType.FLOAT32, numbers);
        add(to, "numbers", DataType.FLOAT64, numbers);
        Tensor whole = Tensor.of(new String[] {"3", "-1000", "0"}, 3);
        add(to, "whole", DataType.INT32, whole);
        add(to, "whole", DataType.INT64, whole.reshape(Shape.of(1, 3)));
    }

    private static void add(CaseWriter to, String what, DataType target, Tensor from) {
        to.add(
                what,
                EnumSet.of(from.dataType(), target),
                Graph.OPSET,
                Attributes.of("to", target.name()),
                Operand.input(from));
    }
}
