package io.maas.graph.pass;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.maas.error.GraphException;
import io.maas.graph.Attributes;
import io.maas.graph.Gradients;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What each pass makes of a graph written for it; that the outputs stay the same is held against random graphs elsewhere. */
class PassesTest {
    private final GraphBuilder b = new GraphBuilder("test");
    private final Value x = b.input("x", DataType.FLOAT32, Shape.symbolic("batch", "time", 4));
    private final Value m = b.input("m", DataType.FLOAT32, Shape.symbolic("batch", 4));

    private List<String> after(Pass pass) {
        return nodes(pass.apply(b.build()));
    }

    private static List<String> nodes(Graph graph) {
        return graph.nodes().stream().map(Node::toString).toList();
    }

    private static Value weights(GraphBuilder to, String name, float seed, long... shape) {
        float[] values = new float[(int) Shape.of(shape).elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = seed + i;
        }
        return to.constant(name, Tensor.of(values, shape));
    }

    @Test
    void whatNoOutputNeedsIsLeftOut() {
        weights(b, "unused", 1, 4);
        b.tanh(b.relu(x));
        b.output("y", b.neg(x));
        Graph after = Passes.deadCode().apply(b.build());
        assertThat(nodes(after))
                .containsExactly(
                        "Neg_1: float32[batch, time, 4] = Neg(x)", "y: float32[batch, time, 4] = Identity(Neg_1)");
        assertThat(after.constants()).isEmpty();
        assertThat(after.inputs()).extracting(Value::name).containsExactly("x", "m");
        assertThat(Passes.deadCode().apply(after)).isSameAs(after);
    }

    @Test
    void equalNodesAndConstantsBecomeOne() {
        Value first = weights(b, "first", 1, 4);
        Value second = weights(b, "second", 1, 4);
        Value other = weights(b, "other", 2, 4);
        b.output("y", b.mul(b.add(m, first), b.add(second, m)));
        b.output("z", b.add(m, other));
        Graph after = Passes.commonSubexpressions().apply(b.build());
        assertThat(nodes(after))
                .containsExactly(
                        "Add_1: float32[batch, 4] = Add(m, first)",
                        "Mul_1: float32[batch, 4] = Mul(Add_1, Add_1)",
                        "y: float32[batch, 4] = Identity(Mul_1)",
                        "Add_3: float32[batch, 4] = Add(m, other)",
                        "z: float32[batch, 4] = Identity(Add_3)");
        assertThat(after.constants()).containsOnlyKeys("first", "other");
    }

    @Test
    void randomNodesAndThoseWithoutRuleAreNeverMerged() {
        Value d1 = b.node(Op.DROPOUT, Attributes.none(), m);
        Value d2 = b.node(Op.DROPOUT, Attributes.none(), m);
        b.output("y", b.add(d1, d2));
        Graph graph = b.build();
        assertThat(Passes.commonSubexpressions().apply(graph)).isSameAs(graph);

        List<Node> nodes = new ArrayList<>();
        for (String name : List.of("a", "c")) {
            nodes.add(new Node(
                    Op.OTHER,
                    "",
                    "Mystery",
                    name,
                    List.of(m),
                    List.of(new Value(name, null, null)),
                    Attributes.none()));
        }
        Graph others = new Graph("others", List.of(m), outputs("a", "c"), nodes, Map.of(), Map.of("", 17));
        assertThat(Passes.commonSubexpressions().apply(others)).isSameAs(others);
    }

    private static List<Value> outputs(String... names) {
        return Arrays.stream(names)
                .map(name -> new Value(name, DataType.FLOAT32, null))
                .toList();
    }

    @Test
    void whatBodiesOfControlFlowReadKeepsItsName() {
        Node copy = new Node(
                Op.IDENTITY,
                "",
                "Identity",
                "",
                List.of(m),
                List.of(new Value("copy", DataType.FLOAT32, m.shape())),
                Attributes.none());
        Node twin = new Node(
                Op.IDENTITY,
                "",
                "Identity",
                "",
                List.of(m),
                List.of(new Value("twin", DataType.FLOAT32, m.shape())),
                Attributes.none());
        Attributes body = Attributes.of("body", new Attributes.Opaque(ByteString.EMPTY, Set.of("copy", "same")));
        Node loop = new Node(
                Op.OTHER,
                "",
                "Loop",
                "loop",
                List.of(new Value("twin", DataType.FLOAT32, m.shape())),
                outputs("y"),
                body);
        Tensor tensor = Tensor.of(new float[] {1, 2, 3, 4});
        Graph graph = new Graph(
                "loop",
                List.of(m),
                outputs("y"),
                List.of(copy, twin, loop),
                Map.of("bias", tensor, "same", tensor),
                Map.of("", 17));
        Graph after = Passes.forTraining().apply(graph);
        assertThat(nodes(after))
                .containsExactly("copy: float32[batch, 4] = Identity(m)", "y: float32[…] = Loop(m) " + body);
        assertThat(after.constants()).containsOnlyKeys("same");
    }

    @Test
    void reshapeTargetsBecomeConstants() {
        Value shape = b.shapeOf(x);
        Value batch = b.unsqueeze(size(shape, 0), 0);
        Value time = b.unsqueeze(size(shape, 1), 0);
        b.output("heads", b.reshape(x, concat(batch, time, b.longs(2), b.longs(2))));
        b.output("flat", b.reshape(x, concat(b.unsqueeze(b.mul(size(shape, 0), size(shape, 1)), 0), b.longs(4))));
        Graph after = Passes.shapeFolding().apply(b.build());
        List<Node> reshapes =
                after.nodes().stream().filter(node -> node.op() == Op.RESHAPE).toList();
        assertThat(after.nodes()).extracting(Node::op).containsOnly(Op.RESHAPE, Op.IDENTITY);
        assertThat(reshapes).hasSize(2);
        assertThat(constant(after, reshapes.get(0).input(1)).toLongArray()).containsExactly(0, 0, 2, 2);
        assertThat(constant(after, reshapes.get(1).input(1)).toLongArray()).containsExactly(-1, 4);
        assertThat(reshapes.get(0).output()).hasToString("Reshape_1: float32[batch, time, 2, 2]");
    }

    private static Tensor constant(Graph graph, Value value) {
        return Objects.requireNonNull(graph.constant(value));
    }

    private Value size(Value shape, long axis) {
        return b.node(Op.GATHER, Attributes.of("axis", 0), shape, b.constant(Tensor.scalar(axis)));
    }

    private Value concat(Value... parts) {
        return b.node(Op.CONCAT, Attributes.of("axis", 0), parts);
    }

    @Test
    void aTargetThatMayBeEmptyBesideAnUnknownSizeStays() {
        Value target = concat(
                b.unsqueeze(size(b.shapeOf(x), 0), 0),
                b.unsqueeze(b.mul(size(b.shapeOf(x), 1), b.constant(Tensor.scalar(2L))), 0),
                b.longs(2));
        b.output("y", b.reshape(x, target));
        assertThat(after(Passes.shapeFolding())).anyMatch(node -> node.contains("Reshape(x, Concat_1)"));
    }

    @Test
    void shapesOfEqualSizesAreTakenOnce() {
        Value deep = b.tanh(b.relu(m));
        b.output("y", b.node(Op.EXPAND, Attributes.none(), b.scalar(2, m), b.shapeOf(m)));
        b.output("z", b.node(Op.EXPAND, Attributes.none(), b.scalar(3, m), b.shapeOf(deep)));
        assertThat(after(Passes.shapeFolding()).stream().filter(node -> node.contains("Shape(")))
                .containsExactly("Shape_1: int64[2] = Shape(m)");
    }

    @Test
    void nodesThatChangeNothingAreLeftOut() {
        Value copy = b.node(Op.IDENTITY, Attributes.none(), m);
        Value same = b.node(Op.CAST, Attributes.of("to", "FLOAT32"), copy);
        Value once = b.mul(same, 1);
        Value back = b.squeeze(b.unsqueeze(once, 1), 1);
        Value twice = b.transpose(b.transpose(back, 1, 0), 1, 0);
        Value kept = b.add(twice, b.scalar(0, m));
        b.output("y", b.neg(b.neg(kept)));
        assertThat(after(Passes.simplification())).containsExactly("y: float32[batch, 4] = Add(m, const_3)");
    }

    @Test
    void transpositionsBecomeFlagsAndBiasesAThirdInput() {
        Value w = weights(b, "w", 1, 3, 4);
        Value bias = weights(b, "bias", 1, 3);
        b.output("y", b.add(bias, b.matmul(m, b.transpose(w, 1, 0))));
        assertThat(after(Passes.gemmSelection().untilStable()))
                .containsExactly(
                        "Add_1: float32[batch, 3] = Gemm(m, w, bias) {beta=1.0, transA=0, transB=1}",
                        "y: float32[batch, 3] = Identity(Add_1)");
    }

    @Test
    void aWholeMatrixIsNoBias() {
        b.output("y", b.add(b.matmul(m, weights(b, "w", 1, 4, 4)), m));
        Graph graph = b.build();
        assertThat(Passes.gemmSelection().apply(graph)).isSameAs(graph);
    }

    @Test
    void aProductThatIsReadTwiceKeepsItsSum() {
        Value product = b.matmul(m, weights(b, "w", 1, 4, 4));
        b.output("y", b.add(product, weights(b, "bias", 1, 4)));
        b.output(product);
        Graph graph = b.build();
        assertThat(Passes.gemmSelection().apply(graph)).isSameAs(graph);
    }

    @Test
    void layerNormalizationAndGeluAreFound() {
        Value mean = b.reduceMean(x, true, -1);
        Value centred = b.sub(x, mean);
        Value variance = b.reduceMean(b.node(Op.POW, Attributes.none(), centred, b.scalar(2, x)), true, -1);
        Value root = b.sqrt(b.add(variance, b.scalar(1e-5, x)));
        Value normal = b.add(b.mul(b.div(centred, root), weights(b, "scale", 1, 4)), weights(b, "shift", 2, 4));
        Value erf = b.node(Op.ERF, Attributes.none(), b.div(normal, b.scalar(Math.sqrt(2), x)));
        Value gelu = b.mul(b.mul(normal, b.add(erf, b.scalar(1, x))), b.scalar(0.5, x));
        b.output("y", gelu);
        Graph after = Passes.recognition().apply(b.build());
        assertThat(after.nodes()).extracting(Node::op).containsExactly(Op.LAYER_NORMALIZATION, Op.GELU, Op.IDENTITY);
        assertThat(after.nodes().get(0).inputs()).extracting(Value::name).containsExactly("x", "scale", "shift");
        assertThat(after.nodes().get(0).attributes().floatValue("epsilon", 0)).isEqualTo(1e-5f);
        assertThat(after.opset()).isEqualTo(20);
    }

    @Test
    void poolsGoBeforeRelu() {
        Value image = b.input("image", DataType.FLOAT32, Shape.symbolic("batch", 3, 8, 8));
        Attributes window = Attributes.of("kernel_shape", List.of(2L, 2L), "strides", List.of(2L, 2L));
        b.output("y", b.node(Op.MAX_POOL, window, b.relu(image)));
        assertThat(Passes.poolBeforeRelu().apply(b.build()).nodes())
                .extracting(Node::op)
                .containsExactly(Op.MAX_POOL, Op.RELU, Op.IDENTITY);
    }

    @Test
    void batchNormalizationBecomesPartOfTheWeights() {
        Value product = b.matmul(m, weights(b, "w", 1, 4, 2));
        Value normal = b.node(
                Op.BATCH_NORMALIZATION,
                Attributes.of("epsilon", 0f),
                product,
                b.constant("scale", Tensor.of(new float[] {2, 3})),
                b.constant("shift", Tensor.of(new float[] {10, 20})),
                b.constant("mean", Tensor.of(new float[] {1, 2})),
                b.constant("variance", Tensor.of(new float[] {4, 9})));
        b.output("y", normal);
        Graph after = Passes.batchNormFolding().apply(b.build());
        Node gemm = after.nodes().get(0);
        assertThat(gemm.op()).isEqualTo(Op.GEMM);
        // Factors 2 / √4 = 1 and 3 / √9 = 1; biases 10 - 1 and 20 - 2.
        assertThat(constant(after, gemm.input(1)).toFloatArray()).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
        assertThat(constant(after, gemm.input(2)).toFloatArray()).containsExactly(9, 18);
    }

    // ---- memory

    /** Layers of tanh(h · w), with the mean of the squares as loss, differentiated by all weights. */
    private static Graph deep(int layers, int width) {
        GraphBuilder b = new GraphBuilder("deep");
        Value h = b.input("x", DataType.FLOAT32, Shape.symbolic("batch", width));
        List<Value> weights = new ArrayList<>();
        for (int i = 0; i < layers; i++) {
            weights.add(b.input("w" + i, DataType.FLOAT32, Shape.of(width, width)));
            h = b.tanh(b.matmul(h, weights.get(i)));
        }
        Value loss = b.output("loss", b.reduceMean(b.mul(h, h), false));
        List<Value> gradients = Gradients.of(b, loss, weights);
        for (int i = 0; i < layers; i++) {
            b.output("d" + i, gradients.get(i));
        }
        return Passes.forTraining().apply(b.build());
    }

    @Test
    void memoryIsCountedWhileValuesLive() {
        Value a = b.tanh(m);
        Value wide = b.matmul(a, weights(b, "w", 1, 4, 8));
        b.output("y", b.reduceSum(wide, false));
        MemoryEstimate estimate = MemoryEstimate.of(b.build(), Map.of("batch", 10L, "time", 1L));
        assertThat(estimate.inputBytes()).isEqualTo(10 * 4 * 4 + 10 * 4 * 4);
        assertThat(estimate.constantBytes()).isEqualTo(4 * 8 * 4);
        // Both sides of the product, and nothing else.
        assertThat(estimate.intermediateBytes()).isEqualTo(10 * 4 * 4 + 10 * 8 * 4);
        assertThat(estimate.peakAt()).isEqualTo("MatMul \"MatMul_1\"");
        assertThat(estimate.unknown()).isEmpty();
        assertThatThrownBy(() -> MemoryEstimate.of(b.build(), Map.of("batch", 10L)))
                .isInstanceOf(GraphException.class)
                .hasMessageContaining("no size given for time of input x");
    }

    @Test
    void recomputationMeetsTheBudgetOrSaysThatItCannot() {
        Map<String, Long> sizes = Map.of("batch", 1000L);
        Graph graph = deep(16, 32);
        MemoryEstimate before = MemoryEstimate.of(graph, sizes);
        assertThat(Passes.recomputation("loss", before.totalBytes(), sizes).apply(graph))
                .isSameAs(graph);

        long budget = before.totalBytes() - before.intermediateBytes() / 3;
        Graph after = Passes.recomputation("loss", budget, sizes).apply(graph);
        assertThat(MemoryEstimate.of(after, sizes).totalBytes()).isLessThanOrEqualTo(budget);
        assertThat(after.outputs()).isEqualTo(graph.outputs());
        // Nothing that is computed twice may be found to be one.
        assertThat(MemoryEstimate.of(Passes.forTraining().apply(after), sizes).totalBytes())
                .isLessThanOrEqualTo(budget);

        assertThatThrownBy(() ->
                        Passes.recomputation("loss", before.inputBytes(), sizes).apply(graph))
                .isInstanceOf(GraphException.class)
                .hasMessageContaining("does not fit " + before.inputBytes() + " bytes");
    }
}
