package io.maas.backend.tck;

import static io.maas.backend.tck.GradientCase.op;
import static io.maas.backend.tck.GradientCase.s;

import io.maas.graph.Attributes;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
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

    static Stream<GradientCase> resizes() {
        List<GradientCase> all = new ArrayList<>();
        for (String mode : List.of("nearest", "linear", "cubic")) {
            for (String from : List.of("half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel")) {
                Map<String, ?> attributes = Map.of("mode", mode, "coordinate_transformation_mode", from);
                all.add(resize(attributes, new double[] {1, 1, 2, 1.5}, s(1, 2, 2, 3)));
                all.add(resize(attributes, new double[] {2, 0.5}, s(3, 4)));
                all.add(resize(attributes, new double[] {1.7, 1, 1}, s(3, 1, 2)));
            }
        }
        return all.stream();
    }

    /** Their weights are constants, so sizes are fixed. */
    @ParameterizedTest
    @MethodSource("resizes")
    void theGradientOfFixedSizesIsTheDerivative(GradientCase test) {
        test.checkFixed();
    }
}
