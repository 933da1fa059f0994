package io.maas.backend.tck;

import io.maas.backend.tck.OperatorCase.Operand;
import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.Op;
import io.maas.tensor.DataType;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Cases of convolutions and pools. */
final class ConvolutionCases {
    /** Attributes that all operators with a window have, by the number of spatial axes. */
    private static final Map<Integer, List<Map<String, Object>>> MOVES = Map.of(
            1,
            List.of(
                    Map.of(),
                    Map.of("strides", List.of(2), "pads", List.of(1, 0)),
                    Map.of("auto_pad", "SAME_UPPER", "strides", List.of(2)),
                    Map.of("auto_pad", "SAME_LOWER")),
            2,
            List.of(
                    Map.of(),
                    Map.of("pads", List.of(1, 1, 1, 1)),
                    Map.of("strides", List.of(2, 1)),
                    Map.of("strides", List.of(3, 2), "pads", List.of(0, 1, 1, 0)),
                    Map.of("auto_pad", "VALID", "strides", List.of(1, 2)),
                    Map.of("auto_pad", "NOTSET"),
                    Map.of("auto_pad", "SAME_UPPER"),
                    Map.of("auto_pad", "SAME_UPPER", "strides", List.of(2, 2)),
                    Map.of("auto_pad", "SAME_LOWER", "strides", List.of(2, 3))),
            3,
            List.of(Map.of(), Map.of("strides", List.of(1, 2, 1), "pads", List.of(1, 0, 1, 0, 1, 1))));

    private ConvolutionCases() {}

    private static List<Map<String, Object>> moves(int axes) {
        return Objects.requireNonNull(MOVES.get(axes));
    }

    static void of(CaseWriter to) {
        if (to.op() == Op.MAX_POOL) {
            List.of(DataType.INT8, DataType.UINT8).forEach(type -> pools(to, type, 1));
        }
        for (DataType type : CaseWriter.FLOATING) {
            switch (to.op()) {
                case CONV -> conv(to, type);
                case CONV_TRANSPOSE -> convTranspose(to, type);
                case AVERAGE_POOL -> averagePool(to, type);
                case LP_POOL -> lpPool(to, type);
                case MAX_POOL -> maxPool(to, type);
                case GLOBAL_LP_POOL -> {
                    globalPool(to, type, Attributes.of("p", 1));
                    globalPool(to, type, Attributes.of("p", 3));
                    globalPool(to, type, Attributes.none());
                }
                default -> globalPool(to, type, Attributes.none());
            }
        }
    }

    private static Attributes with(Map<String, ?> some, Object... more) {
        Map<String, Object> all = new HashMap<>(some);
        for (int i = 0; i < more.length; i += 2) {
            all.put((String) more[i], more[i + 1]);
        }
        return Attributes.copyOf(all);
    }

    private static void convolve(
            CaseWriter to, DataType type, Attributes attributes, long[] x, boolean constant, long... w) {
        long results = to.op() == Op.CONV ? w[0] : w[1] * attributes.longValue("group", 1);
        Operand input = Operand.input(to.samples.any(type, x));
        Operand weights = constant ? Operand.constant(to.samples.any(type, w)) : Operand.input(to.samples.any(type, w));
        to.add("", type, attributes, input, weights);
        to.add("", type, attributes, input, weights, Operand.input(to.samples.any(type, results)));
    }

    private static void conv(CaseWriter to, DataType type) {
        moves(1).forEach(moves -> convolve(to, type, with(moves), new long[] {2, 3, 7}, true, 4, 3, 3));
        moves(2).forEach(moves -> {
            convolve(to, type, with(moves), new long[] {2, 3, 6, 5}, false, 4, 3, 3, 2);
            convolve(
                    to,
                    type,
                    with(moves, "group", 2, "kernel_shape", List.of(2, 3)),
                    new long[] {1, 4, 6, 5},
                    true,
                    6,
                    2,
                    2,
                    3);
        });
        moves(3).forEach(moves -> convolve(to, type, with(moves), new long[] {1, 2, 4, 5, 3}, true, 3, 2, 2, 3, 2));
        Map<String, ?> wide = Map.of("dilations", List.of(2, 3));
        convolve(to, type, with(wide), new long[] {1, 2, 6, 7}, true, 3, 2, 2, 3);
        convolve(
                to,
                type,
                with(wide, "strides", List.of(2, 2), "pads", List.of(2, 1, 0, 3)),
                new long[] {2, 2, 6, 7},
                true,
                3,
                2,
                3,
                2);
        convolve(to, type, with(Map.of("group", 3)), new long[] {2, 3, 4, 4}, true, 3, 1, 3, 3);
        convolve(to, type, with(Map.of("group", 3, "dilations", List.of(2))), new long[] {2, 3, 6}, true, 6, 1, 2);
        convolve(to, type, Attributes.none(), new long[] {1, 1, 1}, true, 1, 1, 1);
        convolve(to, type, Attributes.none(), new long[] {0, 2, 3, 3}, true, 4, 2, 2, 2);
    }

    private static void convTranspose(CaseWriter to, DataType type) {
        moves(1).forEach(moves -> convolve(to, type, with(moves), new long[] {2, 3, 5}, true, 3, 4, 3));
        moves(2).forEach(moves -> {
            convolve(to, type, with(moves), new long[] {2, 3, 3, 4}, false, 3, 4, 3, 3);
            convolve(
                    to,
                    type,
                    with(moves, "group", 2, "kernel_shape", List.of(3, 3)),
                    new long[] {1, 4, 3, 4},
                    true,
                    4,
                    3,
                    3,
                    3);
        });
        moves(3).forEach(moves -> convolve(to, type, with(moves), new long[] {1, 2, 3, 2, 3}, true, 2, 3, 2, 3, 2));
        Map<String, ?> apart = Map.of("strides", List.of(3, 2));
        long[] x = {1, 2, 3, 2};
        convolve(to, type, with(apart, "output_padding", List.of(2, 1)), x, true, 2, 3, 3, 2);
        convolve(
                to,
                type,
                with(apart, "output_padding", List.of(1, 0), "pads", List.of(1, 0, 2, 1)),
                x,
                true,
                2,
                3,
                3,
                2);
        convolve(to, type, with(apart, "output_shape", List.of(8, 3)), x, true, 2, 3, 3, 2);
        convolve(to, type, with(apart, "output_shape", List.of(9, 4)), x, true, 2, 3, 3, 2);
        convolve(to, type, with(apart, "output_shape", List.of(8, 3), "auto_pad", "SAME_UPPER"), x, true, 2, 3, 3, 2);
        convolve(to, type, with(apart, "output_shape", List.of(8, 3), "auto_pad", "SAME_LOWER"), x, true, 2, 3, 3, 2);
        convolve(to, type, with(Map.of("dilations", List.of(2, 3))), x, true, 2, 3, 2, 2);
        convolve(to, type, with(Map.of("dilations", List.of(2), "group", 2)), new long[] {1, 2, 4}, true, 2, 1, 3);
    }

    private static void pool(CaseWriter to, DataType type, Attributes attributes, int outputs, long... x) {
        to.add("", type, attributes, outputs, Operand.input(to.samples.any(type, x)));
    }

    /** With every way of moving. */
    private static void pools(CaseWriter to, DataType type, int outputs, Object... more) {
        moves(1).forEach(moves ->
                pool(to, type, with(with(moves, "kernel_shape", List.of(3)).asMap(), more), outputs, 2, 3, 8));
        moves(2).forEach(moves ->
                pool(to, type, with(with(moves, "kernel_shape", List.of(3, 2)).asMap(), more), outputs, 2, 3, 7, 6));
        moves(3).forEach(moves -> pool(
                to, type, with(with(moves, "kernel_shape", List.of(2, 3, 2)).asMap(), more), outputs, 1, 2, 4, 5, 4));
        pool(
                to,
                type,
                with(Map.of("kernel_shape", List.of(2, 2), "strides", List.of(2, 2)), more),
                outputs,
                2,
                2,
                4,
                6);
        pool(to, type, with(Map.of("kernel_shape", List.of(1)), more), outputs, 1, 1, 1);
        pool(to, type, with(Map.of("kernel_shape", List.of(2)), more), outputs, 0, 1, 3);
    }

    /** Last windows that begin inside, and one that would not. */
    private static void ceiling(CaseWriter to, DataType type, int outputs, int opset, Object... more) {
        List<Map<String, Object>> moves = List.of(
                Map.of("strides", List.of(2, 2)),
                Map.of("strides", List.of(3, 2), "pads", List.of(1, 0, 1, 1)),
                Map.of("strides", List.of(2, 2), "pads", List.of(1, 1, 1, 1)));
        for (Map<String, Object> each : moves) {
            Attributes attributes = with(
                    with(each, "kernel_shape", List.of(3, 2), "ceil_mode", 1).asMap(), more);
            for (long size = 5; size < 8; size++) {
                Operand x = Operand.input(to.samples.any(type, 1, 2, size, size));
                if (opset == Graph.OPSET) {
                    to.add("", type, attributes, outputs, x);
                } else {
                    to.add("", EnumSet.of(type), opset, attributes, x);
                }
            }
        }
    }

    private static void maxPool(CaseWriter to, DataType type) {
        pools(to, type, 1);
        pools(to, type, 2);
        ceiling(to, type, 2, Graph.OPSET);
        for (int order = 0; order < 2; order++) {
            pools(to, type, 2, "storage_order", order);
        }
        Attributes wide = with(Map.of("kernel_shape", List.of(2, 3), "dilations", List.of(3, 2)));
        pool(to, type, wide, 1, 1, 2, 6, 7);
        pool(to, type, wide, 2, 1, 2, 5, 8);
        // Ties: the first counts.
        to.add("", type, wide, 2, Operand.input(to.samples.whole(type, 2, 1, 6, 6)));
    }

    private static void averagePool(CaseWriter to, DataType type) {
        for (int padded = 0; padded < 2; padded++) {
            pools(to, type, 1, "count_include_pad", padded);
            ceiling(to, type, 1, 19, "count_include_pad", padded);
            Operand x = Operand.input(to.samples.any(type, 1, 2, 6, 7));
            Attributes wide = with(
                    Map.of("kernel_shape", List.of(2, 3), "dilations", List.of(3, 2), "pads", List.of(1, 1, 1, 0)),
                    "count_include_pad",
                    padded);
            to.add("", EnumSet.of(type), 19, wide, x);
        }
    }

    private static void lpPool(CaseWriter to, DataType type) {
        pools(to, type, 1);
        for (int p = 1; p < 4; p++) {
            pools(to, type, 1, "p", p);
        }
        ceiling(to, type, 1, Graph.OPSET, "p", 1);
        pool(to, type, with(Map.of("kernel_shape", List.of(2), "dilations", List.of(3))), 1, 1, 2, 6);
    }

    private static void globalPool(CaseWriter to, DataType type, Attributes attributes) {
        pool(to, type, attributes, 1, 2, 3, 4, 5);
        pool(to, type, attributes, 1, 1, 1, 1);
        pool(to, type, attributes, 1, 2, 1, 3);
        pool(to, type, attributes, 1, 1, 2, 3, 2, 2);
        pool(to, type, attributes, 1, 0, 2, 3);
    }
}
