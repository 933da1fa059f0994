package io.maas.graph.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.common.io.ByteSource;
import com.google.protobuf.ByteString;
import io.maas.error.ArtifactRejectedException;
import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OnnxReaderTest {
    // ---- operators

    @Test
    void knowsOperatorsOfTheDefaultDomainByBothItsNames() {
        Graph graph = Onnx.read(
                Onnx.model(Onnx.graph(Onnx.node("Relu", "x", "h").setDomain("ai.onnx"), Onnx.node("Relu", "h", "y"))));
        assertThat(graph.nodes()).extracting(Node::op).containsExactly(Op.RELU, Op.RELU);
        assertThat(graph.output("y")).hasToString("y: float32[batch, 4]");
    }

    @Test
    void carriesOtherDomainsThrough() {
        Graph graph = Onnx.read(Onnx.model(Onnx.graph(Onnx.node("Relu", "x", "y")
                        .setDomain("com.example")
                        .addAttribute(Onnx.attribute("a", AttributeType.FLOAT).setF(0.5f))))
                .addOpsetImport(
                        OperatorSetIdProto.newBuilder().setDomain("com.example").setVersion(3)));
        Node node = graph.nodes().get(0);
        assertThat(node.op()).isEqualTo(Op.OTHER);
        assertThat(node).hasToString("y: float32[batch, 4] = com.example.Relu(x) {a=0.5}");
        assertThat(graph.opsets()).containsEntry("com.example", 3).containsEntry("", 18);
    }

    @Test
    void carriesFormsThroughThatAreOlderThanTheTable() {
        GraphProto.Builder softmax = Onnx.graph(Onnx.node("Softmax", "x", "y"));
        assertThat(op(Onnx.model(12, softmax))).isEqualTo(Op.SOFTMAX);
        // An operator that the table of old forms does not know keeps the model at its opset.
        softmax.addNode(Onnx.node("Foo", "y", "z"));
        assertThat(op(Onnx.model(13, softmax))).isEqualTo(Op.SOFTMAX);
        assertThat(op(Onnx.model(12, softmax))).isEqualTo(Op.OTHER);
    }

    @Test
    void carriesNodesWithMoreOutputsThrough() {
        Node node = Onnx.read(Onnx.model(Onnx.graph(Onnx.node("Relu", List.of("x"), List.of("y", "", "z")))))
                .nodes()
                .get(0);
        assertThat(node.op()).isEqualTo(Op.OTHER);
        assertThat(node.outputs()).extracting(Value::name).containsExactly("y", "", "z");
    }

    @Test
    void carriesNodesThroughWhoseInputsTheRulesDoNotTake() {
        GraphProto.Builder bools =
                GraphProto.newBuilder().addInput(Onnx.value("x", 9, 4)).addOutput(Onnx.value("y", 9, 4));
        assertThat(op(Onnx.model(bools.clone().addNode(Onnx.node("Neg", "x", "y")))))
                .isEqualTo(Op.OTHER);
        assertThat(op(Onnx.model(bools.addNode(Onnx.node("Relu", List.of("x", "x"), List.of("y"))))))
                .isEqualTo(Op.OTHER);
    }

    @Test
    void readsTheTargetOfACastByName() {
        NodeProto.Builder cast = Onnx.node("Cast", "x", "y");
        Graph graph = Onnx.read(Onnx.model(GraphProto.newBuilder()
                .addInput(Onnx.value("x", Onnx.FLOAT, "n"))
                .addOutput(Onnx.value("y", Onnx.INT64, "n"))
                .addNode(cast.clone()
                        .addAttribute(Onnx.attribute("to", AttributeType.INT).setI(Onnx.INT64)))));
        assertThat(graph.nodes().get(0)).hasToString("y: int64[n] = Cast(x) {to=INT64}");
    }

    @Test
    void carriesCastsToOtherTypesThrough() {
        AttributeProto.Builder number = Onnx.attribute("to", AttributeType.INT).setI(17);
        AttributeProto.Builder text =
                Onnx.attribute("to", AttributeType.STRING).setS(ByteString.copyFromUtf8("FLOAT32"));
        for (AttributeProto.Builder to : List.of(number, text)) {
            Graph graph = Onnx.read(
                    Onnx.model(Onnx.graph(Onnx.node("Cast", "x", "h").addAttribute(to), Onnx.node("Foo", "h", "y"))));
            assertThat(graph.nodes().get(0).op()).isEqualTo(Op.OTHER);
            ModelProto again = parse(OnnxWriter.write(graph));
            assertThat(again.getGraph().getNode(0).getAttribute(0)).isEqualTo(to.build());
        }
    }

    // ---- constants

    @Test
    void makesConstantsOfAllFormsOfConstantNodes() {
        GraphProto.Builder proto = Onnx.graph(
                constant("value", Onnx.attribute("value", AttributeType.TENSOR).setT(Onnx.floats("", 1, 2))),
                constant(
                        "float",
                        Onnx.attribute("value_float", AttributeType.FLOAT).setF(0.5f)),
                constant(
                        "floats",
                        Onnx.attribute("value_floats", AttributeType.FLOATS)
                                .addFloats(1)
                                .addFloats(2)),
                constant("int", Onnx.attribute("value_int", AttributeType.INT).setI(-7)),
                constant("ints", Onnx.ints("value_ints", 3, 4)),
                constant(
                        "string",
                        Onnx.attribute("value_string", AttributeType.STRING).setS(ByteString.copyFromUtf8("é"))),
                constant(
                        "strings",
                        Onnx.attribute("value_strings", AttributeType.STRINGS)
                                .addStrings(ByteString.copyFromUtf8("a"))
                                .addStrings(ByteString.copyFromUtf8("b"))),
                constant("none", Onnx.ints("value_ints")),
                Onnx.node("Relu", "x", "y"));
        Graph graph = Onnx.read(Onnx.model(proto));
        assertThat(graph.nodes()).hasSize(1);
        assertThat(graph.constants())
                .containsEntry("value", Tensor.of(new float[] {1, 2}))
                .containsEntry("float", Tensor.scalar(0.5f))
                .containsEntry("floats", Tensor.of(new float[] {1, 2}))
                .containsEntry("int", Tensor.scalar(-7L))
                .containsEntry("ints", Tensor.of(new long[] {3, 4}))
                .containsEntry("string", Tensor.of(new String[] {"é"}).reshape(Shape.scalar()))
                .containsEntry("strings", Tensor.of(new String[] {"a", "b"}))
                .containsEntry("none", Tensor.of(new long[0]))
                .hasSize(8);
    }

    @Test
    void carriesConstantsThroughThatTensorsCannotHold() {
        TensorProto.Builder float8 = TensorProto.newBuilder()
                .setName("w8")
                .setDataType(TensorProto.DataType.FLOAT8E4M3FN_VALUE)
                .addDims(3)
                .setRawData(ByteString.copyFrom(new byte[] {1, 2, 3}));
        TensorProto.Builder noUtf8 = TensorProto.newBuilder()
                .setName("text")
                .setDataType(TensorProto.DataType.STRING_VALUE)
                .addDims(1)
                .addStringData(ByteString.copyFrom(new byte[] {(byte) 0xff}));
        Graph graph = Onnx.read(Onnx.model(Onnx.graph(Onnx.node("Foo", List.of("x", "w8", "s", "text"), List.of("y")))
                .addInitializer(float8)
                .addInitializer(noUtf8)
                .addSparseInitializer(Onnx.sparse(Onnx.floats("s", 1, 2, 3, 4)))));
        assertThat(graph.constants()).isEmpty();
        assertThat(graph.nodes()).extracting(Node::opType).containsExactly("Constant", "Constant", "Constant", "Foo");

        GraphProto again = parse(OnnxWriter.write(graph)).getGraph();
        assertThat(again.getNode(0).getAttribute(0).getT()).isEqualTo(float8.build());
        assertThat(again.getNode(1).getAttribute(0).getT()).isEqualTo(noUtf8.build());
        assertThat(again.getNode(2).getAttribute(0).getSparseTensor())
                .isEqualTo(Onnx.sparse(Onnx.floats("s", 1, 2, 3, 4)).build());
    }

    @Test
    void dropsInputsThatInitializersGive() {
        Graph graph = Onnx.read(Onnx.model(Onnx.graph(Onnx.node("Add", List.of("x", "w"), List.of("y")))
                .addInput(Onnx.value("w", Onnx.FLOAT, 4))
                .addInitializer(Onnx.floats("w", 1, 2, 3, 4))));
        assertThat(graph.inputs()).extracting(Value::name).containsExactly("x");
        assertThat(graph.constants()).containsOnlyKeys("w");
    }

    @Test
    void readsLargeInitializersWithoutCopying() {
        float[] values = new float[20_000];
        values[19_999] = 3;
        byte[] bytes = OnnxWriter.write(Onnx.read(
                Onnx.model(Onnx.graph(Onnx.node("Relu", "x", "y")).addInitializer(Onnx.floats("w", values)))));
        Graph graph = OnnxReader.read(ByteSource.wrap(bytes));
        Tensor weights = java.util.Objects.requireNonNull(graph.constants().get("w"));
        // Memory of its own would be direct at this size; this is a view of the file's array.
        assertThat(weights.isDirect()).isFalse();
        assertThat(weights.toFloatArray()).isEqualTo(values);
    }

    // ---- names

    @Test
    void refusesNamesThatAreMadeTwice() {
        assertThatThrownBy(() -> Onnx.read(Onnx.model(Onnx.graph(Onnx.node("Relu", "x", "y"))
                        .addInitializer(Onnx.floats("w", 1))
                        .addInitializer(Onnx.floats("w", 2)))))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessage("constant \"w\": twice in the model, or without a name (expected: each once);"
                        + " export the model again");
        NodeProto.Builder relu = Onnx.node("Relu", "x", "y");
        assertThatThrownBy(() -> Onnx.read(Onnx.model(Onnx.graph(relu, relu))))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessage(
                        "value \"y\" is made twice or has no name (second time by Relu \"n_y\"); rename one of the two,"
                                + " or export the model again");
        assertThatThrownBy(() -> Onnx.read(Onnx.model(Onnx.graph(relu).addInput(Onnx.value("x", Onnx.FLOAT, 4)))))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageContaining("\"x\" is made twice");
        assertThatThrownBy(() -> Onnx.read(Onnx.model(Onnx.graph(relu, constant("x", Onnx.ints("value_ints", 1))))))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageContaining("\"x\" is made twice");
        assertThatThrownBy(() -> Onnx.read(Onnx.model(Onnx.graph(relu).addOutput(Onnx.value("y", Onnx.FLOAT)))))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageContaining("output named twice");
    }

    @Test
    void refusesAttributesThatAreGivenTwice() {
        assertThatThrownBy(() -> Onnx.read(Onnx.model(Onnx.graph(
                        Onnx.node("Foo", "x", "y").addAttribute(Onnx.ints("a")).addAttribute(Onnx.ints("a"))))))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessage("Foo node \"n_y\": attribute \"a\" twice (expected: once); export the model again");
    }

    @Test
    void refusesNodesOutOfOrder() {
        assertThatThrownBy(() ->
                        Onnx.read(Onnx.model(Onnx.graph(Onnx.node("Relu", "h", "y"), Onnx.node("Relu", "x", "h")))))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageContaining("\"h\" is read by Relu \"n_y\" but nothing before it makes it");
    }

    @Test
    void refusesOutputsThatNothingMakes() {
        assertThatThrownBy(() -> Onnx.read(Onnx.model(Onnx.graph())))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageContaining("\"y\" is read by output of the graph");
    }

    // ---- types and shapes

    @Test
    void takesDeclarationsBehindOperatorsWithoutARule() {
        Graph graph = Onnx.read(Onnx.model(
                Onnx.graph(Onnx.node("Foo", "x", "h"), Onnx.node("Relu", "h", "k"), Onnx.node("Foo", "k", "y"))
                        .addValueInfo(Onnx.value("h", Onnx.FLOAT, "rows", 8))));
        assertThat(graph.nodes())
                .extracting(node -> node.output().toString())
                .containsExactly("h: float32[rows, 8]", "k: float32[rows, 8]", "y: float32[batch, 4]");
    }

    @Test
    void prefersWhatIsInferredToWhatIsDeclared() {
        // The batch size at the time of export often stays in declarations.
        GraphProto.Builder stale = Onnx.graph(Onnx.node("Relu", "x", "h"), Onnx.node("Relu", "h", "y"))
                .addValueInfo(Onnx.value("h", Onnx.FLOAT, 1, 4))
                .setOutput(0, Onnx.value("y", Onnx.FLOAT, 1, 4));
        assertThat(Onnx.read(Onnx.model(stale)).output("y")).hasToString("y: float32[batch, 4]");
    }

    @Test
    void completesUnknownSizesOfOutputsFromTheirDeclaration() {
        GraphProto.Builder slice = GraphProto.newBuilder()
                .addInput(Onnx.value("x", Onnx.FLOAT, "batch", "time", 4))
                .addInput(Onnx.value("shape", Onnx.INT64, 3))
                .addNode(Onnx.node("Reshape", List.of("x", "shape"), List.of("y")))
                .addOutput(Onnx.value("y", Onnx.FLOAT, "batch", "", 9));
        assertThat(Onnx.read(Onnx.model(slice)).output("y")).hasToString("y: float32[batch, ?, 9]");
    }

    @Test
    void staleDeclarationsDoNotMakeAModelWrong() {
        GraphProto.Builder graph = Onnx.graph(
                        Onnx.node("Foo", "x", "h"), Onnx.node("Add", List.of("h", "w"), List.of("y")))
                .addValueInfo(Onnx.value("h", Onnx.FLOAT, 3))
                .addInitializer(Onnx.floats("w", 1, 2, 3, 4));
        Graph read = Onnx.read(Onnx.model(graph));
        assertThat(read.nodes()).extracting(Node::op).containsExactly(Op.OTHER, Op.OTHER);
        assertThat(read.output("y")).hasToString("y: float32[batch, 4]");
    }

    @Test
    void refusesShapesThatContradictEachOther() {
        assertThatThrownBy(() -> Onnx.read(Onnx.model(Onnx.graph(Onnx.node("Add", List.of("x", "w"), List.of("y")))
                        .addInitializer(Onnx.floats("w", 1, 2, 3)))))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageStartingWith(
                        "ONNX model contradicts itself: Add \"n_y\": shapes [batch, 4] and [3] do not fit");
        assertThatThrownBy(() -> Onnx.read(Onnx.model(Onnx.graph(Onnx.node("Softmax", "x", "y")
                        .addAttribute(Onnx.attribute("axis", AttributeType.INT).setI(5))))))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageContaining("axis 5 (expected: -2 <= axis < 2)");
        assertThatThrownBy(() -> Onnx.read(Onnx.model(Onnx.graph(Onnx.node("Reshape", List.of("x", "s"), List.of("y")))
                        .addInitializer(Onnx.longs("s", -5)))))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageContaining("Reshape \"n_y\": size: -5 (expected: size >= 0");
        assertThatThrownBy(() -> Onnx.read(Onnx.model(Onnx.graph(Onnx.node("Transpose", "x", "y")
                        .addAttribute(
                                Onnx.attribute("perm", AttributeType.FLOATS).addFloats(1))))))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageContaining("Transpose \"n_y\": its sizes, axes or attributes make no sense");
    }

    @Test
    void refusesOutputsOfAnotherTypeThanDeclared() {
        assertThatThrownBy(() -> Onnx.read(Onnx.model(
                        Onnx.graph(Onnx.node("Relu", "x", "y")).setOutput(0, Onnx.value("y", Onnx.INT64, "batch", 4)))))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessage(
                        "ONNX model contradicts itself: output \"y\" is declared as INT64, but its node gives FLOAT32;"
                                + " export the model again");
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, Long.MIN_VALUE})
    void refusesDeclaredSizesThatNoTensorHas(long size) {
        GraphProto.Builder relu = Onnx.graph(Onnx.node("Relu", "x", "y"));
        ValueInfoProto input = Onnx.value("x", Onnx.FLOAT, size, 4);
        ValueInfoProto inner = Onnx.value("h", Onnx.FLOAT, size);
        for (GraphProto.Builder graph :
                List.of(relu.clone().setInput(0, input), relu.clone().addValueInfo(inner))) {
            assertThatThrownBy(() -> Onnx.read(Onnx.model(graph)))
                    .isInstanceOf(ArtifactRejectedException.class)
                    .hasMessageContaining("declared with sizes that no tensor has; size: " + size);
        }
    }

    @Test
    void refusesAbsurdDeclaredSizes() {
        ValueInfoProto overflow = Onnx.value("x", Onnx.FLOAT, Long.MAX_VALUE, 4);
        ValueInfoProto deep = Onnx.value("x", Onnx.FLOAT, new Object[17]);
        assertRefused(overflow, "value \"x\": declared with sizes that no tensor has");
        assertRefused(deep, "value \"x\": 17 axes (expected: at most 16)");
    }

    private static void assertRefused(ValueInfoProto input, String message) {
        assertThatThrownBy(() -> Onnx.read(
                        Onnx.model(Onnx.graph(Onnx.node("Relu", "x", "y")).setInput(0, input))))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageStartingWith(message);
    }

    @Test
    void aShapeInputOfAbsurdLengthTakesNoMemory() {
        GraphProto.Builder graph = Onnx.graph(Onnx.node("Reshape", List.of("x", "s"), List.of("y")))
                .addInput(Onnx.value("s", Onnx.INT64, 2_000_000_000L));
        assertThatThrownBy(() -> Onnx.read(Onnx.model(graph)))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageContaining("a list of at most 16 sizes");
    }

    @Test
    void expandsToAShapeOfUnknownLength() {
        GraphProto.Builder graph = Onnx.graph(Onnx.node("Expand", List.of("x", "s"), List.of("y")))
                .addInput(Onnx.value("s", Onnx.INT64, "axes"));
        Graph read = Onnx.read(Onnx.model(graph));
        assertThat(read.nodes().get(0).op()).isEqualTo(Op.EXPAND);
        assertThat(read.output("y")).hasToString("y: float32[batch, 4]");
    }

    @Test
    void readsSymbolsThatTextCanHold() {
        assertThat(input("n", "", "s0 + 1", "")).hasToString("[n, ?, s0 + 1, ?]");
        assertThat(input("Max(1, s0)", "2*s0", "[n]", " n")).hasToString("[?, ?, ?, ?]");
        Shape shape = input("n", "s0 + 1", "?", 3);
        assertThat(Shape.parse(shape.toString())).isEqualTo(shape);
    }

    @Test
    void takesARepeatedSymbolForOneOfItsOwn() {
        assertThat(input("batch", "batch", 4, "batch")).hasToString("[batch, batch@1, 4, batch@3]");
    }

    @Test
    void refusesInputsAndOutputsThatAreNoTensors() {
        ValueInfoProto.Builder sequence = ValueInfoProto.newBuilder()
                .setType(TypeProto.newBuilder().setSequenceType(TypeProto.Sequence.getDefaultInstance()));
        assertThatThrownBy(() -> Onnx.read(
                        Onnx.model(Onnx.graph(Onnx.node("Relu", "x", "y")).setInput(0, sequence.setName("x")))))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageStartingWith("ONNX model: input \"x\" is no tensor, or of a type that is not known here");
        assertThatThrownBy(() -> Onnx.read(
                        Onnx.model(Onnx.graph(Onnx.node("Foo", "x", "y")).setOutput(0, sequence.setName("y")))))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageStartingWith("ONNX model: output \"y\" is no tensor, or of a type that is not known here");
        assertThatThrownBy(() -> Onnx.read(
                        Onnx.model(Onnx.graph(Onnx.node("Foo", "x", "y")).setOutput(0, Onnx.value("y", 17)))))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageStartingWith("ONNX model: output \"y\"");
    }

    // ---- models

    @Test
    void refusesFunctions() {
        assertThatThrownBy(() -> Onnx.read(Onnx.model(Onnx.graph(Onnx.node("Relu", "x", "y")))
                        .addFunctions(FunctionProto.newBuilder().setName("Swish"))))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessage(
                        "ONNX model: it defines 1 functions of its own, such as \"Swish\" (expected: operators only);"
                                + " inline them, as onnx.inliner does");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -3, Long.MIN_VALUE})
    void refusesOpsetsThatDoNotExist(long version) {
        ModelProto.Builder model = Onnx.model(Onnx.graph(Onnx.node("Relu", "x", "y")));
        model.getOpsetImportBuilder(0).setVersion(version);
        assertThatThrownBy(() -> Onnx.read(model))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageStartingWith("ONNX model: opset " + version + " of domain \"\" (expected: one version");
    }

    @ParameterizedTest
    @ValueSource(longs = {27, 99, 1L << 40})
    void refusesOpsetsThatNobodyKnowsYet(long version) {
        ModelProto.Builder model = Onnx.model(Onnx.graph(Onnx.node("Relu", "x", "y")));
        model.getOpsetImportBuilder(0).setVersion(version);
        assertThatThrownBy(() -> Onnx.read(model))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessage("ONNX model: opset " + version + " of domain \"\" (expected: at most 26, the newest that is"
                        + " known here); export the model with an older opset, such as 18");
    }

    /** Operators of an opset before all that are known are left to the engine. */
    @Test
    void carriesOpsetsThroughThatAreTooOld() {
        GraphProto.Builder graph = Onnx.graph(Onnx.node("Softmax", "x", "h"), Onnx.node("Relu", "h", "y"));
        assertThat(Onnx.read(Onnx.model(5, graph)).nodes()).extracting(Node::op).containsOnly(Op.OTHER);
    }

    @Test
    void refusesCyclesAndLooseEndsByTheNodeThatReads() {
        GraphProto.Builder cycle = Onnx.graph(
                Onnx.node("Add", java.util.List.of("x", "b"), java.util.List.of("a")), Onnx.node("Relu", "a", "b"));
        assertThatThrownBy(() -> Onnx.read(Onnx.model(cycle)))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessage(
                        "value \"b\" is read by Add \"n_a\" but nothing before it makes it: it dangles, or the nodes form"
                                + " a cycle; put the nodes in the order in which they run, or export the model again");
    }

    @Test
    void refusesTwoVersionsOfOneDomain() {
        ModelProto.Builder model = Onnx.model(Onnx.graph(Onnx.node("Relu", "x", "y")))
                .addOpsetImport(
                        OperatorSetIdProto.newBuilder().setDomain("ai.onnx").setVersion(13));
        assertThatThrownBy(() -> Onnx.read(model))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageStartingWith("ONNX model: opset 13 of domain \"ai.onnx\" besides opset 17");
    }

    @Test
    void leavesNothingToGuessWithoutADefaultOpset() {
        ModelProto.Builder model = Onnx.model(Onnx.graph(Onnx.node("Relu", "x", "y")));
        model.getOpsetImportBuilder(0).setDomain("com.example");
        assertThat(op(model)).isEqualTo(Op.OTHER);
    }

    // ---- attributes

    @Test
    void carriesAttributesOfEveryKind() {
        List<AttributeProto> attributes = List.of(
                Onnx.attribute("a_float", AttributeType.FLOAT).setF(0.25f).build(),
                Onnx.attribute("b_int", AttributeType.INT).setI(Long.MIN_VALUE).build(),
                Onnx.attribute("c_string", AttributeType.STRING)
                        .setS(ByteString.copyFromUtf8("é"))
                        .build(),
                Onnx.attribute("d_bytes", AttributeType.STRING)
                        .setS(ByteString.copyFrom(new byte[] {(byte) 0xc0}))
                        .build(),
                Onnx.attribute("e_floats", AttributeType.FLOATS).addFloats(1).build(),
                Onnx.ints("f_ints", 1, 2).build(),
                Onnx.ints("g_empty").build(),
                Onnx.attribute("h_empty", AttributeType.FLOATS).build(),
                Onnx.attribute("i_strings", AttributeType.STRINGS)
                        .addStrings(ByteString.copyFromUtf8("s"))
                        .build(),
                Onnx.attribute("j_types", AttributeType.TYPE_PROTO)
                        .setTp(TypeProto.newBuilder().setDenotation("IMAGE"))
                        .build(),
                Onnx.attribute("k_sparse", AttributeType.SPARSE_TENSOR)
                        .setSparseTensor(Onnx.sparse(Onnx.floats("", 1, 2, 3, 4)))
                        .build(),
                Onnx.attribute("l_tensors", AttributeType.TENSORS)
                        .addTensors(Onnx.floats("t", 1))
                        .build(),
                AttributeProto.newBuilder().setName("m_untyped").setI(3).build());
        Graph graph = Onnx.read(Onnx.model(Onnx.graph(Onnx.node("Foo", "x", "y").addAllAttribute(attributes))));
        assertThat(parse(OnnxWriter.write(graph)).getGraph().getNode(0).getAttributeList())
                .isEqualTo(attributes);
        assertThat(graph.nodes().get(0).attributes().string("c_string", "")).isEqualTo("é");
        assertThat(graph.nodes().get(0).attributes().longs("f_ints")).containsExactly(1, 2);
    }

    @Test
    void knowsWhatSubgraphsReadFromAroundThem() {
        GraphProto.Builder inner = GraphProto.newBuilder()
                .addNode(Onnx.node("Add", List.of("x", "i"), List.of("deep")))
                .addNode(Onnx.node("Add", List.of("deep", "w"), List.of("deeper")))
                .addOutput(Onnx.value("deeper", Onnx.FLOAT));
        GraphProto.Builder body = GraphProto.newBuilder()
                .addInput(Onnx.value("i", Onnx.FLOAT))
                .addInitializer(Onnx.floats("own", 1))
                .addNode(Onnx.node("Add", List.of("own", "h", ""), List.of("k")))
                .addNode(Onnx.node("If", "c", "m").addAttribute(Onnx.subgraph("then_branch", inner)))
                .addOutput(Onnx.value("k", Onnx.FLOAT))
                .addOutput(Onnx.value("outer", Onnx.FLOAT));
        AttributeProto attribute = Onnx.subgraph("body", body).build();
        GraphProto.Builder graph = Onnx.graph(
                        Onnx.node("Relu", "x", "h"),
                        Onnx.node("Relu", "x", "outer"),
                        Onnx.node("Loop", List.of("", "c", "x"), List.of("y")).addAttribute(attribute))
                .addInput(Onnx.value("c", 9))
                .addInitializer(Onnx.floats("w", 1));
        Graph read = Onnx.read(Onnx.model(graph));

        Object carried = read.nodes().get(2).attributes().asMap().get("body");
        assertThat(carried)
                .isInstanceOfSatisfying(
                        Attributes.Opaque.class,
                        opaque -> assertThat(opaque.captured()).containsExactlyInAnyOrder("h", "c", "x", "w", "outer"));
        byte[] written = OnnxWriter.write(read);
        assertThat(parse(written).getGraph().getNode(2).getAttribute(0)).isEqualTo(attribute);
        assertThat(OnnxReader.read(ByteSource.wrap(written))).hasToString(read.toString());

        graph.removeInitializer(0);
        assertThatThrownBy(() -> Onnx.read(Onnx.model(graph)))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageContaining("\"w\" is read by Loop \"n_y\"");
    }

    // ----

    private static Shape input(Object... sizes) {
        return Onnx.read(Onnx.model(
                        Onnx.graph(Onnx.node("Foo", "x", "y")).setInput(0, Onnx.value("x", Onnx.FLOAT, sizes))))
                .input("x")
                .shape();
    }

    private static Op op(ModelProto.Builder model) {
        return Onnx.read(model).nodes().get(0).op();
    }

    private static NodeProto.Builder constant(String name, AttributeProto.Builder attribute) {
        return Onnx.node("Constant", List.of(), List.of(name)).addAttribute(attribute);
    }

    private static ModelProto parse(byte[] bytes) {
        try {
            return ModelProto.parseFrom(bytes);
        } catch (com.google.protobuf.InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }
}
