package io.maas.backend.tck;

import io.maas.backend.tck.OperatorCase.Operand;
import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.EnumSet;
import java.util.List;

/** Cases of operators that choose elements by place. */
final class IndexingCases {
    private IndexingCases() {}

    static void gather(CaseWriter to) {
        // Texts are looked up one by one, as the names of classes are; ONNX Runtime 1.29 loses texts of longer rows.
        Tensor names = to.samples.any(DataType.STRING, 4);
        to.add(DataType.STRING, names, Tensor.of(new long[] {1, -1, 0, 2, 3, 3}, 2, 3));
        to.add(DataType.STRING, names, Tensor.scalar(-2L));
        for (DataType type : CaseWriter.FIXED) {
            Tensor x = to.samples.any(type, 4, 3);
            to.add(type, x, Samples.longs(0, 3, -1, -4));
            to.add(type, x, Samples.ints(2, 0));
            to.add(type, x, Tensor.of(new long[] {1, -1, 0, 2, 3, 3}, 2, 3));
            to.add(type, x, Tensor.scalar(-2L));
            to.add(type, x, Samples.longs());
            to.add(type, Attributes.of("axis", 1), x, Samples.longs(2, -3));
            to.add(type, Attributes.of("axis", -1), x, Tensor.of(new long[] {0, 1}, 2, 1));
            to.add(type, Attributes.of("axis", 2), to.samples.any(type, 2, 1, 3, 2), Samples.longs(2, 0));
            to.add(type, to.samples.any(type, 5), Tensor.scalar(4L));
            to.add(
                    "constant table",
                    type,
                    Attributes.none(),
                    Operand.constant(x),
                    Operand.input(Tensor.of(new long[] {3, 0, 1, 2}, 2, 2)));
        }
    }

    private static List<DataType> types(DataType more) {
        EnumSet<DataType> types = EnumSet.copyOf(CaseWriter.FIXED);
        types.add(more);
        return List.copyOf(types);
    }

    static void nonZero(CaseWriter to) {
        for (DataType type : CaseWriter.FIXED) {
            to.add(type, to.samples.whole(type, 6));
            to.add(type, to.samples.whole(type, 3, 4));
            to.add(type, to.samples.whole(type, 2, 1, 3, 2));
            to.add(type, Tensor.zeros(type, Shape.of(2, 2)));
            to.add(type, to.samples.whole(type, 0, 2));
        }
    }

    static void oneHot(CaseWriter to) {
        DataType[] types = {DataType.FLOAT32, DataType.FLOAT64, DataType.INT32, DataType.INT64, DataType.BOOL};
        for (DataType type : types) {
            Tensor values = Samples.exactly(type, 0, 1);
            Tensor indices = Tensor.of(new long[] {0, 3, -1, -4, 7, 2}, 2, 3);
            for (long axis : new long[] {-1, 0, 1, -2, 2}) {
                oneHot(to, type, Attributes.of("axis", axis), indices, values);
            }
            oneHot(to, type, Attributes.none(), Samples.longs(), values);
            oneHot(to, type, Attributes.of("axis", 0), Samples.longs(1, 0, -4), values);
        }
        Tensor offAndOn = Tensor.of(new float[] {-0.5f, 2.5f}, 2);
        oneHot(to, DataType.FLOAT32, Attributes.none(), Samples.longs(1, 0), offAndOn);
        to.add(
                "all int32",
                EnumSet.of(DataType.INT32, DataType.FLOAT32),
                Graph.OPSET,
                Attributes.none(),
                Operand.input(Samples.ints(1, 0, -1)),
                Operand.constant(Samples.ints(3)),
                Operand.constant(offAndOn));
    }

    private static void oneHot(CaseWriter to, DataType type, Attributes axis, Tensor indices, Tensor values) {
        Operand depth = Operand.constant(Tensor.scalar(4L));
        to.add("", type, axis, Operand.input(indices), depth, Operand.constant(values));
        to.add(
                "depth of one axis",
                type,
                axis,
                Operand.input(indices),
                Operand.constant(Samples.longs(4)),
                Operand.input(values));
    }

    static void pad(CaseWriter to) {
        for (DataType type : CaseWriter.FIXED) {
            Tensor x = to.samples.any(type, 3, 4);
            Attributes none = Attributes.none();
            to.addShaped(type, none, x, Samples.longs(1, 0, 2, 3));
            to.addShaped(type, none, x, Samples.longs(0, 2, 0, 1), Samples.scalar(type, 1));
            to.addShaped(type, none, x, Samples.longs(0, -1, 1, -2), Samples.scalar(type, 1));
            to.addShaped(type, none, to.samples.any(type, 3), Samples.longs(2, 0));
            to.addShaped(type, none, to.samples.any(type, 0, 2), Samples.longs(1, 0, 1, 0), Samples.scalar(type, 1));
            for (String mode : List.of("constant", "edge", "reflect")) {
                Attributes attributes = Attributes.of("mode", mode);
                to.addShaped(type, attributes, x, Samples.longs(2, 3, 1, 2));
                to.addShaped(type, attributes, x, Samples.longs(0, 0, 0, 3));
                to.addShaped(type, attributes, to.samples.any(type, 2, 3, 2, 3), Samples.longs(0, 1, 1, 2, 0, 2, 0, 1));
            }
        }
        to.add(
                "some axes",
                EnumSet.of(DataType.FLOAT32),
                18,
                Attributes.none(),
                Operand.input(to.samples.any(DataType.FLOAT32, 2, 3, 2)),
                Operand.constant(Samples.longs(1, 2, 0, 1)),
                Operand.omitted(),
                Operand.constant(Samples.longs(-1, 0)));
    }

    static void scatter(CaseWriter to) {
        for (DataType type : CaseWriter.FIXED) {
            scatter(to, type, "none");
            to.add(
                    type,
                    to.samples.any(type, 2, 3),
                    Tensor.of(new long[] {0, 1, -1, -3}, 2, 2),
                    to.samples.any(type, 2));
        }
        // Half precision is left to the form without a reduction, which is all that engines have of it.
        for (DataType type : List.of(DataType.FLOAT32, DataType.FLOAT64, DataType.INT32, DataType.INT64)) {
            for (String reduction : List.of("add", "mul")) {
                scatter(to, type, reduction);
                repeated(to, type, Attributes.of("reduction", reduction), Graph.OPSET);
            }
            // The greatest and the least came with opset 18.
            for (String reduction : List.of("max", "min")) {
                repeated(to, type, Attributes.of("reduction", reduction), 18);
            }
        }
    }

    private static void scatter(CaseWriter to, DataType type, String reduction) {
        Attributes attributes = Attributes.of("reduction", reduction);
        to.add(
                type,
                attributes,
                to.samples.any(type, 5),
                Tensor.of(new long[] {4, 1, -3}, 3, 1),
                to.samples.any(type, 3));
        to.add(
                type,
                attributes,
                to.samples.any(type, 3, 2),
                Tensor.of(new long[] {2, 0}, 2, 1),
                to.samples.any(type, 2, 2));
        to.add(
                type,
                attributes,
                to.samples.any(type, 2, 3, 2),
                Tensor.of(new long[] {0, 1, 1, 2, 1, 0, 0, 0}, 2, 2, 2),
                to.samples.any(type, 2, 2, 2));
        to.add(
                type,
                attributes,
                to.samples.any(type, 3, 2),
                Tensor.zeros(DataType.INT64, Shape.of(0, 1)),
                to.samples.any(type, 0, 2));
    }

    private static void repeated(CaseWriter to, DataType type, Attributes attributes, int opset) {
        to.add(
                "repeated indices",
                EnumSet.of(type),
                opset,
                attributes,
                Operand.input(to.samples.any(type, 4, 2)),
                Operand.input(Tensor.of(new long[] {1, 1, 3, 1}, 4, 1)),
                Operand.input(to.samples.any(type, 4, 2)));
    }

    static void slice(CaseWriter to) {
        long all = Long.MAX_VALUE;
        for (DataType type : types(DataType.STRING)) {
            Tensor x = to.samples.any(type, 4, 5);
            slice(to, type, x, List.of(Samples.longs(1, 0), Samples.longs(3, 5)));
            slice(to, type, x, List.of(Samples.longs(-3), Samples.longs(-1), Samples.longs(1)));
            slice(to, type, x, List.of(Samples.longs(0), Samples.longs(all), Samples.longs(-1), Samples.longs(2)));
            slice(to, type, x, List.of(Samples.longs(-1), Samples.longs(-all), Samples.longs(0), Samples.longs(-1)));
            slice(to, type, x, List.of(Samples.longs(4), Samples.longs(0), Samples.longs(1), Samples.longs(-2)));
            slice(to, type, x, List.of(Samples.longs(100), Samples.longs(1), Samples.longs(1), Samples.longs(-3)));
            slice(to, type, x, List.of(Samples.longs(3), Samples.longs(1), Samples.longs(1)));
            slice(to, type, x, List.of(Samples.longs(-100), Samples.longs(100), Samples.longs(0)));
            slice(
                    to,
                    type,
                    x,
                    List.of(Samples.longs(3, 1), Samples.longs(0, 4), Samples.longs(1, 0), Samples.longs(-1, 2)));
            slice(to, type, to.samples.any(type, 0, 3), List.of(Samples.longs(1), Samples.longs(3), Samples.longs(1)));
            Tensor deep = to.samples.any(type, 2, 3, 2, 3);
            slice(to, type, deep, List.of(Samples.longs(1, 0), Samples.longs(3, 2), Samples.longs(1, 3)));
            to.addShaped(
                    type, Attributes.none(), x, Samples.ints(1), Samples.ints(4), Samples.ints(1), Samples.ints(2));
        }
    }

    private static void slice(CaseWriter to, DataType type, Tensor x, List<Tensor> ends) {
        to.addShaped(type, Attributes.none(), x, ends.toArray(new Tensor[0]));
    }
}
