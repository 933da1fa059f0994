package io.maas.backend.tck;

import io.maas.backend.tck.OperatorCase.Operand;
import io.maas.graph.Attributes;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import java.util.List;

/** Cases of operators that work on each element of one input. */
final class UnaryCases {
    /** Scalar, one axis, size 1, empty axes, up to four axes. */
    static final List<long[]> SHAPES = List.of(
            new long[] {},
            new long[] {5},
            new long[] {1},
            new long[] {0},
            new long[] {2, 3},
            new long[] {2, 0, 3},
            new long[] {3, 1, 2},
            new long[] {1, 2, 1, 3});

    private static final double INFINITY = Double.POSITIVE_INFINITY;

    private UnaryCases() {}

    static void numeric(CaseWriter to) {
        for (DataType type : CaseWriter.NUMERIC) {
            SHAPES.forEach(shape -> to.add(type, to.samples.any(type, shape)));
        }
        specials(to, 0, INFINITY, -INFINITY, 1e4, -1e4);
    }

    static void floating(CaseWriter to) {
        for (DataType type : CaseWriter.FLOATING) {
            SHAPES.forEach(shape -> to.add(type, to.samples.any(type, shape)));
        }
        specials(to, 0, 50, -50, 1000, -1000, INFINITY, -INFINITY, Double.NaN);
    }

    static void sloped(CaseWriter to) {
        floating(to);
        for (DataType type : CaseWriter.FLOATING) {
            to.add(type, Attributes.of("alpha", 0.3f), to.samples.any(type, 3, 4));
            to.add(type, Attributes.of("alpha", -1.5f), to.samples.any(type, 3, 4));
        }
    }

    static void positive(CaseWriter to) {
        for (DataType type : CaseWriter.FLOATING) {
            SHAPES.forEach(shape -> to.add(type, to.samples.between(0.05, 6, type, shape)));
        }
        specials(to, 0, 1, 1e4, -1, INFINITY, Double.NaN);
    }

    static void notZero(CaseWriter to) {
        for (DataType type : CaseWriter.FLOATING) {
            SHAPES.forEach(shape -> to.add(type, to.samples.notZero(type, shape)));
        }
        specials(to, 0, 1, 1e4, INFINITY, -INFINITY, Double.NaN);
    }

    private static void specials(CaseWriter to, double... values) {
        for (DataType type : CaseWriter.FLOATING) {
            to.add("special values", type, Attributes.none(), Operand.input(Samples.exactly(type, values)));
        }
    }

    static void not(CaseWriter to) {
        SHAPES.forEach(shape -> to.add(DataType.BOOL, to.samples.any(DataType.BOOL, shape)));
    }

    static void identity(CaseWriter to) {
        for (DataType type : DataType.values()) {
            SHAPES.forEach(shape -> to.add(type, to.samples.any(type, shape)));
        }
    }

    static void clip(CaseWriter to) {
        for (DataType type : CaseWriter.NUMERIC) {
            Tensor low = Samples.scalar(type, -1);
            Tensor high = Samples.scalar(type, 2);
            SHAPES.forEach(shape -> to.addShaped(type, Attributes.none(), to.samples.any(type, shape), low, high));
            Operand x = Operand.input(to.samples.any(type, 3, 4));
            to.add("no bounds", type, Attributes.none(), x);
            to.add("low only", type, Attributes.none(), x, Operand.constant(low));
            to.add("high only", type, Attributes.none(), x, Operand.omitted(), Operand.constant(high));
            to.add("no bounds, spelt out", type, Attributes.none(), x, Operand.omitted(), Operand.omitted());
        }
    }
}
