package io.maas.backend.tck;

import io.maas.backend.tck.OperatorCase.Operand;
import io.maas.graph.Attributes;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import java.util.List;
import java.util.Map;

/** Cases of Resize. Scales are powers of two, so that engines which compute coordinates in float32 round nothing. */
final class ResizingCases {
    private static final List<String> COORDINATES = List.of("half_pixel", "pytorch_half_pixel", "asymmetric");

    private ResizingCases() {}

    static void of(CaseWriter to) {
        for (DataType type : List.of(DataType.FLOAT32, DataType.FLOAT64)) {
            for (String coordinates : COORDINATES) {
                nearest(to, type, coordinates);
                interpolated(to, type, "linear", coordinates);
                interpolated(to, type, "cubic", coordinates);
            }
            corners(to, type);
        }
        for (DataType type : List.of(DataType.INT32, DataType.FLOAT16)) {
            add(to, type, Map.of(), new double[] {1, 1, 2, 2}, 1, 2, 2, 3);
        }
        sizes(to);
    }

    private static void nearest(CaseWriter to, DataType type, String coordinates) {
        for (String rounding : List.of("round_prefer_floor", "round_prefer_ceil", "floor", "ceil")) {
            Map<String, ?> attributes = Map.of("coordinate_transformation_mode", coordinates, "nearest_mode", rounding);
            add(to, type, attributes, new double[] {1, 1, 2, 4}, 1, 2, 2, 3);
            add(to, type, attributes, new double[] {1, 1, 0.5, 2}, 1, 2, 4, 3);
        }
    }

    private static void interpolated(CaseWriter to, DataType type, String mode, String coordinates) {
        Map<String, ?> attributes = Map.of("coordinate_transformation_mode", coordinates, "mode", mode);
        add(to, type, attributes, new double[] {1, 1, 2, 4}, 1, 2, 4, 5);
        add(to, type, attributes, new double[] {1, 1, 0.5, 2}, 2, 1, 4, 4);
    }

    private static void corners(CaseWriter to, DataType type) {
        Map<String, ?> linear = Map.of("coordinate_transformation_mode", "align_corners", "mode", "linear");
        to.add("", type, Attributes.copyOf(linear), operands(to, type, Samples.longs(1, 2, 5, 9), 1, 2, 3, 5));
        Map<String, ?> nearest = Map.of("coordinate_transformation_mode", "align_corners", "nearest_mode", "floor");
        to.add("", type, Attributes.copyOf(nearest), operands(to, type, Samples.longs(1, 2, 5, 1), 1, 2, 3, 5));
        Map<String, ?> cubic = Map.of("mode", "cubic", "cubic_coeff_a", -0.5f, "exclude_outside", 1);
        add(to, type, cubic, new double[] {1, 1, 2, 2}, 1, 1, 4, 5);
    }

    private static void sizes(CaseWriter to) {
        DataType type = DataType.FLOAT32;
        Attributes linear = Attributes.of("mode", "linear");
        to.add("", type, linear, operands(to, type, Samples.longs(2, 1, 8, 6), 2, 1, 4, 3));
        Attributes axes = Attributes.of("mode", "linear", "axes", List.of(2L, 3L));
        to.add("", type, axes, operands(to, type, Samples.longs(8, 6), 2, 1, 4, 3));
        for (String policy : List.of("stretch", "not_larger", "not_smaller")) {
            Attributes kept = Attributes.of("axes", List.of(2L, 3L), "keep_aspect_ratio_policy", policy);
            to.add("", type, kept, operands(to, type, Samples.longs(8, 12), 1, 1, 4, 3));
        }
    }

    private static void add(CaseWriter to, DataType type, Map<String, ?> attributes, double[] scales, long... shape) {
        Operand x = Operand.input(to.samples.any(type, shape));
        Operand factors = Operand.constant(Samples.exactly(DataType.FLOAT32, scales));
        to.add("", type, Attributes.copyOf(attributes), x, Operand.omitted(), factors);
    }

    private static Operand[] operands(CaseWriter to, DataType type, Tensor sizes, long... shape) {
        return new Operand[] {
            Operand.input(to.samples.any(type, shape)), Operand.omitted(), Operand.omitted(), Operand.constant(sizes)
        };
    }
}
