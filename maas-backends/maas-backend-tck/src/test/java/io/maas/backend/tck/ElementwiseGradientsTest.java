package io.maas.backend.tck;

import static io.maas.backend.tck.GradientCase.broadcasts;
import static io.maas.backend.tck.GradientCase.op;
import static io.maas.backend.tck.GradientCase.s;
import static io.maas.backend.tck.GradientCase.unary;

import io.maas.graph.Attributes;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Gradients of activations and other operators that work element by element. */
class ElementwiseGradientsTest {
    private static GradientCase between(double low, double high, Op op) {
        return new GradientCase(op.name(), low, high, List.of(s(3, 4)), unary(op));
    }

    private static GradientCase with(Op op, Map<String, ?> attributes) {
        return new GradientCase(
                op + " " + attributes,
                -4,
                4,
                List.of(s(6, 5)),
                (b, x) -> op(b, op, Attributes.copyOf(attributes), x.get(0)));
    }

    private static GradientCase many(Op op, Shape... shapes) {
        return GradientCase.of(
                op + " " + List.of(shapes), (b, x) -> op(b, op, Attributes.none(), x.toArray(new Value[0])), shapes);
    }

    static Stream<GradientCase> cases() {
        List<GradientCase> all = new ArrayList<>();
        for (Op op : List.of(
                Op.ASINH,
                Op.ATAN,
                Op.CELU,
                Op.COS,
                Op.COSH,
                Op.ERF,
                Op.GELU,
                Op.HARD_SIGMOID,
                Op.HARD_SWISH,
                Op.MISH,
                Op.SELU,
                Op.SHRINK,
                Op.SIN,
                Op.SINH,
                Op.SOFTSIGN,
                Op.SWISH,
                Op.THRESHOLDED_RELU)) {
            for (Shape shape : List.of(s(), s(0), s(1), s(7, 5), s(2, 1, 3))) {
                all.add(new GradientCase(op + " " + shape, -4, 4, List.of(shape), unary(op)));
            }
        }
        for (Op op : List.of(Op.ACOS, Op.ASIN, Op.ATANH)) {
            all.add(between(-0.8, 0.8, op));
        }
        all.add(between(1.2, 3, Op.ACOSH));
        all.add(between(-1.2, 1.2, Op.TAN));
        all.add(with(Op.CELU, Map.of("alpha", 0.3)));
        all.add(with(Op.GELU, Map.of("approximate", "tanh")));
        all.add(with(Op.HARD_SIGMOID, Map.of("alpha", 0.4, "beta", 0.7)));
        all.add(with(Op.SELU, Map.of("alpha", 0.4, "gamma", 1.7)));
        all.add(with(Op.SHRINK, Map.of("lambd", 1.1, "bias", 0.4)));
        all.add(with(Op.SWISH, Map.of("alpha", 1.7)));
        all.add(with(Op.THRESHOLDED_RELU, Map.of("alpha", 0.3)));
        for (Shape[] pair : broadcasts()) {
            all.add(many(Op.SUM, pair));
            all.add(many(Op.MEAN, pair));
        }
        all.add(many(Op.SUM, s(2, 1), s(3), s(4, 1, 1)));
        all.add(many(Op.MEAN, s(2, 1), s(3), s(4, 1, 1)));
        all.add(many(Op.SUM, s(2)));
        for (Shape slope : List.of(s(), s(1), s(4), s(3, 1), s(2, 3, 4))) {
            all.add(many(Op.PRELU, s(2, 3, 4), slope));
        }
        all.add(new GradientCase(
                "MOD",
                3,
                3.9,
                List.of(s(3, 4), s(4)),
                (b, x) -> op(b, Op.MOD, Attributes.of("fmod", 1), b.mul(x.get(0), -2.5), x.get(1))));
        all.add(GradientCase.of(
                "CAST_LIKE", (b, x) -> op(b, Op.CAST_LIKE, Attributes.none(), x.get(0), b.scalar(1, x.get(0))), s(3)));
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void agreesWithCentralDifferences(GradientCase test) {
        test.check();
    }
}
