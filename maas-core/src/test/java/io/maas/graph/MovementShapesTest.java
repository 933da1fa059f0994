package io.maas.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.GraphException;
import io.maas.error.ShapeMismatchException;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

class MovementShapesTest {
    private static final Attributes NONE = Attributes.none();

    private final GraphBuilder builder = new GraphBuilder("g");
    private int inputs;

    private Value input(Object... sizes) {
        return builder.input("in" + inputs++, DataType.FLOAT32, Shape.symbolic(sizes));
    }

    private Value indices(Object... sizes) {
        return builder.input("in" + inputs++, DataType.INT64, Shape.symbolic(sizes));
    }

    private static void assertShape(Value value, String expected) {
        assertThat(value.shape()).hasToString(expected);
    }

    private static void assertRefused(Runnable rule, String message) {
        assertThatThrownBy(rule::run)
                .isInstanceOfAny(GraphException.class, ShapeMismatchException.class)
                .hasMessageContaining(message);
    }

    @Test
    void splitSharesAnAxis() {
        Value x = input("batch", 7);
        List<Value> given = builder.nodes(Op.SPLIT, Attributes.of("axis", 1), 2, x, builder.longs(3, 4));
        assertShape(given.get(1), "[batch, 4]");
        List<Value> equal = builder.nodes(Op.SPLIT, Attributes.of("axis", 1, "num_outputs", 3), 3, x);
        assertShape(equal.get(0), "[batch, 3]");
        assertShape(equal.get(2), "[batch, 1]");
        assertShape(
                builder.nodes(Op.SPLIT, Attributes.of("num_outputs", 2), 2, x).get(0), "[?, 7]");
    }

    @Test
    void scatterChecksItsUpdates() {
        Value x = input("batch", 4, 5);
        assertShape(builder.node(Op.SCATTER_ND, NONE, x, indices(6, 2), input(6, 5)), "[batch, 4, 5]");
        Value places = indices(6, 2);
        Value updates = input(6, 4);
        assertRefused(
                () -> builder.node(Op.SCATTER_ND, NONE, x, places, updates),
                "shape [6, 4] (expected: updates of shape [6, 5])");
        Value elements = indices(1, 4, 5);
        Value other = input(1, 4, 4);
        assertRefused(
                () -> builder.node(Op.SCATTER_ELEMENTS, NONE, x, elements, other),
                "shape [1, 4, 4] (expected: updates of shape [1, 4, 5])");
        Value one = input(1, 4, 5);
        assertRefused(
                () -> builder.node(Op.SCATTER_ELEMENTS, Attributes.of("reduction", "mean"), x, elements, one),
                "reduction mean (expected: none, add, mul, max or min)");
    }

    @Test
    void gatherNdJoinsIndicesAndSlices() {
        assertShape(builder.node(Op.GATHER_ND, NONE, input(3, 4, "n"), indices("m", 2)), "[m, n]");
        Attributes batch = Attributes.of("batch_dims", 1);
        assertShape(builder.node(Op.GATHER_ND, batch, input("b", 4, 5), indices("b", 6, 1)), "[b, 6, 5]");
    }

    @Test
    void padOfSomeAxesKeepsTheOthers() {
        Value axes = builder.longs(-1);
        Value padded = builder.node(Op.PAD, NONE, input("batch", 4), builder.longs(1, -2), Value.OMITTED, axes);
        assertShape(padded, "[batch, 3]");
    }

    @Test
    void theGradientOfAPlainSliceIsAPad() {
        Value x = input("batch", 6);
        Value cut = builder.node(Op.SLICE, NONE, x, builder.longs(1), builder.longs(4), builder.longs(1));
        Value dx =
                Gradients.of(builder, builder.reduceSum(cut, false), List.of(x)).get(0);

        assertShape(dx, "[batch, 6]");
        assertThat(builder.nodes()).extracting(Node::op).contains(Op.PAD).doesNotContain(Op.SCATTER_ND, Op.NON_ZERO);
    }

    @Test
    void theGradientOfAConcatOfKnownSizesIsASplit() {
        Value a = input("batch", 2);
        Value c = input("batch", 3);
        Value joined = builder.node(Op.CONCAT, Attributes.of("axis", 1), a, c);
        Value loss = builder.reduceSum(builder.mul(joined, joined), false);

        assertThat(Gradients.of(builder, loss, List.of(a, c)))
                .extracting(value -> value.shape().toString())
                .containsExactly("[batch, 2]", "[batch, 3]");
        assertThat(builder.nodes()).extracting(Node::op).contains(Op.SPLIT).doesNotContain(Op.SLICE);
    }
}
