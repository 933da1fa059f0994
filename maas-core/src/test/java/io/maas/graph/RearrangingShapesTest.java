package io.maas.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.GraphException;
import io.maas.error.ShapeMismatchException;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RearrangingShapesTest {
    private final GraphBuilder b = new GraphBuilder("g");
    private int inputs;

    private Value input(Object... sizes) {
        return b.input("in" + inputs++, DataType.FLOAT32, Shape.symbolic(sizes));
    }

    private Value einsum(String equation, Value... values) {
        return b.node(Op.EINSUM, Attributes.of("equation", equation), values);
    }

    private Value resize(Map<String, ?> attributes, Value x, float... scales) {
        return b.node(Op.RESIZE, Attributes.copyOf(attributes), x, Value.OMITTED, b.constant(Tensor.of(scales)));
    }

    private static void assertShape(Value value, String expected) {
        assertThat(value.shape()).hasToString(expected);
    }

    @Test
    void einsumKeepsSymbols() {
        assertShape(einsum("bij, bjk -> bik", input("n", 2, "k"), input("n", 3, 4)), "[n, 2, 4]");
        assertShape(einsum("ij,jk", input("a", "k"), input(3, "b")), "[a, b]");
        assertShape(einsum("ba", input(2, 3)), "[3, 2]");
        assertShape(einsum("ii", input("n", "n")), "[]");
        assertShape(einsum("i,i->i", input("n"), input(4)), "[4]");
        assertShape(einsum("...ij,...jk->...ik", input("n", 1, 2, 3), input(1, 5, 3, 4)), "[n, 5, 2, 4]");
    }

    @Test
    void einsumNamesTheEquationThatDoesNotFit() {
        assertThatThrownBy(() -> einsum("ij,jk->ik", input(2, 3), input(4, 5)))
                .isInstanceOf(ShapeMismatchException.class)
                .hasMessageContaining("ij,jk->ik")
                .hasMessageContaining("[2, 3] and [4, 5]");
        assertThatThrownBy(() -> einsum("ij->ik", input(2, 3))).isInstanceOf(GraphException.class);
        assertThatThrownBy(() -> einsum("ij->ii", input(2, 3)))
                .isInstanceOf(GraphException.class)
                .hasMessageContaining("letters of the inputs, each once");
        assertThatThrownBy(() -> einsum("ij,jk->ik", input(2, 3)))
                .isInstanceOf(GraphException.class)
                .hasMessageContaining("1 terms, one for each input");
        assertThatThrownBy(() -> einsum("ijk->k", input(2, 3)))
                .isInstanceOf(GraphException.class)
                .hasMessageContaining("rank 2 of input 0");
        assertThatThrownBy(() -> einsum("...i->i", input(2, 3)))
                .isInstanceOf(GraphException.class)
                .hasMessageContaining("an ellipsis after the arrow too");
        assertThatThrownBy(() -> einsum("i-j", input(2, 3))).isInstanceOf(GraphException.class);
    }

    @Test
    void blocksMoveBetweenDepthAndSpace() {
        Attributes two = Attributes.of("blocksize", 2);
        assertShape(b.node(Op.DEPTH_TO_SPACE, two, input("n", 8, 3, "w")), "[n, 2, 6, ?]");
        assertShape(b.node(Op.SPACE_TO_DEPTH, two, input("n", 2, 6, "w")), "[n, 8, 3, ?]");
        assertThatThrownBy(() -> b.node(Op.DEPTH_TO_SPACE, two, input(1, 6, 2, 2)))
                .isInstanceOf(ShapeMismatchException.class)
                .hasMessageContaining("a multiple of 4 at axis 1");
        assertThatThrownBy(() -> b.node(Op.SPACE_TO_DEPTH, Attributes.none(), input(1, 6, 2, 2)))
                .isInstanceOf(GraphException.class)
                .hasMessageContaining("blocksize 0");
        assertThatThrownBy(() -> b.node(Op.SPACE_TO_DEPTH, two, input(6, 2, 2)))
                .isInstanceOf(ShapeMismatchException.class);
    }

    @Test
    void sequencesHaveALengthEach() {
        Attributes batchFirst = Attributes.of("batch_axis", 0, "time_axis", 1);
        assertShape(b.node(Op.REVERSE_SEQUENCE, batchFirst, input(2, "t", 5), b.longs(1, 2)), "[2, t, 5]");
        assertThatThrownBy(() -> b.node(Op.REVERSE_SEQUENCE, Attributes.none(), input(2, 3), b.longs(1, 2)))
                .isInstanceOf(ShapeMismatchException.class)
                .hasMessageContaining("a length for each element of the batch, which is axis 1");
        assertThatThrownBy(() -> b.node(Op.EYE_LIKE, Attributes.none(), input(2, 3, 4)))
                .isInstanceOf(ShapeMismatchException.class);
    }

    @Test
    void resizeKeepsTheAxesThatItDoesNotScale() {
        assertShape(resize(Map.of(), input("n", 3, 4, "w"), 1, 1, 2.5f, 2), "[n, 3, 10, ?]");
        assertShape(resize(Map.of("axes", List.of(-1L)), input("n", "h", 5), 0.5f), "[n, h, 2]");
        assertThatThrownBy(() -> resize(Map.of(), input(1, 2), 2))
                .isInstanceOf(GraphException.class)
                .hasMessageContaining("1 scales (expected: one for each of 2 axes)");
        assertThatThrownBy(() -> resize(Map.of(), input(1, 2), 1, 0))
                .isInstanceOf(GraphException.class)
                .hasMessageContaining("scale 0.0");
        assertThatThrownBy(() -> resize(Map.of("mode", "area"), input(1, 2), 1, 2))
                .isInstanceOf(GraphException.class)
                .hasMessageContaining("mode area");
    }
}
