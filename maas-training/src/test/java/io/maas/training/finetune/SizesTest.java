package io.maas.training.finetune;

import static org.assertj.core.api.Assertions.assertThat;

import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SizesTest {
    private static boolean hasUnknown(Graph graph) {
        return graph.nodes().stream()
                .map(Node::output)
                .anyMatch(value -> !value.hasShape() || value.shape().toString().contains("?"));
    }

    @Test
    void computedSizesAreFollowed() {
        Graph model = Encoders.tokens();

        assertThat(hasUnknown(model)).as("before").isTrue();
        Graph known = Sizes.known(model);
        assertThat(hasUnknown(known)).isFalse();
        assertThat(known.output("hidden").shape()).isEqualTo(Shape.symbolic("batch", "tokens", 6));
        Graph fixed = Sizes.of(model, Map.of("ids", Shape.of(4, 7), "mask", Shape.of(4, 7)));
        assertThat(fixed.nodes()).allMatch(node -> node.output().shape().isFixed());
        assertThat(fixed.output("hidden").shape()).isEqualTo(Shape.of(4, 7, 6));
    }

    @Test
    void twoUnknownSizesAreNeverTakenToBeEqual() {
        GraphBuilder b = new GraphBuilder("unknown");
        Value x = b.input("x", DataType.FLOAT32, Shape.symbolic("batch", 6));
        Value places = b.node(Op.NON_ZERO, Attributes.none(), x);
        Value target = b.node(
                Op.CONCAT,
                Attributes.of("axis", 0),
                b.node(Op.GATHER, Attributes.of("axis", 0), b.shapeOf(places), b.longs(1)),
                b.longs(-1));
        b.output("y", b.reshape(b.cast(places, DataType.FLOAT32), target));

        assertThat(Sizes.known(b.build()).output("y").shape()).hasToString("[?, ?]");
    }

    @Test
    void aTableCutAtASymbolHasItsSize() {
        GraphBuilder b = new GraphBuilder("positions");
        Value ids = b.input("ids", DataType.INT64, Shape.symbolic("batch", "tokens"));
        Value count = b.node(Op.GATHER, Attributes.of("axis", 0), b.shapeOf(ids), b.longs(1));
        Value table = b.constant("table", Tensor.zeros(DataType.FLOAT32, Shape.of(1, 9)));
        b.output("y", b.node(Op.SLICE, Attributes.none(), table, b.longs(0), count, b.longs(1), b.longs(1)));

        assertThat(Sizes.known(b.build()).output("y").shape()).isEqualTo(Shape.symbolic(1, "tokens"));
    }
}
