package io.maas.backend.tck;

import static io.maas.backend.tck.GradientCase.op;
import static io.maas.backend.tck.GradientCase.s;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.GraphException;
import io.maas.graph.Attributes;
import io.maas.graph.Gradients;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Gradients of operators that put axes together, apart, or at other sizes. */
class RearrangingGradientsTest {
    private static GradientCase einsum(String equation, Shape... shapes) {
        Attributes attributes = Attributes.of("equation", equation);
        return GradientCase.of(
                "EINSUM " + equation + List.of(shapes),
                (b, x) -> op(b, Op.EINSUM, attributes, x.toArray(new Value[0])),
                shapes);
    }

    static Stream<GradientCase> einsums() {
        return Stream.of(
                einsum("ij->ji", s(2, 3)),
                einsum("ij->j", s(2, 3)),
                einsum("ij->", s(0, 3)),
                einsum("i,i", s(3), s(3)),
                einsum("i,j->ij", s(2), s(3)),
                einsum("ij,jk", s(2, 3), s(3, 2)),
                einsum("bhqd,bkhd->bhqk", s(2, 2, 3, 2), s(2, 2, 2, 2)),
                einsum("abcd,cdef->feab", s(2, 2, 2, 1), s(2, 1, 2, 3)),
                einsum("ab,cd->ca", s(3, 2), s(2, 3)),
                einsum("i,ij,j", s(2), s(2, 3), s(3)),
                einsum("ij,jk,kl->il", s(2, 3), s(3, 2), s(2, 2)),
                einsum("ii->i", s(3, 3)),
                einsum("ii", s(3, 3)),
                einsum("iji,jk->ki", s(2, 3, 2), s(3, 2)),
                einsum("...ij->...ji", s(2, 2, 3)),
                einsum("...ij,...jk->...ik", s(3, 1, 2, 3), s(1, 2, 3, 2)),
                einsum("...ij,jk", s(2, 2, 3), s(3, 2)),
                einsum("a...b,b...->...a", s(2, 3, 2), s(2, 3)));
    }

    private static GradientCase pad(String mode, long[] pads, Shape shape) {
        Attributes attributes = Attributes.of("mode", mode);
        return GradientCase.of(
                "PAD " + mode + Arrays.toString(pads) + shape,
                (b, x) -> op(b, Op.PAD, attributes, x.get(0), b.longs(pads)),
                shape);
    }

    /** Pads of some axes, around a value that has a gradient of its own. */
    private static GradientCase filled(long[] pads, long[] axes, Shape shape) {
        return GradientCase.of(
                "PAD " + Arrays.toString(pads) + Arrays.toString(axes) + shape,
                (b, x) -> op(b, Op.PAD, Attributes.none(), x.get(0), b.longs(pads), x.get(1), b.longs(axes)),
                shape,
                s());
    }

    static Stream<GradientCase> pads() {
        return Stream.of(
                pad("constant", new long[] {1, 0, 0, 2}, s(3, 2)),
                pad("constant", new long[] {-1, 0, 2, -1}, s(3, 2)),
                pad("constant", new long[] {1, 1}, s(0)),
                filled(new long[] {1, 2}, new long[] {1}, s(3, 2)),
                filled(new long[] {1, -1, 0, 2}, new long[] {-1, 0}, s(3, 2)),
                pad("reflect", new long[] {2, 1, 1, 0}, s(3, 2)),
                pad("edge", new long[] {2, 1, 1, 3}, s(3, 2)),
                pad("wrap", new long[] {2, 1, 1, 2}, s(3, 2)));
    }

    private static GradientCase slice(Shape shape, long[]... startsEndsAxesSteps) {
        return GradientCase.of(
                "SLICE " + Arrays.deepToString(startsEndsAxesSteps) + shape,
                (b, x) -> {
                    List<Value> inputs = new ArrayList<>(x);
                    Arrays.stream(startsEndsAxesSteps).forEach(each -> inputs.add(b.longs(each)));
                    return op(b, Op.SLICE, Attributes.none(), inputs.toArray(new Value[0]));
                },
                shape);
    }

    static Stream<GradientCase> slices() {
        long[] ones = {1, 1};
        return Stream.of(
                slice(s(4, 3), new long[] {1, 0}, new long[] {3, 2}),
                slice(s(4, 3), new long[] {-2, -9}, new long[] {9, -1}),
                slice(s(4, 3), new long[] {-1, -3}, new long[] {9, -1}, new long[] {-1, 0}, ones),
                slice(s(4, 3), new long[] {3}, new long[] {1}, new long[] {0}),
                slice(s(4, 3), new long[] {7}, new long[] {9}, new long[] {-2}),
                slice(s(0, 3), new long[] {1}, new long[] {9}, new long[] {0}),
                slice(s(4, 3), new long[] {3, 0}, new long[] {0, 3}, new long[] {0, 1}, new long[] {-2, 2}));
    }

    private static GradientCase unary(Op op, Map<String, ?> attributes, Shape shape) {
        Attributes all = Attributes.copyOf(attributes);
        return GradientCase.of(op + " " + attributes + shape, (b, x) -> op(b, op, all, x.get(0)), shape);
    }

    private static GradientCase reverse(long batchAxis, long[] lengths, Shape shape) {
        Attributes attributes = Attributes.of("batch_axis", batchAxis, "time_axis", 1 - batchAxis);
        return GradientCase.of(
                "REVERSE_SEQUENCE " + batchAxis + shape,
                (b, x) -> op(b, Op.REVERSE_SEQUENCE, attributes, x.get(0), b.longs(lengths)),
                shape);
    }

    static Stream<GradientCase> rearrangements() {
        return Stream.of(
                unary(Op.DEPTH_TO_SPACE, Map.of("blocksize", 2), s(2, 8, 1, 2)),
                unary(Op.DEPTH_TO_SPACE, Map.of("blocksize", 2, "mode", "CRD"), s(1, 8, 2, 1)),
                unary(Op.DEPTH_TO_SPACE, Map.of("blocksize", 2), s(0, 4, 1, 2)),
                unary(Op.SPACE_TO_DEPTH, Map.of("blocksize", 2), s(1, 2, 4, 2)),
                unary(Op.SPACE_TO_DEPTH, Map.of("blocksize", 1), s(1, 2, 1, 2)),
                reverse(1, new long[] {3, 1}, s(3, 2, 2)),
                reverse(0, new long[] {3, 2}, s(2, 3)));
    }

    static Stream<GradientCase> cases() {
        List<GradientCase> all = new ArrayList<>();
        einsums().forEach(all::add);
        pads().forEach(all::add);
        slices().forEach(all::add);
        rearrangements().forEach(all::add);
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theGradientIsTheDerivative(GradientCase test) {
        test.check();
    }

    private static GradientCase resize(Map<String, ?> attributes, double[] scales, Shape shape) {
        Attributes all = Attributes.copyOf(attributes);
        Tensor factors = Tensor.of(DataType.FLOAT32, scales, Shape.of(scales.length));
        return GradientCase.of(
                "RESIZE " + attributes + Arrays.toString(scales) + shape,
                (b, x) -> op(b, Op.RESIZE, all, x.get(0), Value.OMITTED, b.constant(factors)),
                shape);
    }

    private static final List<String> COORDINATES =
            List.of("half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel", "half_pixel_symmetric");

    static Stream<GradientCase> resizes() {
        List<GradientCase> all = new ArrayList<>();
        for (String mode : List.of("nearest", "linear", "cubic")) {
            for (String from : COORDINATES) {
                Map<String, ?> attributes = Map.of("mode", mode, "coordinate_transformation_mode", from);
                all.add(resize(attributes, new double[] {1, 1, 2, 1.5}, s(1, 2, 2, 3)));
                all.add(resize(attributes, new double[] {2, 0.5}, s(3, 4)));
                all.add(resize(attributes, new double[] {1.7, 1, 1}, s(3, 1, 2)));
                all.add(resize(attributes, new double[] {0.3, 1, 2.3}, s(7, 1, 1)));
            }
        }
        for (String rounding : List.of("round_prefer_ceil", "floor", "ceil")) {
            all.add(resize(Map.of("nearest_mode", rounding), new double[] {2, 0.5}, s(3, 4)));
        }
        Map<String, ?> inside = Map.of("mode", "cubic", "exclude_outside", 1, "cubic_coeff_a", -0.5f);
        all.add(resize(inside, new double[] {1.6, 1, 0.4}, s(3, 2, 7)));
        return all.stream();
    }

    /** Sizes of the result that are computed from those of another input, along some axes of the first. */
    private static GradientCase resizeLike(Map<String, ?> attributes, long[] axes, Shape shape, Shape like) {
        Map<String, Object> all = new TreeMap<>(attributes);
        all.put("axes", Arrays.stream(axes).boxed().toList());
        return GradientCase.of(
                "RESIZE " + all + shape + like,
                (b, x) -> {
                    Value sizes = b.shapeOf(x.get(1));
                    Value y = op(b, Op.RESIZE, Attributes.copyOf(all), x.get(0), Value.OMITTED, Value.OMITTED, sizes);
                    return b.add(b.reduceSum(b.mul(y, y), false), b.reduceSum(b.exp(x.get(1)), false));
                },
                shape,
                like);
    }

    /** Factors that the run computes: the root of a sum of 1 and as many ones as the other input has rows. */
    private static GradientCase resizeBy(Map<String, ?> attributes, Shape shape, Shape rows) {
        return GradientCase.of(
                "RESIZE computed " + attributes + shape + rows,
                (b, x) -> {
                    Value count = b.cast(b.shapeOf(x.get(1)), DataType.FLOAT32);
                    Value factor = b.sqrt(b.add(count, b.scalar(1, count)));
                    Value one = b.constant(Tensor.of(DataType.FLOAT32, new double[] {1}, s(1)));
                    Value factors = b.node(Op.CONCAT, Attributes.of("axis", 0), factor, one);
                    Value y = op(b, Op.RESIZE, Attributes.copyOf(attributes), x.get(0), Value.OMITTED, factors);
                    return b.add(b.reduceSum(b.mul(y, y), false), b.reduceSum(b.exp(x.get(1)), false));
                },
                shape,
                rows);
    }

    static Stream<GradientCase> measuredResizes() {
        List<GradientCase> all = new ArrayList<>();
        for (String mode : List.of("nearest", "linear", "cubic")) {
            for (String from : COORDINATES) {
                Map<String, ?> attributes = Map.of("mode", mode, "coordinate_transformation_mode", from);
                all.add(resizeLike(attributes, new long[] {0, 2}, s(3, 2, 2), s(2, 5)));
                all.add(resizeBy(attributes, s(3, 2), s(2)));
                all.add(resizeBy(attributes, s(1, 2), s(4)));
            }
            for (String policy : List.of("stretch", "not_larger", "not_smaller")) {
                Map<String, ?> kept = Map.of("mode", mode, "keep_aspect_ratio_policy", policy);
                all.add(resizeLike(kept, new long[] {-1, 0}, s(3, 2, 4), s(5, 4)));
                all.add(resizeLike(kept, new long[] {0, 1}, s(3, 4), s(1, 3)));
            }
        }
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource({"resizes", "measuredResizes"})
    void theGradientOfSizesThatTheRunDecidesIsTheDerivative(GradientCase test) {
        test.check();
    }

    @Test
    void whatHasNoWeightsSaysSo() {
        GraphBuilder b = new GraphBuilder("shrunk");
        Value x = b.input("x", DataType.FLOAT64, s(4, 4));
        Value y = b.node(
                Op.RESIZE,
                Attributes.of("mode", "linear", "antialias", 1),
                x,
                Value.OMITTED,
                b.constant(Tensor.of(DataType.FLOAT32, new double[] {0.5, 0.5}, s(2))));

        assertThatThrownBy(() -> Gradients.of(b, b.reduceSum(y, false), List.of(x)))
                .isInstanceOf(GraphException.class)
                .hasMessageStartingWith("no gradient for operator Resize \"Resize_1\"")
                .hasMessageContaining("antialias");
    }
}
