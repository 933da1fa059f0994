package io.maas.graph.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which fused nodes are written out and what they look like then; that they compute the same is tested with an engine. */
class MicrosoftOperatorsTest {
    private static final int FLOAT16 = TensorProto.DataType.FLOAT16_VALUE;
    private static final int INT32 = TensorProto.DataType.INT32_VALUE;
    private static final int UINT8 = TensorProto.DataType.UINT8_VALUE;

    static Stream<Arguments> leftAlone() {
        return Stream.of(
                Arguments.of(
                        "a stranger of the same name", node("Gelu", "x", "y").setDomain("com.example")),
                Arguments.of("one of no domain", node("Gelu", "x", "y").setDomain("")),
                Arguments.of("an operator that is not known", node("MoE", "x", "y")),
                Arguments.of("statistics for training", node("SkipLayerNormalization", "x x g", "y mean")),
                Arguments.of("statistics for training", node("SkipSimplifiedLayerNormalization", "x x g", "y _ var")),
                Arguments.of("scales of another type", node("SimplifiedLayerNormalization", "x half", "y")),
                Arguments.of("integers", node("FastGelu", "i", "y")),
                Arguments.of("a rank that is not known", node("FusedMatMul", "f x", "y", number("transA", 1))),
                Arguments.of(
                        "an activation that is not known", node("FusedGemm", "x w", "y", text("activation", "Cos"))),
                Arguments.of(
                        "an activation without its slope", node("FusedGemm", "x w", "y", text("activation", "Elu"))),
                Arguments.of("limits that are not there", node("FusedConv", "x4 w4", "y", text("activation", "Clip"))),
                Arguments.of("no number of heads", node("Attention", "h w3 b3", "y")),
                Arguments.of("heads that do not divide", node("Attention", "h w3 b3", "y", number("num_heads", 3))),
                Arguments.of(
                        "rotated heads",
                        node("Attention", "h w3 b3", "y", number("num_heads", 2), number("do_rotary", 1))),
                Arguments.of("a shared buffer", node("Attention", "h w3 b3 _ past _ n", "y p", number("num_heads", 2))),
                Arguments.of("a mask of four axes", node("Attention", "h w3 b3 x4", "y", number("num_heads", 2))),
                Arguments.of("lengths of other rows", node("Attention", "h w3 b3 n", "y", number("num_heads", 2))),
                Arguments.of("packed keys", node("MultiHeadAttention", "h", "y", number("num_heads", 2))),
                Arguments.of(
                        "scores as an output", node("MultiHeadAttention", "h h h", "y _ _ s", number("num_heads", 2))),
                Arguments.of("one past", node("MultiHeadAttention", "h h h _ _ _ x4", "y", number("num_heads", 2))),
                Arguments.of("segments without their table", node("EmbedLayerNormalization", "n2 n2 g2 g2 _ g g", "y")),
                Arguments.of("packed rows", node("RotaryEmbedding", "h n c c", "y", number("is_packed_batching", 1))),
                Arguments.of(
                        "a part of unknown heads",
                        node("RotaryEmbedding", "h n c c", "y", number("rotary_embedding_dim", 8))),
                Arguments.of("groups", packed("x16 w s _ groups", 16, 16)),
                Arguments.of("an input as a weight", packed("x16 n s", 16, 16)),
                Arguments.of("other sizes", packed("x16 w s", 17, 16)),
                Arguments.of("blocks of no power of 2", packed("x16 w s", 16, 24)),
                Arguments.of("no sizes", packed("x16 w s", 0, 0)),
                Arguments.of("sizes out of bounds", packed("x16 w s", Long.MAX_VALUE, 1L << 62)),
                Arguments.of("zero points of another type", packed("x16 w s groups", 16, 16)),
                Arguments.of(
                        "a layout of another engine",
                        packed("x16 w s", 16, 16).addAttribute(number("weight_prepacked", 1))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("leftAlone")
    void leavesNodesAloneThatHaveNoCounterpart(String what, NodeProto.Builder node) {
        assertThat(read(18, node).nodes())
                .filteredOn(each -> made(each).contains("y"))
                .singleElement()
                .satisfies(each -> {
                    assertThat(each.op()).as(what).isEqualTo(Op.OTHER);
                    assertThat(each.opType()).isEqualTo(node.getOpType());
                    assertThat(each.domain()).isEqualTo(node.getDomain());
                });
    }

    @Test
    void leavesModelsOfOldOpsetsAlone() {
        // Nobody knows Foo, so that the model stays at its opset.
        Graph graph = read(17, node("Foo", "x", "z").setDomain(""), node("Gelu", "x", "y"));
        assertThat(graph.opset()).isEqualTo(17);
        assertThat(graph.nodes()).extracting(Node::opType).contains("Gelu");
        assertThat(read(17, node("Gelu", "x", "y")).nodes())
                .extracting(Node::opType)
                .doesNotContain("Gelu");
    }

    @Test
    void leavesBodiesAlone() {
        GraphProto.Builder body = GraphProto.newBuilder()
                .setName("body")
                .addNode(node("Gelu", "x", "b"))
                .addOutput(Onnx.value("b", Onnx.FLOAT, "batch", 4));
        NodeProto.Builder branch = node(
                        "If",
                        "yes",
                        "y",
                        Onnx.subgraph("then_branch", body).build(),
                        Onnx.subgraph("else_branch", body).build())
                .setDomain("");
        assertThat(read(18, branch).nodes()).extracting(Node::opType).contains("If");
    }

    @Test
    void newNamesClashWithNone() {
        Graph graph = read(
                18,
                node("Neg", "x", "y/Add").setDomain(""),
                node("Neg", "y/Add", "fused/constant").setDomain(""),
                node("BiasGelu", "fused/constant bias", "y"));
        List<String> names =
                graph.nodes().stream().flatMap(each -> made(each).stream()).toList();
        assertThat(names).doesNotHaveDuplicates().contains("y", "y/Add", "y/Add_2", "fused/constant");
        assertThat(graph.constants()).containsKey("fused/constant_2").doesNotContainKey("fused/constant");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void typesAndShapesPassThrough(int unidirectional) {
        Graph graph = read(
                18,
                node("BiasGelu", "h5 bias8", "a"),
                node("Attention", "a w3 b3", "b", number("num_heads", 2), number("unidirectional", unidirectional)),
                node("SkipSimplifiedLayerNormalization", "b h5 g", "y"));
        assertThat(graph.nodes())
                .extracting(Node::opType)
                .doesNotContain("BiasGelu", "Attention", "SkipSimplifiedLayerNormalization");
        Value last = graph.nodes().get(graph.nodes().size() - 1).output();
        assertThat(last).isEqualTo(new Value("y", DataType.FLOAT32, Shape.symbolic("batch", 5, 8)));
    }

    @Test
    void halfPrecisionIsWidened() {
        NodeProto.Builder wide =
                node("Cast", "z", "y", number("to", Onnx.FLOAT)).setDomain("");
        Graph graph = read(18, node("SimplifiedLayerNormalization", "half half", "z"), wide);
        assertThat(graph.nodes())
                .filteredOn(each -> made(each).contains("z"))
                .singleElement()
                .satisfies(each -> assertThat(each.output().dataType()).isEqualTo(DataType.FLOAT16));
        assertThat(graph.nodes())
                .filteredOn(each -> each.op() == Op.REDUCE_MEAN)
                .singleElement()
                .satisfies(each -> assertThat(each.input(0).dataType()).isEqualTo(DataType.FLOAT32));
    }

    @Test
    void equalConstantsAreOne() {
        Graph graph = read(18, node("Gelu", "x", "a"), node("FastGelu", "a", "b"), node("Gelu", "b", "y"));
        assertThat(graph.constants().keySet())
                .filteredOn(name -> name.startsWith("fused/"))
                .hasSize(5);
    }

    @Test
    void aWeightIsUnpackedOnceAndInOneWay() {
        NodeProto.Builder other = packed("x16 w s2", 16, 16);
        Graph graph = read(
                18,
                packed("x16 w s", 16, 16).setOutput(0, "a"),
                packed("x16 w s", 16, 16).setOutput(0, "b"),
                other);
        assertThat(graph.nodes())
                .filteredOn(each -> each.op() == Op.MATMUL)
                .hasSize(2)
                .extracting(each -> each.input(1).name())
                .containsOnly("fused/constant");
        assertThat(graph.nodes())
                .filteredOn(each -> each.op() == Op.OTHER)
                .extracting(Node::opType)
                .containsExactly("Unknown", "MatMulNBits");
        // (1 - 8) * 0.5 and (2 - 8) * 0.5: the low half of a byte comes first.
        assertThat(graph.constants())
                .hasEntrySatisfying(
                        "fused/constant",
                        weight -> assertThat(weight.toDoubleArray())
                                .startsWith(-3.5, -3)
                                .hasSize(16));
    }

    // ----

    private static List<String> made(Node node) {
        return node.outputs().stream().map(Value::name).toList();
    }

    /** A graph with an input for whatever the cases read; {@code f} is of a shape that nobody knows. */
    private static Graph read(int opset, NodeProto.Builder... nodes) {
        GraphProto.Builder graph = Onnx.graph(node("Unknown", "x", "f").setDomain("com.example"));
        graph.clearOutput().addOutput(Onnx.value(nodes[nodes.length - 1].getOutput(0), Onnx.FLOAT));
        graph.getOutputBuilder(0).getTypeBuilder().getTensorTypeBuilder().clearShape();
        Stream.of(
                        Onnx.value("h", Onnx.FLOAT, "batch", "length", 8),
                        Onnx.value("h5", Onnx.FLOAT, "batch", 5, 8),
                        Onnx.value("x4", Onnx.FLOAT, 1, 2, 5, 5),
                        Onnx.value("w4", Onnx.FLOAT, 2, 2, 3, 3),
                        Onnx.value("x16", Onnx.FLOAT, "batch", 16),
                        Onnx.value("w", Onnx.FLOAT, 4, 4),
                        Onnx.value("i", Onnx.INT64, 3),
                        Onnx.value("half", FLOAT16, 4),
                        Onnx.value("g", Onnx.FLOAT, 8),
                        Onnx.value("g2", Onnx.FLOAT, 4, 8),
                        Onnx.value("bias", Onnx.FLOAT, 4),
                        Onnx.value("bias8", Onnx.FLOAT, 8),
                        Onnx.value("w3", Onnx.FLOAT, 8, 24),
                        Onnx.value("b3", Onnx.FLOAT, 24),
                        Onnx.value("c", Onnx.FLOAT, 9, 4),
                        Onnx.value("past", Onnx.FLOAT, 2, "batch", 2, 9, 4),
                        Onnx.value("n", INT32, 1),
                        Onnx.value("n2", INT32, "batch", 3),
                        Onnx.value("yes", TensorProto.DataType.BOOL_VALUE))
                .filter(value -> !isPacked(nodes) || !value.getName().equals("w"))
                .forEach(graph::addInput);
        if (isPacked(nodes)) {
            graph.addInitializer(TensorProto.newBuilder()
                    .setName("w")
                    .setDataType(UINT8)
                    .addAllDims(List.of(1L, 1L, 8L))
                    .setRawData(ByteString.copyFrom(new byte[] {0x21, 0, 0, 0, 0, 0, 0, 0})));
            graph.addInitializer(Onnx.floats("s", 0.5f));
            graph.addInitializer(Onnx.floats("s2", 0.25f));
            graph.addInitializer(Onnx.longs("groups", new long[16]));
        }
        Stream.of(nodes).forEach(graph::addNode);
        return Onnx.read(Onnx.model(opset, graph)
                .addOpsetImport(ai.onnx.proto.OnnxMl.OperatorSetIdProto.newBuilder()
                        .setDomain(MicrosoftOperators.DOMAIN)
                        .setVersion(1)));
    }

    private static boolean isPacked(NodeProto.Builder... nodes) {
        return nodes[nodes.length - 1].getOpType().equals("MatMulNBits");
    }

    /** A node of the fused operators' domain; names are separated by blanks, and {@code _} is one left out. */
    private static NodeProto.Builder node(String op, String inputs, String outputs, AttributeProto... attributes) {
        return Onnx.node(op, names(inputs), names(outputs))
                .setDomain(MicrosoftOperators.DOMAIN)
                .addAllAttribute(Arrays.asList(attributes));
    }

    private static NodeProto.Builder packed(String inputs, long k, long size) {
        return node("MatMulNBits", inputs, "y", number("K", k), number("N", 1), number("block_size", size));
    }

    private static List<String> names(String text) {
        return Stream.of(text.split(" "))
                .map(name -> name.equals("_") ? "" : name)
                .toList();
    }

    private static AttributeProto number(String name, long value) {
        return Onnx.attribute(name, AttributeType.INT).setI(value).build();
    }

    private static AttributeProto text(String name, String value) {
        return Onnx.attribute(name, AttributeType.STRING)
                .setS(ByteString.copyFromUtf8(value))
                .build();
    }
}
