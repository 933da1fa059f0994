package io.maas.backend.tck;

import io.maas.backend.tck.OperatorCase.Operand;
import io.maas.graph.Attributes;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.List;
import java.util.Map;

/** Cases of operators that cut, repeat, choose or order elements along axes. */
final class MovementCases {
    private MovementCases() {}

    static void of(CaseWriter to) {
        switch (to.op()) {
            case SPLIT -> split(to);
            case TOP_K -> topK(to);
            case TILE -> tile(to);
            case GATHER_ELEMENTS -> gatherElements(to);
            case GATHER_ND -> gatherNd(to);
            case SCATTER_ELEMENTS -> scatterElements(to);
            case TRILU -> trilu(to);
            case CUM_SUM -> cumSum(to);
            case RANGE -> range(to);
            case SIZE -> size(to);
            default -> {}
        }
    }

    private static void split(CaseWriter to) {
        for (DataType type : CaseWriter.FIXED) {
            Operand x = Operand.input(to.samples.any(type, 6, 4));
            to.add("", type, Attributes.of("num_outputs", 3), 3, x);
            to.add("", type, Attributes.of("num_outputs", 2, "axis", -1), 2, x);
            Operand odd = Operand.input(to.samples.any(type, 7, 2));
            to.add("smaller last", type, Attributes.of("num_outputs", 3), 3, odd);
            to.add("given", type, Attributes.none(), 3, x, Operand.constant(Samples.longs(1, 0, 5)));
            to.add("given", type, Attributes.of("axis", 1), 2, x, Operand.constant(Samples.longs(3, 1)));
            to.add("computed", type, Attributes.of("axis", 1), 2, x, Operand.input(Samples.longs(3, 1)));
            to.add("one part", type, Attributes.of("num_outputs", 1), 1, x);
            to.add(
                    "of nothing",
                    type,
                    Attributes.of("num_outputs", 2, "axis", 1),
                    2,
                    Operand.input(to.samples.any(type, 0, 4)));
        }
    }

    private static void tile(CaseWriter to) {
        for (DataType type : CaseWriter.FIXED) {
            to.addShaped(type, Attributes.none(), to.samples.any(type, 2, 3), Samples.longs(2, 1));
            to.addShaped(type, Attributes.none(), to.samples.any(type, 2, 3), Samples.longs(1, 3));
            to.addShaped(type, Attributes.none(), to.samples.any(type, 2, 1, 2), Samples.longs(2, 3, 2));
            to.addShaped(type, Attributes.none(), to.samples.any(type, 4), Samples.longs(1));
            to.addShaped(type, Attributes.none(), to.samples.any(type, 2, 0), Samples.longs(2, 2));
        }
    }

    private static void gatherElements(CaseWriter to) {
        Tensor rows = Tensor.of(new long[] {0, 2, -1, 1, -3, 0}, 2, 3);
        Tensor columns = Tensor.of(new int[] {0, -1, 2, 1, 1, -3}, 3, 2);
        for (DataType type : CaseWriter.FIXED) {
            Tensor x = to.samples.any(type, 3, 3);
            to.add(type, x, rows);
            to.add(type, Attributes.of("axis", 1), x, columns);
            to.add(type, Attributes.of("axis", -1), x, columns);
            to.add(type, to.samples.any(type, 5), Samples.longs(4, 0, -5));
            to.add(type, x, Tensor.of(new long[0], 0, 3));
        }
    }

    private static void gatherNd(CaseWriter to) {
        for (DataType type : CaseWriter.FIXED) {
            Tensor x = to.samples.any(type, 2, 3, 4);
            to.add(type, x, Tensor.of(new long[] {0, 1, -1, 2}, 2, 2));
            to.add(type, x, Tensor.of(new long[] {0, 1, 3, 1, -3, 0}, 2, 3));
            to.add(type, x, Tensor.of(new long[] {1, 0, 1}, 3, 1, 1));
            to.add(type, Attributes.of("batch_dims", 1), x, Tensor.of(new long[] {2, -3}, 2, 1));
            to.add(type, Attributes.of("batch_dims", 1), x, Tensor.of(new long[] {2, 3, 0, 1, 1, -1, 2, 0}, 2, 2, 2));
            to.add(type, Attributes.of("batch_dims", 2), x, Tensor.of(new long[] {0, 1, 2, 3, -1, 0}, 2, 3, 1));
        }
    }

    private static void scatterElements(CaseWriter to) {
        Tensor once = Tensor.of(new long[] {1, 0, 2, 0, 2, -2}, 2, 3);
        for (DataType type : CaseWriter.FIXED) {
            Tensor x = to.samples.any(type, 3, 3);
            Tensor updates = to.samples.any(type, 2, 3);
            to.add(type, x, once, updates);
            to.add(type, Attributes.of("axis", 1), x, once, updates);
            to.add(type, to.samples.any(type, 4), Samples.longs(-1, 0), to.samples.any(type, 2));
        }
        Tensor twice = Tensor.of(new long[] {1, 0, 1, 1, 0, -2}, 2, 3);
        for (DataType type : CaseWriter.NUMERIC) {
            for (String reduction : List.of("add", "mul", "max", "min")) {
                Attributes attributes = Attributes.of("axis", 0, "reduction", reduction);
                to.add(type, attributes, to.samples.any(type, 3, 3), twice, to.samples.any(type, 2, 3));
            }
        }
    }

    private static void topK(CaseWriter to) {
        for (DataType type : CaseWriter.NUMERIC) {
            for (int axis = -2; axis < 2; axis++) {
                for (int largest = 0; largest < 2; largest++) {
                    Operand x = Operand.input(to.samples.distinct(type, 4, 5));
                    Attributes attributes = Attributes.of("axis", axis, "largest", largest);
                    to.add("", type, attributes, 2, x, Operand.constant(Samples.longs(3)));
                    to.add("computed", type, attributes, 2, x, Operand.input(Samples.longs(2)));
                }
            }
            Operand tied = Operand.input(to.samples.whole(type, 3, 6));
            to.add("ties", type, Attributes.none(), 2, tied, Operand.constant(Samples.longs(4)));
            to.add("all", type, Attributes.none(), 2, tied, Operand.constant(Samples.longs(6)));
            to.add("none", type, Attributes.none(), 2, tied, Operand.constant(Samples.longs(0)));
        }
    }

    private static void trilu(CaseWriter to) {
        for (DataType type : CaseWriter.FIXED) {
            for (int upper = 0; upper < 2; upper++) {
                Attributes side = Attributes.of("upper", upper);
                to.add(type, side, to.samples.any(type, 3, 4));
                to.add(type, side, to.samples.any(type, 2, 4, 3));
                for (long k : new long[] {-2, 1, 7}) {
                    to.add(
                            "k=" + k,
                            type,
                            side,
                            Operand.input(to.samples.any(type, 4, 3)),
                            Operand.constant(Tensor.scalar(k)));
                }
                to.add(type, side, to.samples.any(type, 4, 3), Tensor.scalar(-1L));
                to.add(type, side, to.samples.any(type, 0, 3));
            }
        }
    }

    private static void cumSum(CaseWriter to) {
        for (DataType type : CaseWriter.NUMERIC) {
            for (int flags = 0; flags < 4; flags++) {
                Attributes attributes = Attributes.of("exclusive", flags & 1, "reverse", flags >> 1);
                to.add(
                        "axis 0",
                        type,
                        attributes,
                        Operand.input(to.samples.any(type, 3, 4)),
                        Operand.constant(Tensor.scalar(0L)));
                to.add(
                        "axis -1",
                        type,
                        attributes,
                        Operand.input(to.samples.any(type, 2, 3, 2)),
                        Operand.constant(Tensor.scalar(-1L)));
                to.add(type, attributes, to.samples.any(type, 5), Tensor.scalar(0L));
            }
            to.add(type, to.samples.any(type, 0, 2), Tensor.scalar(0L));
        }
    }

    private static void range(CaseWriter to) {
        for (DataType type : List.of(DataType.FLOAT32, DataType.FLOAT64, DataType.INT32, DataType.INT64)) {
            for (double[] each : new double[][] {{0, 5, 1}, {3, 12, 4}, {5, -3, -2}, {2, 2, 1}, {4, 1, 1}}) {
                to.addShaped(
                        type,
                        Attributes.none(),
                        Samples.scalar(type, each[0]),
                        Samples.scalar(type, each[1]),
                        Samples.scalar(type, each[2]));
            }
        }
        Map.of(DataType.FLOAT32, 0.5, DataType.FLOAT64, 0.25)
                .forEach((type, delta) ->
                        to.add(type, Samples.scalar(type, -1), Samples.scalar(type, 1.2), Samples.scalar(type, delta)));
    }

    private static void size(CaseWriter to) {
        for (DataType type : CaseWriter.FIXED) {
            UnaryCases.SHAPES.forEach(shape -> to.add(type, to.samples.any(type, shape)));
        }
        to.add(DataType.STRING, Tensor.zeros(DataType.STRING, Shape.of(2, 2)));
    }
}
