package io.maas.backend.tck;

import static io.maas.backend.tck.GradientCase.op;
import static io.maas.backend.tck.GradientCase.s;

import io.maas.backend.tck.GradientCase.Function;
import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The gradients of operators that move elements against central differences. */
class MovementGradientsTest {
    private static final Attributes NONE = Attributes.none();

    static Stream<GradientCase> cases() {
        List<GradientCase> all = new ArrayList<>();
        parts(all);
        slices(all);
        pads(all);
        indices(all);
        scatters(all);
        arrangements(all);
        return all.stream();
    }

    /** Each output under a factor of its own, so that they are told apart. */
    private static Value weighted(GraphBuilder b, List<Value> parts) {
        Value sum = b.scalar(0, parts.get(0));
        for (int i = 0; i < parts.size(); i++) {
            Value part = parts.get(i);
            sum = b.add(sum, b.reduceSum(b.mul(b.mul(part, part), i + 1.5), false));
        }
        return sum;
    }

    private static Function split(int axis, long... sizes) {
        return (b, x) ->
                weighted(b, b.nodes(Op.SPLIT, Attributes.of("axis", axis), sizes.length, x.get(0), b.longs(sizes)));
    }

    private static void parts(List<GradientCase> all) {
        all.add(GradientCase.of("SPLIT", split(1, 2, 0, 3), s(2, 5)));
        all.add(GradientCase.of("SPLIT first axis", split(-2, 1, 2), s(3, 2)));
        all.add(GradientCase.of("SPLIT one", split(0, 3), s(3, 2)));
        all.add(GradientCase.of(
                "SPLIT equally",
                (b, x) -> weighted(b, b.nodes(Op.SPLIT, Attributes.of("num_outputs", 3), 3, x.get(0))),
                s(5, 2)));
        all.add(GradientCase.of(
                "SPLIT, one part used",
                (b, x) -> b.nodes(Op.SPLIT, Attributes.of("axis", 1), 3, x.get(0), b.longs(1, 2, 3))
                        .get(1),
                s(3, 6)));
        for (int axis : new int[] {0, 1, -1}) {
            all.add(GradientCase.of(
                    "CONCAT axis " + axis,
                    (b, x) -> op(b, Op.CONCAT, Attributes.of("axis", axis), x.get(0), x.get(1), x.get(2)),
                    s(2, 3, 2),
                    s(2, 3, 2),
                    s(2, 3, 2)));
        }
        all.add(GradientCase.of(
                "CONCAT with a constant",
                (b, x) -> op(
                        b, Op.CONCAT, Attributes.of("axis", 0), b.constant(Tensor.of(new double[] {1, 2})), x.get(0)),
                s(3)));
        for (long[] repeats : new long[][] {{2, 3}, {1, 2}, {1, 1}, {3, 1}}) {
            all.add(GradientCase.of(
                    "TILE " + Arrays.toString(repeats),
                    (b, x) -> op(b, Op.TILE, NONE, x.get(0), b.longs(repeats)),
                    s(2, 3)));
        }
        all.add(GradientCase.of("TILE one", (b, x) -> op(b, Op.TILE, NONE, x.get(0), b.longs(4)), s(1)));
        all.add(GradientCase.of("TILE nothing", (b, x) -> op(b, Op.TILE, NONE, x.get(0), b.longs(2, 2)), s(0, 3)));
        all.add(GradientCase.of(
                "TILE computed", (b, x) -> op(b, Op.TILE, NONE, x.get(0), b.shapeOf(x.get(0))), s(2, 3)));
    }

    private static Function slice(long[] starts, long[] ends, long[] axes, long[] steps) {
        return (b, x) -> op(b, Op.SLICE, NONE, x.get(0), b.longs(starts), b.longs(ends), b.longs(axes), b.longs(steps));
    }

    private static long[] l(long... numbers) {
        return numbers;
    }

    private static void slices(List<GradientCase> all) {
        for (int axis : new int[] {0, 1, -1}) {
            all.add(GradientCase.of("SLICE inside " + axis, slice(l(1), l(3), l(axis), l(1)), s(4, 5)));
            all.add(GradientCase.of("SLICE from the end " + axis, slice(l(-3), l(-1), l(axis), l(1)), s(4, 5)));
            all.add(GradientCase.of("SLICE past the end " + axis, slice(l(2), l(99), l(axis), l(1)), s(4, 5)));
            all.add(GradientCase.of(
                    "SLICE to the end " + axis, slice(l(1), l(Long.MAX_VALUE), l(axis), l(1)), s(4, 5)));
            all.add(GradientCase.of("SLICE from before " + axis, slice(l(-99), l(2), l(axis), l(1)), s(4, 5)));
            all.add(GradientCase.of("SLICE nothing " + axis, slice(l(3), l(1), l(axis), l(1)), s(4, 5)));
            all.add(GradientCase.of("SLICE nothing far out " + axis, slice(l(50), l(99), l(axis), l(1)), s(4, 5)));
            all.add(GradientCase.of("SLICE by two " + axis, slice(l(1), l(9), l(axis), l(2)), s(4, 5)));
            all.add(GradientCase.of("SLICE back " + axis, slice(l(-1), l(-99), l(axis), l(-1)), s(4, 5)));
        }
        all.add(GradientCase.of("SLICE two ways", slice(l(1, 0), l(9, -1), l(2, 0), l(2, 1)), s(3, 2, 5)));
        all.add(GradientCase.of("SLICE both", slice(l(1, 1), l(3, 3), l(0, 1), l(1, 1)), s(4, 4)));
        all.add(GradientCase.of(
                "SLICE computed",
                (b, x) -> op(
                        b,
                        Op.SLICE,
                        NONE,
                        x.get(0),
                        op(b, Op.SUB, NONE, b.shapeOf(x.get(0)), b.longs(2, 3)),
                        op(b, Op.SUB, NONE, b.longs(0, 5), b.longs(1, 1))),
                s(4, 5)));
    }

    private static void pads(List<GradientCase> all) {
        for (String mode : List.of("constant", "edge", "reflect", "wrap")) {
            Attributes attributes = Attributes.of("mode", mode);
            for (long[] pads : new long[][] {{1, 0, 0, 2}, {2, 2, 1, 1}, {0, -1, 0, 0}, {-1, 1, 2, -1}, {0, 0, 0, 0}}) {
                all.add(GradientCase.of(
                        "PAD " + mode + Arrays.toString(pads),
                        (b, x) -> op(b, Op.PAD, attributes, x.get(0), b.longs(pads)),
                        s(3, 4)));
            }
            all.add(GradientCase.of(
                    "PAD axes " + mode,
                    (b, x) -> op(b, Op.PAD, attributes, x.get(0), b.longs(1, 2), Value.OMITTED, b.longs(-1)),
                    s(2, 3, 4)));
        }
        all.add(GradientCase.of(
                "PAD with a value",
                (b, x) -> op(b, Op.PAD, NONE, x.get(0), b.longs(1, 0, -1, 2), x.get(1)),
                s(3, 2),
                s()));
        all.add(GradientCase.of(
                "PAD computed", (b, x) -> op(b, Op.PAD, NONE, x.get(0), b.node(Op.NEG, NONE, b.longs(-1, 1))), s(3)));
    }

    private static Value indices(GraphBuilder b, Shape shape, long... values) {
        return b.constant(Tensor.of(values, shape.toArray()));
    }

    private static void indices(List<GradientCase> all) {
        for (int axis : new int[] {0, 1, 2, -1, -2}) {
            all.add(GradientCase.of(
                    "GATHER " + axis,
                    (b, x) -> op(b, Op.GATHER, Attributes.of("axis", axis), x.get(0), indices(b, s(2, 2), 0, -1, 1, 1)),
                    s(3, 2, 2)));
            all.add(GradientCase.of(
                    "GATHER_ELEMENTS " + axis,
                    (b, x) -> op(
                            b,
                            Op.GATHER_ELEMENTS,
                            Attributes.of("axis", axis),
                            x.get(0),
                            indices(b, s(2, 1, 2), 0, 0, -1, 1)),
                    s(2, 2, 3)));
            for (int largest = 0; largest < 2; largest++) {
                Attributes attributes = Attributes.of("axis", axis, "largest", largest);
                all.add(GradientCase.of(
                        "TOP_K " + attributes,
                        (b, x) -> b.nodes(Op.TOP_K, attributes, 2, x.get(0), b.longs(2))
                                .get(0),
                        s(3, 2, 4)));
            }
        }
        all.add(GradientCase.of(
                "GATHER_ND",
                (b, x) -> op(b, Op.GATHER_ND, NONE, x.get(0), indices(b, s(3, 2), 0, -1, 1, 1, 0, 2)),
                s(2, 3, 2)));
        all.add(GradientCase.of(
                "GATHER_ND batch",
                (b, x) -> op(
                        b, Op.GATHER_ND, Attributes.of("batch_dims", 1), x.get(0), indices(b, s(2, 2, 1), 0, -1, 1, 1)),
                s(2, 3, 2)));
        all.add(GradientCase.of(
                "GATHER_ND batch of batches",
                (b, x) -> op(
                        b, Op.GATHER_ND, Attributes.of("batch_dims", 2), x.get(0), indices(b, s(2, 2, 1), 0, -1, 1, 1)),
                s(2, 2, 3)));
    }

    private static void scatters(List<GradientCase> all) {
        for (String reduction : List.of("none", "add", "mul", "max", "min")) {
            Attributes attributes = Attributes.of("reduction", reduction, "axis", 1);
            all.add(GradientCase.of(
                    "SCATTER_ELEMENTS " + reduction,
                    (b, x) -> op(
                            b, Op.SCATTER_ELEMENTS, attributes, x.get(0), indices(b, s(2, 2), 0, -1, 1, 2), x.get(1)),
                    s(2, 3),
                    s(2, 2)));
            all.add(GradientCase.of(
                    "SCATTER_ND " + reduction,
                    (b, x) -> op(
                            b,
                            Op.SCATTER_ND,
                            Attributes.of("reduction", reduction),
                            x.get(0),
                            indices(b, s(2, 1), 2, -3),
                            x.get(1)),
                    s(3, 2),
                    s(2, 2)));
            if (!reduction.equals("none")) {
                all.add(GradientCase.of(
                        "SCATTER_ND repeated " + reduction,
                        (b, x) -> op(
                                b,
                                Op.SCATTER_ND,
                                Attributes.of("reduction", reduction),
                                x.get(0),
                                indices(b, s(4, 1), 1, 1, 0, 1),
                                x.get(1)),
                        s(3),
                        s(4)));
            }
        }
    }

    private static void arrangements(List<GradientCase> all) {
        for (int upper = 0; upper < 2; upper++) {
            Attributes side = Attributes.of("upper", upper);
            all.add(GradientCase.of("TRILU " + upper, (b, x) -> op(b, Op.TRILU, side, x.get(0)), s(2, 3, 4)));
            all.add(GradientCase.of(
                    "TRILU k " + upper,
                    (b, x) -> op(b, Op.TRILU, side, x.get(0), b.constant(Tensor.scalar(-1L))),
                    s(3, 3)));
        }
        for (int flags = 0; flags < 4; flags++) {
            Attributes attributes = Attributes.of("exclusive", flags & 1, "reverse", flags >> 1);
            all.add(GradientCase.of(
                    "CUM_SUM " + attributes,
                    (b, x) -> op(b, Op.CUM_SUM, attributes, x.get(0), b.constant(Tensor.scalar(1L))),
                    s(2, 4, 2)));
        }
        for (String mode : List.of("DCR", "CRD")) {
            all.add(GradientCase.of(
                    "DEPTH_TO_SPACE " + mode,
                    (b, x) -> op(b, Op.DEPTH_TO_SPACE, Attributes.of("blocksize", 2, "mode", mode), x.get(0)),
                    s(2, 8, 2, 1)));
        }
        all.add(GradientCase.of(
                "SPACE_TO_DEPTH",
                (b, x) -> op(b, Op.SPACE_TO_DEPTH, Attributes.of("blocksize", 2), x.get(0)),
                s(1, 2, 4, 2)));
        all.add(GradientCase.of(
                "REVERSE_SEQUENCE", (b, x) -> op(b, Op.REVERSE_SEQUENCE, NONE, x.get(0), b.longs(3, 2)), s(4, 2, 2)));
        all.add(GradientCase.of(
                "RANGE",
                (b, x) -> op(
                        b,
                        Op.RANGE,
                        NONE,
                        x.get(0),
                        b.add(x.get(0), b.scalar(3.3, x.get(0))),
                        b.add(b.mul(x.get(1), 0), b.scalar(0.7, x.get(1)))),
                s(),
                s()));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void agreesWithCentralDifferences(GradientCase test) {
        test.check();
    }

    static Stream<GradientCase> sums() {
        List<GradientCase> all = new ArrayList<>();
        for (OperatorCase each : OperatorCases.of(Op.EINSUM)) {
            if (each.types().contains(DataType.FLOAT64)) {
                Shape[] shapes = each.operands().stream()
                        .map(operand -> operand.tensor().shape())
                        .toArray(Shape[]::new);
                all.add(GradientCase.of(
                        each.title(), (b, x) -> op(b, Op.EINSUM, each.attributes(), x.toArray(new Value[0])), shapes));
            }
        }
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("sums")
    void einsumAgreesWithCentralDifferences(GradientCase test) {
        test.check();
    }
}
