package io.maas.backend.tck;

import io.maas.backend.tck.OperatorCase.Operand;
import io.maas.graph.Attributes;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Cases of operators that arrange elements by shape. */
final class ShapingCases {
    private static final Set<DataType> TEXT_TOO = EnumSet.of(DataType.STRING);

    private ShapingCases() {}

    private static List<DataType> movable() {
        EnumSet<DataType> types = EnumSet.copyOf(CaseWriter.FIXED);
        types.addAll(TEXT_TOO);
        return List.copyOf(types);
    }

    static void concat(CaseWriter to) {
        for (DataType type : movable()) {
            Tensor x = to.samples.any(type, 2, 3);
            to.add(type, Attributes.of("axis", 0), x);
            to.add(type, Attributes.of("axis", 0), x, to.samples.any(type, 1, 3), to.samples.any(type, 4, 3));
            to.add(type, Attributes.of("axis", 1), x, to.samples.any(type, 2, 1));
            to.add(type, Attributes.of("axis", -1), x, to.samples.any(type, 2, 0), x);
            to.add(type, Attributes.of("axis", -2), x, to.samples.any(type, 0, 3));
            to.add(type, Attributes.of("axis", 0), to.samples.any(type, 3), to.samples.any(type, 2));
            to.add(type, Attributes.of("axis", 2), to.samples.any(type, 2, 1, 2, 2), to.samples.any(type, 2, 1, 3, 2));
        }
    }

    static void constantOfShape(CaseWriter to) {
        for (DataType type : CaseWriter.FIXED) {
            Attributes value = Attributes.of("value", Samples.exactly(type, 1));
            for (Tensor shape : List.of(Samples.longs(2, 3), Samples.longs(4), Samples.longs(2, 0), Samples.longs())) {
                String what = type + " " + java.util.Arrays.toString(shape.toLongArray());
                to.add(what, type, value, Operand.constant(shape));
                to.add(what + " computed", type, value, Operand.input(shape));
            }
        }
        to.add("zeros", DataType.FLOAT32, Attributes.none(), Operand.constant(Samples.longs(1, 2, 3)));
    }

    static void expand(CaseWriter to) {
        for (DataType type : CaseWriter.FIXED) {
            Attributes none = Attributes.none();
            to.addShaped(type, none, to.samples.any(type), Samples.longs(2, 3));
            to.addShaped(type, none, to.samples.any(type), Samples.longs());
            to.addShaped(type, none, to.samples.any(type, 3, 1), Samples.longs(2, 1, 4));
            to.addShaped(type, none, to.samples.any(type, 2, 3), Samples.longs(1));
            to.addShaped(type, none, to.samples.any(type, 3), Samples.longs(2, 3));
            to.addShaped(type, none, to.samples.any(type, 1, 3), Samples.longs(0, 1));
        }
    }

    static void flatten(CaseWriter to) {
        for (DataType type : CaseWriter.FIXED) {
            for (long axis = -3; axis <= 3; axis++) {
                to.add(type, Attributes.of("axis", axis), to.samples.any(type, 2, 3, 4));
            }
            to.add(type, to.samples.any(type, 2, 3, 1, 2));
            to.add(type, to.samples.any(type, 5));
            to.add(type, Attributes.of("axis", 0), to.samples.any(type));
            to.add(type, to.samples.any(type, 2, 0, 3));
        }
    }

    static void reshape(CaseWriter to) {
        for (DataType type : movable()) {
            Attributes none = Attributes.none();
            Tensor x = to.samples.any(type, 2, 3, 4);
            to.addShaped(type, none, x, Samples.longs(24));
            to.addShaped(type, none, x, Samples.longs(4, 6));
            to.addShaped(type, none, x, Samples.longs(-1, 4));
            to.addShaped(type, none, x, Samples.longs(0, -1));
            to.addShaped(type, none, x, Samples.longs(0, 0, 2, 2));
            to.addShaped(type, none, x, Samples.longs(3, 1, -1, 1));
            to.addShaped(type, none, to.samples.any(type, 1, 1), Samples.longs());
            to.addShaped(type, none, to.samples.any(type), Samples.longs(1, -1));
            to.addShaped(type, none, to.samples.any(type, 0, 3), Samples.longs(0, 1, 3));
            to.addShaped(type, Attributes.of("allowzero", 1), to.samples.any(type, 2, 0), Samples.longs(0, 5));
        }
    }

    static void shape(CaseWriter to) {
        for (DataType type : movable()) {
            UnaryCases.SHAPES.forEach(shape -> to.add(type, to.samples.any(type, shape)));
            Tensor x = to.samples.any(type, 2, 3, 1, 4);
            to.add(type, Attributes.of("start", 1), x);
            to.add(type, Attributes.of("start", -2), x);
            to.add(type, Attributes.of("start", 1, "end", -1), x);
            to.add(type, Attributes.of("start", 3, "end", 1), x);
            to.add(type, Attributes.of("start", -9, "end", 9), x);
        }
    }

    static void squeeze(CaseWriter to) {
        for (DataType type : movable()) {
            Attributes none = Attributes.none();
            to.add(type, to.samples.any(type, 1, 3, 1, 2));
            to.add(type, to.samples.any(type, 1, 1));
            to.add(type, to.samples.any(type, 2, 3));
            to.addShaped(type, none, to.samples.any(type, 1, 3, 1, 2), Samples.longs(0));
            to.addShaped(type, none, to.samples.any(type, 1, 3, 1, 2), Samples.longs(-2, 0));
            to.addShaped(type, none, to.samples.any(type, 1, 0), Samples.longs(0));
            to.addShaped(type, none, to.samples.any(type, 1), Samples.longs(0));
        }
    }

    static void transpose(CaseWriter to) {
        for (DataType type : movable()) {
            to.add(type, to.samples.any(type));
            to.add(type, to.samples.any(type, 3));
            to.add(type, to.samples.any(type, 2, 3));
            to.add(type, to.samples.any(type, 2, 3, 4));
            to.add(type, Attributes.of("perm", List.of(0, 2, 1)), to.samples.any(type, 2, 3, 4));
            to.add(type, Attributes.of("perm", List.of(2, 0, 1)), to.samples.any(type, 2, 3, 4));
            to.add(type, Attributes.of("perm", List.of(3, 1, 0, 2)), to.samples.any(type, 2, 1, 3, 2));
            to.add(type, Attributes.of("perm", List.of(1, 0)), to.samples.any(type, 0, 3));
        }
    }

    static void unsqueeze(CaseWriter to) {
        for (DataType type : movable()) {
            Attributes none = Attributes.none();
            to.addShaped(type, none, to.samples.any(type), Samples.longs(0));
            to.addShaped(type, none, to.samples.any(type, 2, 3), Samples.longs(1));
            to.addShaped(type, none, to.samples.any(type, 2, 3), Samples.longs(-1));
            to.addShaped(type, none, to.samples.any(type, 2, 3), Samples.longs(3, 0));
            to.addShaped(type, none, to.samples.any(type, 0), Samples.longs(0, 2));
        }
    }
}
