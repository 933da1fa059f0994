package io.maas.graph.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.SparseTensorProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Small files that ask an engine for all memory, or all time, that there is. */
@Timeout(60)
class ModelBombTest {
    private static final long HUGE = 1L << 40;

    static Stream<Arguments> bombs() {
        return Stream.of(
                bomb("ConstantOfShape", size(HUGE), node("ConstantOfShape", "size")),
                bomb("a shape whose product overflows", size(1L << 32, 1L << 32), node("ConstantOfShape", "size")),
                bomb("Expand of a constant", size(1 << 20, 1 << 20), node("Expand", "one", "size")),
                bomb("Expand of an input", size(1 << 20, 1 << 20), node("Expand", "x", "size")),
                bomb("Tile", size(HUGE), node("Tile", "one", "size")),
                bomb("Tile of an input", size(1 << 20, 1 << 20), node("Tile", "x", "size")),
                bomb("Range", size(HUGE), scalar("size"), node("Range", "zero", "scalar", "step")),
                bomb("Pad", size(0, HUGE), node("Pad", "one", "size")),
                bomb("Pad of an input", size(0, 0, 0, HUGE), node("Pad", "x", "size")),
                bomb("Resize to sizes", size(1 << 20, 1 << 20), node("Resize", "square", "", "", "size")),
                bomb("Resize by scales", size(1), node("Resize", "square", "", "scales")),
                bomb("OneHot", size(HUGE), scalar("size"), node("OneHot", "index", "scalar", "pair")),
                bomb(
                        "EyeLike of a square",
                        size(1 << 20, 1 << 20),
                        constantOfShape("square_size"),
                        node("EyeLike", "s")),
                bomb("RandomNormal", size(1), node("RandomNormal").addAttribute(Onnx.ints("shape", 1 << 20, 1 << 20))),
                bomb("RandomUniform", size(1), node("RandomUniform").addAttribute(Onnx.ints("shape", HUGE))),
                bomb("a sum of a row and a column", size(1), tall(), wide(), node("Add", "tall", "wide")),
                bomb("a product of a column and a row", size(1), tall(), wide(), node("MatMul", "tall", "wide")),
                bomb("Gather of wide rows", size(1), wide(), tall(), gather("wide", "indices")),
                bomb("HannWindow", size(HUGE), scalar("size"), node("HannWindow", "scalar")),
                bomb("a size that is computed", size(1 << 20), product(), node("ConstantOfShape", "s")),
                bomb("a size that is put together", size(1 << 20), joined(), node("ConstantOfShape", "s")),
                bomb("a size behind Cast, Gather and Reshape", size(HUGE), cast(), node("ConstantOfShape", "s3")),
                bomb("nodes in no order", size(1 << 20), node("ConstantOfShape", "s"), product()),
                bomb("what is joined with itself forty times", size(1 << 10), doubling(40, "Concat")),
                bomb("text that is joined with itself forty times", size(1), doubling(40, "StringConcat")),
                bomb("one large constant in a thousand forms", size(1 << 25), many(1000)),
                bomb(
                        "TfIdfVectorizer",
                        size(1),
                        node("TfIdfVectorizer", "x").addAttribute(Onnx.ints("ngram_indexes", HUGE))),
                bomb("a Constant that is sparse", size(1), sparseConstant()),
                bomb("in a body", size(1), inBody(node("ConstantOfShape", "size_inside"))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("bombs")
    void isRefused(String name, ModelProto.Builder model) {
        assertRefused(name, model, Rule.CONSTANT_TOO_LARGE);
    }

    private static void assertRefused(String name, ModelProto.Builder model, Rule rule) {
        assertThat(model.build().getSerializedSize()).as(name).isLessThan(100_000);
        assertThatThrownBy(() -> OnnxAdmission.check(Onnx.source(model), AdmissionPolicy.defaults()))
                .as(name)
                .isInstanceOfSatisfying(
                        ArtifactRejectedException.class,
                        e -> assertThat(e.rule()).isEqualTo(rule))
                .hasMessageContainingAll("(expected: ", "; ", "[" + rule.id() + "]");
    }

    @Test
    void aSparseInitializerIsRefusedByWhatItIsWrittenOut() {
        SparseTensorProto.Builder sparse = SparseTensorProto.newBuilder()
                .addDims(HUGE)
                .setValues(Onnx.floats("s", 1))
                .setIndices(Onnx.longs("", 0));
        assertRefused(
                "sparse",
                Onnx.model(Onnx.graph(node("Relu", "x")).addSparseInitializer(sparse)),
                Rule.CONSTANT_TOO_LARGE);
    }

    // ---- loops and functions

    @Test
    void aLoopThatAlwaysRunsToItsHugeEndIsRefused() {
        for (boolean passedOn : new boolean[] {true, false}) {
            assertRefused("loop", Onnx.model(loops(1, HUGE, passedOn)), Rule.LOOP_TOO_LONG);
            assertRefused("loops in loops", Onnx.model(loops(4, 1000, passedOn)), Rule.LOOP_TOO_LONG);
        }
        assertThat(check(Onnx.model(loops(2, 1000, true))).constantBytes()).isZero();
    }

    @Test
    void aLoopThatMayEndIsLetIn() {
        // As exporters write "while": the largest number of rounds that there is, and a condition.
        GraphProto.Builder body = GraphProto.newBuilder()
                .addInput(Onnx.value("i", Onnx.INT64))
                .addInput(Onnx.value("c", 9))
                .addNode(Onnx.node("ReduceMax", "x", "largest"))
                .addNode(Onnx.node("Less", List.of("largest", "one"), List.of("c_after")))
                .addOutput(Onnx.value("c_after", 9));
        GraphProto.Builder graph = Onnx.graph(
                        Onnx.node("Loop", List.of("rounds", "true"), List.of())
                                .addAttribute(Onnx.subgraph("body", body)),
                        node("Relu", "x"))
                .addInitializer(Onnx.longs("rounds", Long.MAX_VALUE).clearDims())
                .addInitializer(yes())
                .addInitializer(Onnx.floats("one", 1));
        assertThat(check(Onnx.model(graph)).constantBytes()).isZero();
    }

    @Test
    void functionsThatCallEachOtherTwiceAreCountedOut() {
        ModelProto.Builder model = Onnx.model(Onnx.graph(call("f30", "x", "y")));
        model.addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("own").setVersion(1));
        for (int i = 30; i >= 0; i--) {
            FunctionProto.Builder function = function("f" + i);
            function.addNode(i == 0 ? Onnx.node("Relu", "a", "h") : call("f" + (i - 1), "a", "h"));
            function.addNode(i == 0 ? Onnx.node("Relu", "h", "b") : call("f" + (i - 1), "h", "b"));
            model.addFunctions(function);
        }
        assertRefused("functions", model, Rule.TOO_MANY_PARTS);
    }

    @Test
    void functionsThatCallThemselvesAreRefused() {
        ModelProto.Builder model = Onnx.model(Onnx.graph(call("f", "x", "y")));
        model.addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("own").setVersion(1));
        model.addFunctions(function("f").addNode(call("g", "a", "b")));
        model.addFunctions(function("g").addNode(call("f", "a", "b")));
        assertRefused("functions", model, Rule.RECURSIVE_FUNCTION);
    }

    @Test
    void constantsOfAFunctionCountAsOftenAsItIsCalled() {
        ModelProto.Builder model = Onnx.model(Onnx.graph());
        model.addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("own").setVersion(1));
        for (int i = 0; i < 100; i++) {
            model.getGraphBuilder().addNode(call("f", "x", "y" + i));
        }
        model.addFunctions(function("f")
                .addNode(Onnx.node("Constant", List.of(), List.of("n")).addAttribute(Onnx.ints("value_ints", 1 << 22)))
                .addNode(Onnx.node("ConstantOfShape", "n", "large"))
                .addNode(Onnx.node("Add", List.of("a", "large"), List.of("b"))));
        assertRefused("functions", model, Rule.CONSTANT_TOO_LARGE);
    }

    // ---- what is let in

    @Test
    void theEstimateIsWhatAConstantTakesBeyondItsInputs() {
        GraphProto.Builder graph = Onnx.graph(
                        Onnx.node("ConstantOfShape", "size", "zeros"),
                        Onnx.node("Add", List.of("x", "zeros"), List.of("y")))
                .addInitializer(Onnx.longs("size", 1000));
        LoadEstimate estimate = check(Onnx.model(graph));
        assertThat(estimate.valueBytes()).isEqualTo(8);
        assertThat(estimate.constantBytes()).isEqualTo(4 * 1000 - 8);
        assertThat(estimate.residentBytes()).isEqualTo(4 * 1000);
    }

    @Test
    void aConstantThatTakesTheOldOnesPlaceCountsOnce() {
        GraphProto.Builder graph = Onnx.graph(
                        Onnx.node("Transpose", "w", "a"), Onnx.node("Neg", "a", "b"), Onnx.node("Identity", "b", "c"))
                .addInitializer(
                        Onnx.floats("w", 1, 2, 3, 4).clearDims().addDims(2).addDims(2));
        assertThat(check(Onnx.model(graph)).constantBytes()).isZero();
    }

    /** The engine refuses them; here they must not stop the estimate. */
    @Test
    void nodesWithoutTheInputsThatTheyNeedAreNoBombs() {
        for (String opType : List.of(
                "Identity",
                "Cast",
                "Slice",
                "Concat",
                "Reshape",
                "Gather",
                "Pad",
                "Tile",
                "Expand",
                "Range",
                "OneHot",
                "Resize",
                "MatMul",
                "Einsum",
                "ReduceSum",
                "Add",
                "Transpose",
                "Squeeze",
                "Shape",
                "Size",
                "NonZero",
                "EyeLike",
                "ConstantOfShape",
                "Constant",
                "StringConcat",
                "Conv",
                "ConvTranspose",
                "MaxUnpool",
                "Loop",
                "HannWindow",
                "MelWeightMatrix",
                "TfIdfVectorizer",
                "RoiAlign",
                "RandomNormal",
                "Multinomial",
                "Upsample")) {
            for (String[] inputs : new String[][] {{}, {""}, {"", "size"}, {"size", ""}, {"", "", "", ""}}) {
                ModelProto.Builder model = Onnx.model(graph(List.of(node(opType, inputs)), 2));
                assertThat(check(model).constantBytes())
                        .as("%s%s", opType, List.of(inputs))
                        .isLessThan(100);
            }
        }
    }

    @Test
    void whatAHostAllowsIsLetIn() {
        ModelProto.Builder model = Onnx.model(graph(List.of(node("ConstantOfShape", "size")), 1 << 29));
        assertThatThrownBy(() -> check(model)).isInstanceOf(ArtifactRejectedException.class);
        AdmissionPolicy wide = AdmissionPolicy.defaults().withConstantBytes(1L << 32);
        assertThat(OnnxAdmission.check(Onnx.source(model), wide).constantBytes())
                .isGreaterThan(2_000_000_000);
    }

    private static LoadEstimate check(ModelProto.Builder model) {
        return OnnxAdmission.check(Onnx.source(model), AdmissionPolicy.defaults());
    }

    // ---- parts of bombs

    private static long[] size(long... sizes) {
        return sizes;
    }

    private static Arguments bomb(String name, long[] size, Object... parts) {
        List<NodeProto.Builder> nodes = new ArrayList<>();
        for (Object part : parts) {
            if (part instanceof NodeProto.Builder one) {
                nodes.add(one);
            } else {
                ((List<?>) part).forEach(each -> nodes.add((NodeProto.Builder) each));
            }
        }
        return Arguments.of(name, Onnx.model(graph(nodes, size)));
    }

    private static GraphProto.Builder graph(List<NodeProto.Builder> nodes, long... size) {
        return Onnx.graph(nodes.toArray(new NodeProto.Builder[0]))
                .addInitializer(Onnx.longs("size", size))
                .addInitializer(Onnx.longs("zero", 0).clearDims())
                .addInitializer(Onnx.longs("step", 1).clearDims())
                .addInitializer(Onnx.longs("axis", 0))
                .addInitializer(Onnx.longs("index", 0))
                .addInitializer(Onnx.longs("million", 1 << 20))
                .addInitializer(Onnx.longs("tall_size", 1 << 20, 1))
                .addInitializer(Onnx.longs("wide_size", 1, 1 << 20))
                .addInitializer(Onnx.longs("square_size", 1 << 14, 1 << 15))
                .addInitializer(Onnx.floats("one", 1))
                .addInitializer(Onnx.floats("pair", 0, 1))
                .addInitializer(Onnx.floats("square", 1).clearDims().addDims(1).addDims(1))
                .addInitializer(Onnx.floats("scales", 1 << 20, 1 << 20));
    }

    private static NodeProto.Builder node(String opType, String... inputs) {
        return Onnx.node(opType, List.of(inputs), List.of("y"));
    }

    private static NodeProto.Builder scalar(String from) {
        return Onnx.node("Squeeze", from, "scalar");
    }

    private static NodeProto.Builder tall() {
        return Onnx.node("ConstantOfShape", "tall_size", "tall");
    }

    private static NodeProto.Builder wide() {
        return Onnx.node("ConstantOfShape", "wide_size", "wide");
    }

    private static NodeProto.Builder constantOfShape(String size) {
        return Onnx.node("ConstantOfShape", size, "s");
    }

    private static List<NodeProto.Builder> gather(String from, String indices) {
        return List.of(
                Onnx.node("Cast", "tall", indices)
                        .addAttribute(Onnx.attribute("to", AttributeType.INT).setI(7)),
                node("Gather", from, indices));
    }

    private static NodeProto.Builder product() {
        return Onnx.node("Mul", List.of("size", "million"), List.of("s"));
    }

    private static NodeProto.Builder joined() {
        return Onnx.node("Concat", List.of("size", "million"), List.of("s"))
                .addAttribute(Onnx.attribute("axis", AttributeType.INT).setI(0));
    }

    private static List<NodeProto.Builder> cast() {
        return List.of(
                Onnx.node("Cast", "size", "s1")
                        .addAttribute(Onnx.attribute("to", AttributeType.INT).setI(1)),
                Onnx.node("Gather", List.of("s1", "index"), List.of("s2")),
                Onnx.node("Reshape", List.of("s2", "index_shape"), List.of("s3")),
                Onnx.node("Constant", List.of(), List.of("index_shape")).addAttribute(Onnx.ints("value_ints", -1)));
    }

    private static List<NodeProto.Builder> doubling(int times, String opType) {
        List<NodeProto.Builder> nodes = new ArrayList<>();
        boolean text = opType.equals("StringConcat");
        nodes.add(
                text
                        ? Onnx.node("Constant", List.of(), List.of("d0"))
                                .addAttribute(Onnx.attribute("value", AttributeType.TENSOR)
                                        .setT(TensorProto.newBuilder()
                                                .setDataType(8)
                                                .addDims(1)
                                                .addStringData(ByteString.copyFromUtf8("abc"))))
                        : Onnx.node("ConstantOfShape", "size", "d0"));
        for (int i = 0; i < times; i++) {
            nodes.add(Onnx.node(opType, List.of("d" + i, "d" + i), List.of("d" + (i + 1))));
        }
        return nodes;
    }

    private static List<NodeProto.Builder> many(int number) {
        List<NodeProto.Builder> nodes = new ArrayList<>();
        nodes.add(Onnx.node("ConstantOfShape", "size", "large"));
        for (int i = 0; i < number; i++) {
            nodes.add(Onnx.node("Neg", "large", "n" + i));
        }
        return nodes;
    }

    private static NodeProto.Builder sparseConstant() {
        return node("Constant")
                .addAttribute(Onnx.attribute("sparse_value", AttributeType.SPARSE_TENSOR)
                        .setSparseTensor(SparseTensorProto.newBuilder()
                                .addDims(HUGE)
                                .setValues(Onnx.floats("", 1))
                                .setIndices(Onnx.longs("", 0))));
    }

    private static NodeProto.Builder inBody(NodeProto.Builder inside) {
        GraphProto.Builder body = GraphProto.newBuilder()
                .addInitializer(Onnx.longs("size_inside", HUGE))
                .addNode(inside)
                .addOutput(Onnx.value("y", Onnx.FLOAT));
        return Onnx.node("If", List.of("x"), List.of("chosen"))
                .addAttribute(Onnx.subgraph("then_branch", body))
                .addAttribute(Onnx.subgraph("else_branch", body));
    }

    private static TensorProto.Builder yes() {
        return TensorProto.newBuilder().setName("true").setDataType(9).addInt32Data(1);
    }

    private static GraphProto.Builder loops(int deep, long rounds, boolean passedOn) {
        NodeProto.Builder inner = Onnx.node("Relu", "x", "h0");
        for (int i = 1; i <= deep; i++) {
            GraphProto.Builder body = GraphProto.newBuilder()
                    .addInput(Onnx.value("i" + i, Onnx.INT64))
                    .addInput(Onnx.value("c" + i, 9))
                    .addNode(inner)
                    .addNode(Onnx.node("Identity", passedOn ? "c" + i : "true", "go" + i))
                    .addOutput(Onnx.value("go" + i, 9));
            inner = Onnx.node("Loop", List.of("rounds", "true"), List.of()).addAttribute(Onnx.subgraph("body", body));
        }
        return Onnx.graph(inner, node("Relu", "x"))
                .addInitializer(Onnx.longs("rounds", rounds).clearDims())
                .addInitializer(yes());
    }

    private static NodeProto.Builder call(String function, String input, String output) {
        return Onnx.node(function, input, output).setDomain("own");
    }

    private static FunctionProto.Builder function(String name) {
        return FunctionProto.newBuilder()
                .setName(name)
                .setDomain("own")
                .addInput("a")
                .addOutput("b")
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17));
    }
}
