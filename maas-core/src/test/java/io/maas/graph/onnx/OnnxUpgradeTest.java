package io.maas.graph.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import com.google.protobuf.ByteString;
import io.maas.graph.Value;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the upgrade leaves alone; that what it changes computes the same is tested with an engine. */
class OnnxUpgradeTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 6, 18, 19, 25, 99})
    void leavesOtherOpsetsAlone(int opset) {
        ModelProto model = Onnx.model(opset, Onnx.graph(unsqueeze("x", "y"))).build();
        assertThat(upgraded(model)).isSameAs(model);
    }

    static Stream<Arguments> leftAlone() {
        GraphProto.Builder foo = GraphProto.newBuilder().addNode(Onnx.node("Foo", "x", "f"));
        NodeProto.Builder scales = Onnx.node("Resize", List.of("x", "s"), List.of("y"));
        return Stream.of(
                Arguments.of("an operator of no opset", 17, Onnx.node("Foo", "x", "y")),
                Arguments.of("an operator of a later opset", 16, Onnx.node("BlackmanWindow", "x", "y")),
                Arguments.of("one of an earlier opset", 10, Onnx.node("Upsample", List.of("x", "s"), List.of("y"))),
                Arguments.of(
                        "an unknown operator in a body",
                        12,
                        Onnx.node("If", "c", "y").addAttribute(Onnx.subgraph("then_branch", foo))),
                Arguments.of(
                        "an unknown operator in a body of another domain",
                        12,
                        Onnx.node("BeamSearch", "c", "y")
                                .setDomain("com.example")
                                .addAttribute(Onnx.attribute("a", AttributeType.GRAPHS)
                                        .addGraphs(foo))),
                Arguments.of("a scan over a batch", 8, Onnx.node("Scan", "x", "y")),
                Arguments.of("training", 9, Onnx.node("BatchNormalization", List.of("x"), List.of("y", "m"))),
                Arguments.of("a mask", 10, Onnx.node("Dropout", List.of("x"), List.of("y", "m"))),
                Arguments.of(
                        "no spatial mean",
                        8,
                        Onnx.node("BatchNormalization", "x", "y")
                                .addAttribute(Onnx.attribute("spatial", AttributeType.INT)
                                        .setI(0))),
                Arguments.of("a mixture of forms", 11, Onnx.node("Squeeze", List.of("x", "axes"), List.of("y"))),
                Arguments.of("no axes", 11, Onnx.node("Unsqueeze", "x", "y")),
                Arguments.of("no ends", 9, Onnx.node("Slice", "x", "y").addAttribute(Onnx.ints("starts", 1))),
                Arguments.of("scales that only runs tell", 10, scales),
                Arguments.of(
                        "a mode of no opset",
                        9,
                        Onnx.node("Upsample", List.of("x", "s"), List.of("y"))
                                .addAttribute(Onnx.attribute("mode", AttributeType.STRING)
                                        .setS(ByteString.copyFromUtf8("cubic")))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("leftAlone")
    void leavesModelsAloneThatHaveNoExactNewerForm(String what, int opset, NodeProto.Builder node) {
        ModelProto model =
                Onnx.model(opset, Onnx.graph(unsqueeze("x", "h"), node)).build();
        assertThat(upgraded(model)).as(what).isSameAs(model);
    }

    @Test
    void refusesScalesThatBothEnlargeAndShrink() {
        NodeProto.Builder resize = Onnx.node("Resize", List.of("x", "s"), List.of("y"));
        GraphProto.Builder graph = Onnx.graph(resize).addInitializer(Onnx.floats("s", 1, 2, 0.5f));
        ModelProto mixed = Onnx.model(10, graph).build();
        assertThat(upgraded(mixed)).isSameAs(mixed);
        graph.setInitializer(0, Onnx.floats("s", 1, 2, 2.5f));
        assertThat(upgraded(Onnx.model(10, graph).build()).getOpsetImport(0).getVersion())
                .isEqualTo(18);
    }

    @Test
    void leavesOutWhatNobodyAsksFor() {
        ModelProto upgraded = upgraded(Onnx.model(
                        9, Onnx.graph(Onnx.node("BatchNormalization", List.of("x"), List.of("y", "", "", "", ""))))
                .build());
        assertThat(upgraded.getGraph().getNode(0).getOutputList()).containsExactly("y");
    }

    @Test
    void equalConstantsAreOne() {
        ModelProto upgraded =
                upgraded(Onnx.model(11, Onnx.graph(unsqueeze("x", "h"), unsqueeze("h", "k"), unsqueeze("k", "y")))
                        .build());
        assertThat(upgraded.getGraph().getInitializerList()).hasSize(1);
        assertThat(upgraded.getGraph().getNodeList())
                .allSatisfy(node -> assertThat(node.getInput(1)).isEqualTo("upgrade/constant"))
                .allSatisfy(node -> assertThat(node.getAttributeCount()).isZero());
    }

    @Test
    void touchesNoOtherDomain() {
        ModelProto upgraded = upgraded(Onnx.model(
                        11, Onnx.graph(unsqueeze("x", "y").setDomain("com.example")))
                .addOpsetImport(
                        OperatorSetIdProto.newBuilder().setDomain("com.example").setVersion(2))
                .build());
        assertThat(upgraded.getOpsetImportList())
                .extracting(OperatorSetIdProto::getVersion)
                .containsExactly(18L, 2L);
        assertThat(upgraded.getGraph().getNode(0).getAttributeCount()).isEqualTo(1);
    }

    /** A declaration inside the model may be stale, and Softmax over what it calls the last axis would be wrong. */
    @Test
    void believesNoDeclaredRank() {
        GraphProto.Builder graph = Onnx.graph(
                        Onnx.node("Foo", "x", "h").setDomain("com.example"), Onnx.node("Softmax", "h", "y"))
                .addValueInfo(Onnx.value("h", Onnx.FLOAT, "batch", 4));
        assertThat(Onnx.read(Onnx.model(11, graph)).nodes())
                .extracting(io.maas.graph.Node::opType)
                .containsExactly("Foo", "Shape", "Flatten", "Softmax", "Reshape");
        graph.setNode(0, Onnx.node("Relu", "x", "h"));
        assertThat(Onnx.read(Onnx.model(11, graph)).nodes())
                .extracting(io.maas.graph.Node::opType)
                .containsExactly("Relu", "Softmax");
    }

    private static NodeProto.Builder unsqueeze(String from, String to) {
        return Onnx.node("Unsqueeze", from, to).addAttribute(Onnx.ints("axes", 0));
    }

    private static ModelProto upgraded(ModelProto model) {
        return OnnxUpgrade.upgrade(model, any -> Map.<String, Value>of());
    }
}
