package io.maas.backend.tck;

import static io.maas.backend.tck.GradientCase.op;
import static io.maas.backend.tck.GradientCase.positive;
import static io.maas.backend.tck.GradientCase.s;
import static org.assertj.core.api.Assertions.assertThat;

import io.maas.graph.Attributes;
import io.maas.graph.Gradients;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Gradients of reductions. */
class ReductionGradientsTest {
    private static final List<Op> ALL = List.of(
            Op.REDUCE_L1,
            Op.REDUCE_L2,
            Op.REDUCE_LOG_SUM,
            Op.REDUCE_LOG_SUM_EXP,
            Op.REDUCE_MAX,
            Op.REDUCE_MEAN,
            Op.REDUCE_MIN,
            Op.REDUCE_PROD,
            Op.REDUCE_SUM,
            Op.REDUCE_SUM_SQUARE);

    private static GradientCase reduce(Op op, Map<String, ?> attributes, Shape shape, long... axes) {
        GradientCase.Function function = (b, x) -> axes.length == 0
                ? op(b, op, Attributes.copyOf(attributes), x.get(0))
                : op(b, op, Attributes.copyOf(attributes), x.get(0), b.longs(axes));
        String name = op + " " + shape + List.of(axes.length) + attributes;
        return op == Op.REDUCE_LOG_SUM ? positive(name, function, shape) : GradientCase.of(name, function, shape);
    }

    static Stream<GradientCase> cases() {
        List<GradientCase> all = new ArrayList<>();
        for (Op op : ALL) {
            for (int keep : new int[] {0, 1}) {
                Map<String, ?> keeping = Map.of("keepdims", keep);
                all.add(reduce(op, keeping, s(3, 4)));
                all.add(reduce(op, keeping, s(3, 4, 2), 1));
                all.add(reduce(op, keeping, s(3, 4, 2), -1, 0));
                all.add(reduce(op, keeping, s(1, 1), 0));
                all.add(reduce(op, keeping, s(0, 2), 1));
                all.add(reduce(op, keeping, s()));
            }
            all.add(reduce(op, Map.of("noop_with_empty_axes", 1), s(3, 4)));
            // The axes as an input that only the run shows.
            if (op != Op.REDUCE_MAX && op != Op.REDUCE_MIN && op != Op.REDUCE_MEAN) {
                GradientCase.Function late = (b, x) ->
                        op(b, op, Attributes.none(), x.get(0), op(b, Op.IDENTITY, Attributes.none(), b.longs(1)));
                all.add(positive(op + " along a computed axis", late, s(3, 4, 2)));
            }
        }
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void agreesWithCentralDifferences(GradientCase test) {
        test.check();
    }

    private static double[] gradient(Op op, double... values) {
        GraphBuilder b = new GraphBuilder("zeros");
        Value x = b.input("x", DataType.FLOAT64, s(values.length));
        Value loss = b.node(op, Attributes.of("keepdims", 0), x);
        b.output("dx", Gradients.of(b, loss, List.of(x)).get(0));
        return new ReferenceEvaluator()
                .evaluate(b.build(), Tensors.of("x", Tensor.of(values)))
                .get("dx")
                .toDoubleArray();
    }

    @Test
    void productsWithZerosHaveTheProductOfTheOthers() {
        assertThat(gradient(Op.REDUCE_PROD, 2, 3, 4)).containsExactly(12, 8, 6);
        assertThat(gradient(Op.REDUCE_PROD, 2, 0, 4)).containsExactly(0, 8, 0);
        assertThat(gradient(Op.REDUCE_PROD, 0, 0, 4)).containsExactly(0, 0, 0);
        assertThat(gradient(Op.REDUCE_PROD, 0)).containsExactly(1);
    }

    @Test
    void lengthsOfNothingHaveNoSlope() {
        assertThat(gradient(Op.REDUCE_L2, 0, 0)).containsExactly(0, 0);
        assertThat(gradient(Op.REDUCE_L1, 0, -2)).containsExactly(0, -1);
    }

    @Test
    void tiedMinimaShareTheGradient() {
        assertThat(gradient(Op.REDUCE_MIN, 1, 3, 1)).containsExactly(0.5, 0, 0.5);
    }

    @Test
    void greatExponentsDoNotOverflow() {
        assertThat(gradient(Op.REDUCE_LOG_SUM_EXP, 1000, 1000, -1000))
                .containsExactly(new double[] {0.5, 0.5, 0}, Offset.offset(1e-12));
    }
}
