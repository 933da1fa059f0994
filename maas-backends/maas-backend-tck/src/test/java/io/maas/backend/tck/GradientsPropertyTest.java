package io.maas.backend.tck;

import static io.maas.backend.tck.GradientCase.binary;
import static io.maas.backend.tck.GradientCase.broadcasts;
import static io.maas.backend.tck.GradientCase.op;
import static io.maas.backend.tck.GradientCase.positive;
import static io.maas.backend.tck.GradientCase.s;
import static io.maas.backend.tck.GradientCase.unary;
import static org.assertj.core.api.Assertions.assertThat;
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
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every gradient rule against central differences in float64, with fixed and with symbolic shapes. */
class GradientsPropertyTest {
    private static GradientCase.Function gemm(boolean transA, boolean transB) {
        return (b, x) -> op(
                b,
                Op.GEMM,
                Attributes.copyOf(
                        Map.of("transA", transA ? 1 : 0, "transB", transB ? 1 : 0, "alpha", 0.5, "beta", 2.0)),
                x.get(0),
                x.get(1),
                x.get(2));
    }

    private static GradientCase.Function slice(long[] starts, long[] ends, long[] axes, long[] steps) {
        return (b, x) -> op(
                b,
                Op.SLICE,
                Attributes.none(),
                x.get(0),
                b.longs(starts),
                b.longs(ends),
                b.longs(axes),
                b.longs(steps));
    }

    private static GradientCase.Function reduce(Op op, int keep, long... axes) {
        return (b, x) -> {
            Attributes keeping = Attributes.of("keepdims", keep);
            if (axes.length == 0) {
                return op(b, op, keeping, x.get(0));
            }
            return op == Op.REDUCE_SUM
                    ? op(b, op, keeping, x.get(0), b.longs(axes))
                    : op(
                            b,
                            op,
                            Attributes.of(
                                    "keepdims",
                                    keep,
                                    "axes",
                                    LongStream.of(axes).boxed().toList()),
                            x.get(0));
        };
    }

    static Stream<GradientCase> cases() {
        List<GradientCase> all = new ArrayList<>();
        for (Op op : List.of(Op.ADD, Op.SUB, Op.MUL)) {
            for (Shape[] pair : broadcasts()) {
                all.add(GradientCase.of(op + " " + pair[0] + pair[1], binary(op), pair));
            }
        }
        for (Op op : List.of(Op.DIV, Op.POW, Op.MIN, Op.MAX)) {
            for (Shape[] pair : broadcasts()) {
                all.add(positive(op + " " + pair[0] + pair[1], binary(op), pair));
            }
        }
        for (Op op : List.of(
                Op.NEG,
                Op.ABS,
                Op.EXP,
                Op.ERF,
                Op.RELU,
                Op.LEAKY_RELU,
                Op.ELU,
                Op.SIGMOID,
                Op.TANH,
                Op.SOFTPLUS,
                Op.IDENTITY)) {
            for (Shape shape : List.of(s(), s(0), s(1), s(3, 2), s(2, 1, 3))) {
                all.add(GradientCase.of(op + " " + shape, unary(op), shape));
            }
        }
        for (Op op : List.of(Op.LOG, Op.SQRT, Op.RECIPROCAL)) {
            all.add(positive(op.name(), unary(op), s(3, 2)));
        }
        for (Op op : List.of(Op.SOFTMAX, Op.LOG_SOFTMAX)) {
            for (int axis : new int[] {-1, 0, 1}) {
                all.add(GradientCase.of(
                        op + " axis " + axis, (b, x) -> op(b, op, Attributes.of("axis", axis), x.get(0)), s(3, 4, 2)));
            }
        }
        all.add(GradientCase.of(
                "three tied",
                (b, x) -> op(b, Op.MAX, Attributes.none(), x.get(0), x.get(1), x.get(2)),
                s(4),
                s(4),
                s(1)));
        all.add(GradientCase.of(
                "WHERE",
                (b, x) -> b.where(b.constant(Tensor.of(new boolean[] {true, false, true})), x.get(0), x.get(1)),
                s(2, 3),
                s(1)));
        all.add(GradientCase.of(
                "CLIP", (b, x) -> op(b, Op.CLIP, Attributes.none(), x.get(0), x.get(1), x.get(2)), s(5, 4), s(), s()));
        all.add(GradientCase.of(
                "CLIP above",
                (b, x) -> op(b, Op.CLIP, Attributes.none(), x.get(0), Value.OMITTED, b.scalar(0.5, x.get(0))),
                s(5, 4)));
        all.add(GradientCase.of(
                "CAST there and back",
                (b, x) -> b.mul(b.cast(b.cast(x.get(0), DataType.FLOAT64), DataType.FLOAT64), x.get(0)),
                s(3)));
        for (Shape[] pair : new Shape[][] {
            {s(3, 4), s(4, 2)},
            {s(4), s(4, 2)},
            {s(3, 4), s(4)},
            {s(4), s(4)},
            {s(2, 3, 4), s(4, 2)},
            {s(2, 3, 4), s(2, 4, 2)},
            {s(1, 3, 4), s(5, 4, 2)},
            {s(3, 4), s(5, 4, 2)},
            {s(5, 1, 3, 4), s(2, 4, 2)},
            {s(2, 3, 4), s(4)},
            {s(4), s(2, 4, 3)},
            {s(0, 4), s(4, 2)},
            {s(1, 1), s(1, 1)}
        }) {
            all.add(GradientCase.of("MATMUL " + pair[0] + pair[1], binary(Op.MATMUL), pair));
        }
        for (Shape bias : List.of(s(), s(1), s(2), s(3, 1), s(1, 2), s(3, 2))) {
            all.add(GradientCase.of("GEMM bias " + bias, gemm(false, false), s(3, 4), s(4, 2), bias));
        }
        all.add(GradientCase.of("GEMM ta", gemm(true, false), s(4, 3), s(4, 2), s(2)));
        all.add(GradientCase.of("GEMM tb", gemm(false, true), s(3, 4), s(2, 4), s(2)));
        all.add(GradientCase.of("GEMM ta tb", gemm(true, true), s(4, 3), s(2, 4), s(2)));
        all.add(GradientCase.of("RESHAPE", (b, x) -> b.reshape(x.get(0), 0, -1), s(3, 2, 2)));
        all.add(GradientCase.of(
                "FLATTEN", (b, x) -> op(b, Op.FLATTEN, Attributes.of("axis", 2), x.get(0)), s(3, 2, 2)));
        all.add(GradientCase.of("SQUEEZE", (b, x) -> b.squeeze(x.get(0), 1, -1), s(3, 1, 2, 1)));
        all.add(GradientCase.of("UNSQUEEZE", (b, x) -> b.unsqueeze(x.get(0), 0, -1), s(3, 2)));
        all.add(GradientCase.of("TRANSPOSE", (b, x) -> b.transpose(x.get(0), 2, 0, 1), s(3, 2, 4)));
        all.add(GradientCase.of("TRANSPOSE reversed", unary(Op.TRANSPOSE), s(3, 2, 4)));
        all.add(GradientCase.of(
                "EXPAND", (b, x) -> op(b, Op.EXPAND, Attributes.none(), x.get(0), b.longs(2, 3, 4)), s(3, 1)));
        all.add(GradientCase.of(
                "CONCAT",
                (b, x) -> op(b, Op.CONCAT, Attributes.of("axis", -1), x.get(0), x.get(1), x.get(2)),
                s(2, 3),
                s(2, 1),
                s(2, 0)));
        all.add(GradientCase.of(
                "SLICE", slice(new long[] {1}, new long[] {3}, new long[] {1}, new long[] {1}), s(2, 4)));
        all.add(GradientCase.of(
                "SLICE backwards",
                slice(new long[] {-1, 9}, new long[] {-9, 0}, new long[] {-1, 0}, new long[] {-2, -1}),
                s(3, 5)));
        all.add(GradientCase.of(
                "SLICE to the end",
                slice(new long[] {1}, new long[] {Long.MAX_VALUE}, new long[] {0}, new long[] {2}),
                s(5, 2)));
        for (int axis : new int[] {0, 1, -1}) {
            all.add(GradientCase.of(
                    "GATHER axis " + axis,
                    (b, x) -> op(
                            b,
                            Op.GATHER,
                            Attributes.of("axis", axis),
                            x.get(0),
                            b.constant(Tensor.of(new long[] {0, -1, 0, 1}, 2, 2))),
                    s(3, 2, 4)));
        }
        all.add(GradientCase.of(
                "GATHER scalar",
                (b, x) -> op(b, Op.GATHER, Attributes.of("axis", 1), x.get(0), b.constant(Tensor.scalar(1L))),
                s(3, 2)));
        all.add(GradientCase.of(
                "PAD", (b, x) -> op(b, Op.PAD, Attributes.none(), x.get(0), b.longs(1, 0, 0, 2)), s(3, 2)));
        for (Op op : List.of(Op.REDUCE_SUM, Op.REDUCE_MEAN, Op.REDUCE_MAX)) {
            for (int keep : new int[] {0, 1}) {
                all.add(GradientCase.of(op + " all keep " + keep, reduce(op, keep), s(3, 4)));
                all.add(GradientCase.of(op + " 1 keep " + keep, reduce(op, keep, 1), s(3, 4, 2)));
                all.add(GradientCase.of(op + " -1 0 keep " + keep, reduce(op, keep, -1, 0), s(3, 4, 2)));
            }
            all.add(GradientCase.of(op + " one", reduce(op, 0, 0), s(1, 1)));
        }
        all.add(GradientCase.of("used twice", (b, x) -> b.mul(x.get(0), b.add(x.get(0), b.exp(x.get(0)))), s(3)));
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void agreesWithCentralDifferences(GradientCase test) {
        test.check();
    }

    @Test
    void tiedMaximaShareTheGradient() {
        GraphBuilder b = new GraphBuilder("ties");
        Value x = b.input("x", DataType.FLOAT64, s(4));
        Value loss = b.reduceMax(x, false);
        b.output("dx", Gradients.of(b, loss, List.of(x)).get(0));

        Tensors outputs =
                new ReferenceEvaluator().evaluate(b.build(), Tensors.of("x", Tensor.of(new double[] {1, 3, 3, 0})));
        assertThat(outputs.get("dx").toDoubleArray()).containsExactly(0, 0.5, 0.5, 0);
    }

    @Test
    void saysWhatCutsTheWay() {
        GraphBuilder b = new GraphBuilder("cut");
        Value x = b.input("x", DataType.FLOAT64, s(2, 3));
        Value best = b.cast(b.argMax(x, 1), DataType.FLOAT64);
        Value loss = b.reduceSum(best, false);

        assertThatThrownBy(() -> Gradients.of(b, loss, List.of(x)))
                .isInstanceOf(GraphException.class)
                .hasMessageStartingWith(
                        "no gradient reaches x: float64[2, 3] from ReduceSum_1: the way is cut by [Cast \"Cast_1\"")
                .hasMessageContaining("of ArgMax_1: int64[2]");
    }

    @Test
    void refusesWhatIsNoScalarAndWhatIsNoNumber() {
        GraphBuilder b = new GraphBuilder("bad");
        Value x = b.input("x", DataType.FLOAT64, s(2));
        Value n = b.input("n", DataType.INT64, s(2));
        Value other = b.input("other", DataType.FLOAT64, s(2));
        Value loss = b.reduceSum(x, false);

        assertThatThrownBy(() -> Gradients.of(b, x, List.of(x)))
                .hasMessageContaining("expected: a floating-point scalar []");
        assertThatThrownBy(() -> Gradients.of(b, loss, List.of(n)))
                .hasMessageContaining("expected: a floating-point value");
        assertThatThrownBy(() -> Gradients.of(b, loss, List.of(other)))
                .hasMessage(
                        "no gradient reaches other: float64[2] from ReduceSum_1: it does not depend on it; leave it out or"
                                + " choose another output");
    }
}
