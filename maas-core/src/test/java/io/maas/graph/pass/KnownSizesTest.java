package io.maas.graph.pass;

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
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Sizes that are followed through a graph, for training and for estimates. */
class KnownSizesTest {
    private static boolean hasUnknown(Graph graph) {
        return graph.nodes().stream()
                .flatMap(node -> node.outputs().stream())
                .anyMatch(value -> !value.hasShape() || value.shape().toString().contains("?"));
    }

    private static Graph known(Graph graph) {
        return Passes.knownSizes().apply(graph);
    }

    private static Value size(GraphBuilder b, Value x, int axis) {
        return b.unsqueeze(
                b.node(Op.GATHER, Attributes.none(), b.shapeOf(x), b.constant(Tensor.scalar((long) axis))), 0);
    }

    /** Heads that are split and joined as exporters write it, with a normalization that gives its statistics too. */
    private static Graph encoder() {
        GraphBuilder b = new GraphBuilder("encoder");
        Value x = b.input("x", DataType.FLOAT32, Shape.symbolic("batch", "tokens", 6));
        Value apart = b.node(Op.CONCAT, Attributes.of("axis", 0), size(b, x, 0), size(b, x, 1), b.longs(2, 3));
        Value heads = b.transpose(b.reshape(x, apart), 0, 2, 1, 3);
        Value together = b.node(Op.CONCAT, Attributes.of("axis", 0), size(b, x, 0), size(b, x, 1), b.longs(6));
        Value joined = b.reshape(b.transpose(heads, 0, 2, 1, 3), together);
        Value scale = b.constant("scale", Tensor.zeros(DataType.FLOAT32, Shape.of(6)));
        List<Value> normal = b.nodes(Op.LAYER_NORMALIZATION, Attributes.none(), 3, b.add(joined, x), scale, scale);
        b.output("y", b.mul(normal.get(0), normal.get(2)));
        return b.build();
    }

    @Test
    void computedSizesAreFollowed() {
        Graph model = encoder();

        assertThat(hasUnknown(model)).as("before").isTrue();
        Graph known = known(model);
        assertThat(hasUnknown(known)).isFalse();
        assertThat(known.output("y").shape()).isEqualTo(Shape.symbolic("batch", "tokens", 6));
    }

    @Test
    void anEstimateTakesTheShapesOfInputs() {
        Graph graph = encoder();

        MemoryEstimate estimate = MemoryEstimate.ofInputs(graph, Map.of("x", Shape.of(4, 7, 6)));
        assertThat(estimate.unknown()).isEmpty();
        assertThat(estimate).isEqualTo(MemoryEstimate.of(graph, Map.of("batch", 4L, "tokens", 7L)));
    }

    @Test
    void twoUnknownSizesAreNeverTakenToBeEqual() {
        GraphBuilder b = new GraphBuilder("unknown");
        Value x = b.input("x", DataType.FLOAT32, Shape.symbolic("batch", 6));
        Value places = b.node(Op.NON_ZERO, Attributes.none(), x);
        Value target = b.node(Op.CONCAT, Attributes.of("axis", 0), size(b, places, 1), b.longs(-1));
        b.output("y", b.reshape(b.cast(places, DataType.FLOAT32), target));

        assertThat(known(b.build()).output("y").shape()).hasToString("[?, ?]");
    }

    private static Graph cut(Shape table) {
        GraphBuilder b = new GraphBuilder("positions");
        Value ids = b.input("ids", DataType.INT64, Shape.symbolic("batch", "tokens"));
        Value rows = b.input("rows", DataType.FLOAT32, table);
        b.output("y", b.node(Op.SLICE, Attributes.none(), rows, b.longs(0), size(b, ids, 1), b.longs(1), b.longs(1)));
        return b.build();
    }

    @Test
    void aTableCutAtASymbolHasItsSize() {
        assertThat(known(cut(Shape.of(1, 9))).output("y").shape()).isEqualTo(Shape.symbolic(1, "tokens"));
        assertThat(known(cut(Shape.symbolic(1, "tokens"))).output("y").shape()).isEqualTo(Shape.symbolic(1, "tokens"));
        // One row may be there for all, and of a symbol nothing is known.
        assertThat(known(cut(Shape.of(1, 1))).output("y").shape()).hasToString("[1, ?]");
        assertThat(known(cut(Shape.symbolic(1, "rows"))).output("y").shape()).hasToString("[1, ?]");
    }

    @Test
    void aTableIsOnlyTakenToBeLongEnoughWhereThatDoesNoHarm() {
        assertThat(Sizes.of(cut(Shape.of(1, 9))).shape(new Value("y", null, null)))
                .isNotEqualTo(Shape.symbolic(1, "tokens"));
    }

    @Test
    void resizingToComputedSizesKeepsTheSymbols() {
        GraphBuilder b = new GraphBuilder("resize");
        Value x = b.input("x", DataType.FLOAT32, Shape.symbolic("batch", 3, "height", "width"));
        Value wanted = b.node(Op.CONCAT, Attributes.of("axis", 0), size(b, x, 0), size(b, x, 1), b.longs(8, 8));
        b.output("y", b.node(Op.RESIZE, Attributes.none(), x, Value.OMITTED, Value.OMITTED, wanted));

        assertThat(known(b.build()).output("y").shape()).isEqualTo(Shape.symbolic("batch", 3, 8, 8));
    }

    private static Graph withDeclared(Op op, Shape declared) {
        Value x = new Value("x", DataType.FLOAT32, Shape.symbolic("batch", 4));
        Value y = new Value("y", DataType.FLOAT32, declared);
        String type = op == Op.OTHER ? "Mystery" : op.onnxName();
        Node node = new Node(op, "", type, "node", List.of(x), List.of(y), Attributes.none());
        return new Graph("declared", List.of(x), List.of(y), List.of(node), Map.of(), Map.of("", Graph.OPSET));
    }

    @Test
    void whatIsDeclaredStandsOnlyWhereNothingBetterIsKnown() {
        assertThat(known(withDeclared(Op.OTHER, Shape.of(1, 9))).output("y").shape())
                .isEqualTo(Shape.of(1, 9));
        assertThat(known(withDeclared(Op.RELU, Shape.of(1, 4))).output("y").shape())
                .isEqualTo(Shape.symbolic("batch", 4));
    }
}
