package io.maas.backend.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.common.io.ByteSource;
import com.google.protobuf.ByteString;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.onnx.OnnxReader;
import io.maas.graph.onnx.OnnxWriter;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A model of an older opset, as the engine reads it, and the graph that is made of it compute the same bits. */
class OldOpsetsTest {
    /** Models of one node from {@code x} to {@code y}, or of a few, and what they are run on. */
    private static final class Case {
        private final String title;
        private final int opset;
        private final GraphProto.Builder graph = GraphProto.newBuilder().setName("old");
        private final List<Tensors.Entry> inputs = new ArrayList<>();

        Case(String title, int opset) {
            this.title = title;
            this.opset = opset;
        }

        /** Sizes below 0 are declared by a symbol. */
        Case input(String name, DataType dataType, long... sizes) {
            long[] actual = LongStream.of(sizes).map(Math::abs).toArray();
            Object[] declared = LongStream.of(sizes)
                    .mapToObj(size -> size < 0 ? (Object) (name + -size) : (Object) size)
                    .toArray();
            graph.addInput(Models.value(Models.spec(name, dataType, declared)));
            Random random = new Random(name.hashCode());
            double[] values = random.doubles(Shape.of(actual).elements(), -3, 3).toArray();
            inputs.add(new Tensors.Entry(name, Tensor.of(dataType, values, Shape.of(actual))));
            return this;
        }

        Case given(String name, Tensor tensor) {
            graph.addInput(Models.value(
                    Models.spec(name, tensor.dataType(), tensor.shape().dimensions())));
            inputs.add(new Tensors.Entry(name, tensor));
            return this;
        }

        Case x(long... sizes) {
            return input("x", DataType.FLOAT32, sizes);
        }

        Case node(NodeProto.Builder node) {
            graph.addNode(node);
            return this;
        }

        Case node(String op, String inputs, String outputs, AttributeProto... attributes) {
            return node(OldOpsetsTest.node(op, inputs, outputs, attributes));
        }

        Case longs(String name, long... values) {
            graph.addInitializer(constant(name, values));
            return this;
        }

        Case floats(String name, float... values) {
            TensorProto.Builder tensor =
                    TensorProto.newBuilder().setName(name).setDataType(1).addDims(values.length);
            for (float each : values) {
                tensor.addFloatData(each);
            }
            graph.addInitializer(tensor);
            return this;
        }

        Case output(String name, DataType dataType) {
            graph.addOutput(typed(name, dataType));
            return this;
        }

        byte[] bytes() {
            if (graph.getOutputCount() == 0) {
                output("y", DataType.FLOAT32);
            }
            return ModelProto.newBuilder()
                    .setIrVersion(6)
                    .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(opset))
                    .setGraph(graph)
                    .build()
                    .toByteArray();
        }

        @Override
        public String toString() {
            return title + " @" + opset;
        }
    }

    private static Case of(String title, int opset, AttributeProto... attributes) {
        return new Case(title, opset).x(-2, 3, 4).node(title.replaceAll(" .*", ""), "x", "y", attributes);
    }

    static Stream<Case> reductions() {
        return Stream.of("L1", "L2", "LogSumExp", "Max", "Mean", "Min", "Prod", "Sum", "SumSquare")
                .map(each -> "Reduce" + each)
                .flatMap(op -> Stream.of(
                        of(op + " over all", 11),
                        of(op + " over two", 11, ints("axes", 0, 2)),
                        of(op + " from the end", 12, ints("axes", -1), Models.attribute("keepdims", 0)),
                        of(op + " without its axes", 8, ints("axes", 1), Models.attribute("keepdims", 0)),
                        of(op + " over an empty list", 12, ints("axes"))));
    }

    static Stream<Case> reductionsUpTo17() {
        return Stream.of("L1", "L2", "LogSumExp", "Max", "Mean", "Min", "Prod", "SumSquare")
                .map(each -> of("Reduce" + each + " of late", 17, ints("axes", -2)));
    }

    static Stream<Case> shapes() {
        return Stream.of(
                new Case("Squeeze", 11).x(1, -3, 1).node("Squeeze", "x", "y", ints("axes", 0)),
                new Case("Squeeze from the end", 11).x(1, -3, 1).node("Squeeze", "x", "y", ints("axes", -1)),
                new Case("Squeeze of all", 9).x(1, 3, 1).node("Squeeze", "x", "y"),
                of("Unsqueeze", 11, ints("axes", 0, 2)),
                of("Unsqueeze from the end", 12, ints("axes", -1)),
                parts(new Case("Split", 11), Models.attribute("axis", 2), ints("split", 1, 3)),
                parts(new Case("Split in equal parts", 11), Models.attribute("axis", 2)),
                parts(new Case("Split in equal parts", 13), Models.attribute("axis", -1)),
                parts(new Case("Split by an input", 13).longs("split", 3, 1), "x split", Models.attribute("axis", 2)),
                of("Slice", 9, ints("starts", 0, -3), ints("ends", 1, Long.MAX_VALUE), ints("axes", 0, 2)),
                of("Slice of the first axes", 9, ints("starts", 1, 1), ints("ends", 2, -1)),
                of("Pad", 10, ints("pads", 0, 1, 0, 0, 0, 2), decimal("value", 7.5f)),
                of("Pad without a value", 8, ints("pads", 0, 1, 0, 0, 0, 2)),
                of("Pad by reflection", 10, ints("pads", 0, 1, 0, 0, 1, 2), text("mode", "reflect")),
                new Case("Pad of doubles", 10)
                        .input("x", DataType.FLOAT64, 2, 2)
                        .node("Pad", "x", "y", ints("pads", 0, 1, 0, 0), decimal("value", 0.25f))
                        .output("y", DataType.FLOAT64),
                of("Flatten", 9, Models.attribute("axis", 2)));
    }

    private static Case parts(Case model, AttributeProto... attributes) {
        return parts(model, "x", attributes);
    }

    private static Case parts(Case model, String inputs, AttributeProto... attributes) {
        return model.x(2, 3, 4)
                .node("Split", inputs, "y z", attributes)
                .output("y", DataType.FLOAT32)
                .output("z", DataType.FLOAT32);
    }

    static Stream<Case> elementwise() {
        return Stream.of(
                of("Clip", 10, decimal("min", -0.5f), decimal("max", 1.25f)),
                of("Clip from below", 7, decimal("min", 0)),
                of("Clip from above", 10, decimal("max", 1)),
                of("Clip at nothing", 10),
                new Case("Clip of a type that is not known", 10)
                        .x(-2, 3)
                        .node("If", "c", "h", same("then"), same("else"))
                        .given("c", Tensor.of(new boolean[] {true}))
                        .node("Clip", "h", "y", decimal("max", 1)),
                of("Dropout", 11, decimal("ratio", 0.75f)),
                of("Dropout without a ratio", 7),
                of("Relu", 12),
                new Case("Gemm", 9)
                        .x(2, 3)
                        .node("Gemm", "x x c", "y", Models.attribute("transB", 1))
                        .floats("c", 1, 2),
                new Case("BatchNormalization", 8)
                        .x(2, 3, 4)
                        .node("BatchNormalization", "x a b c d", "y", Models.attribute("spatial", 1))
                        .floats("a", 1, 2, 3)
                        .floats("b", 3, 2, 1)
                        .floats("c", 0.5f, 0.25f, 0)
                        .floats("d", 1, 2, 1));
    }

    static Stream<Case> softmaxes() {
        return Stream.of("Softmax", "LogSoftmax", "Hardmax")
                .flatMap(op -> Stream.of(
                        of(op + " by default", 9),
                        of(op + " over two axes", 11, Models.attribute("axis", 1)),
                        of(op + " over all axes", 11, Models.attribute("axis", 0)),
                        of(op + " from the end", 11, Models.attribute("axis", -2)),
                        of(op + " over the last", 12, Models.attribute("axis", -1)),
                        of(op + " over the last by number", 12, Models.attribute("axis", 2)),
                        new Case(op + " of a rank that is not known", 12)
                                .x(-2, 3, 4)
                                .node("If", "c", "h", same("then"), same("else"))
                                .given("c", Tensor.of(new boolean[] {true}))
                                .node(op, "h", "y", Models.attribute("axis", 1))));
    }

    static Stream<Case> others() {
        return Stream.of(
                new Case("TopK", 9)
                        .x(-2, 5)
                        .node("TopK", "x", "y i", Models.attribute("k", 2))
                        .output("y", DataType.FLOAT32)
                        .output("i", DataType.INT64),
                new Case("Upsample", 8).x(1, 1, 2, 3).node("Upsample", "x", "y", decimals("scales", 1, 1, 2, 1.5f)),
                new Case("Upsample by an input", 9)
                        .x(1, 1, 2, 3)
                        .node("Upsample", "x s", "y")
                        .floats("s", 1, 1, 2.5f, 3),
                new Case("Upsample by lines", 9)
                        .x(1, 1, 2, 3)
                        .node("Upsample", "x s", "y", text("mode", "linear"))
                        .floats("s", 1, 1, 2, 3),
                new Case("Resize", 10).x(1, 1, 2, 3).node("Resize", "x s", "y").floats("s", 1, 1, 2.5f, 3),
                new Case("Resize to less", 10)
                        .x(1, 1, 7, 5)
                        .node("Resize", "x s", "y")
                        .floats("s", 1, 1, 0.6f, 0.5f),
                new Case("Resize by lines", 10)
                        .x(1, 1, 6, 3)
                        .node("Resize", "x s", "y", text("mode", "linear"))
                        .floats("s", 1, 1, 0.5f, 2),
                new Case("Resize to sizes", 11)
                        .x(1, 1, 6, 3)
                        .node("Resize", "x roi s sizes", "y", text("mode", "linear"))
                        .floats("roi")
                        .floats("s")
                        .longs("sizes", 1, 1, 3, 5),
                new Case("RoiAlign", 10)
                        .x(1, 1, 8, 8)
                        .node(
                                "RoiAlign",
                                "x rois batch",
                                "y",
                                Models.attribute("output_height", 2),
                                Models.attribute("output_width", 3),
                                Models.attribute("sampling_ratio", 2))
                        .given("rois", Tensor.of(new float[] {0.5f, 1, 5.5f, 6}, 1, 4))
                        .longs("batch", 0),
                new Case("Scatter", 9)
                        .x(3, 4)
                        .node("Scatter", "x i u", "y", Models.attribute("axis", 1))
                        .input("u", DataType.FLOAT32, 1, 2)
                        .given("i", Tensor.of(new long[] {3, 1}, 1, 2)),
                new Case("GRU", 7)
                        .x(4, 2, 3)
                        .input("w", DataType.FLOAT32, 1, 6, 3)
                        .input("r", DataType.FLOAT32, 1, 6, 2)
                        .node("GRU", "x w r", "y", Models.attribute("hidden_size", 2)),
                new Case("DynamicQuantizeLinear", 11)
                        .x(2, 3)
                        .node("DynamicQuantizeLinear", "x", "q s z")
                        .node("DequantizeLinear", "q s z", "y"));
    }

    /** A body whose type and shape nothing outside tells. */
    private static AttributeProto same(String name) {
        return body(
                name + "_branch",
                GraphProto.newBuilder()
                        .setName(name)
                        .addNode(node("Identity", "x", name))
                        .addOutput(typed(name, DataType.FLOAT32))
                        .build());
    }

    static Stream<Case> bodies() {
        GraphProto squeeze = GraphProto.newBuilder()
                .setName("then")
                .addNode(node("Squeeze", "x", "squeezed", ints("axes", 0)))
                .addNode(node("Clip", "squeezed", "then", decimal("max", 0.5f)))
                .addOutput(typed("then", DataType.FLOAT32))
                .build();
        GraphProto softmax = GraphProto.newBuilder()
                .setName("else")
                .addNode(node("Softmax", "x", "soft", Models.attribute("axis", 1)))
                .addNode(node("ReduceSum", "soft", "else", ints("axes", 0), Models.attribute("keepdims", 0)))
                .addOutput(typed("else", DataType.FLOAT32))
                .build();
        GraphProto loop = GraphProto.newBuilder()
                .setName("loop")
                .addInput(scalar("i", DataType.INT64))
                .addInput(scalar("go", DataType.BOOL))
                .addInput(typed("state", DataType.FLOAT32))
                .addNode(node("Unsqueeze", "state", "wide", ints("axes", 0)))
                .addNode(node("ReduceSum", "wide", "sum", ints("axes", 0), Models.attribute("keepdims", 0)))
                .addNode(node("Add", "sum x", "next"))
                .addNode(node("Identity", "go", "again"))
                .addOutput(scalar("again", DataType.BOOL))
                .addOutput(typed("next", DataType.FLOAT32))
                .build();
        return Stream.of(
                branch("If so", true, squeeze, softmax),
                branch("If not", false, squeeze, softmax),
                new Case("Loop", 11)
                        .x(-2, 3)
                        .longs("trips", 3)
                        .node("Squeeze", "trips", "count", ints("axes", 0))
                        .node("Loop", "count _ x", "y", body("body", loop)));
    }

    private static Case branch(String title, boolean condition, GraphProto then, GraphProto otherwise) {
        return new Case(title, 10)
                .x(1, -2, 3)
                .given("c", Tensor.of(new boolean[] {condition}))
                .node("If", "c", "y", body("then_branch", then), body("else_branch", otherwise));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource({"reductions", "reductionsUpTo17", "shapes", "elementwise", "softmaxes", "others", "bodies"})
    void computesTheSameBits(Case model) {
        byte[] original = model.bytes();
        Graph graph = OnnxReader.read(ByteSource.wrap(original));
        assertThat(graph.opset()).isEqualTo(18);

        Tensors inputs = Tensors.copyOf(model.inputs);
        Tensors expected = run(original, inputs);
        assertThat(run(OnnxWriter.write(graph), inputs)).isEqualTo(expected);
        try (Program program = new OnnxRuntimeBackend().compile(graph, ProgramOptions.serving())) {
            assertThat(program.run(inputs)).isEqualTo(expected);
        }
    }

    private static Tensors run(byte[] model, Tensors inputs) {
        try (Program program = new OnnxRuntimeBackend().load(ByteSource.wrap(model), ProgramOptions.serving())) {
            return program.run(inputs);
        }
    }

    @Test
    void newNamesClashWithNone() {
        // Whatever the upgrade would call its values, the model has it already, outside or in a body.
        GraphProto body = GraphProto.newBuilder()
                .setName("body")
                .addNode(node("Unsqueeze", "x", "upgrade/constant_2", ints("axes", 0)))
                .addNode(node("Softmax", "upgrade/constant_2", "upgrade/inner", Models.attribute("axis", 1)))
                .addOutput(typed("upgrade/inner", DataType.FLOAT32))
                .build();
        computesTheSameBits(new Case("names", 9)
                .x(1, -2, 3)
                .given("c", Tensor.of(new boolean[] {true}))
                .node("Squeeze", "x", "upgrade/constant", ints("axes", 0))
                .node("Softmax", "upgrade/constant", "upgrade/Flatten", Models.attribute("axis", 0))
                .node("If", "c", "upgrade/Shape", body("then_branch", body), body("else_branch", renamed(body)))
                .node("Add", "upgrade/Flatten upgrade/Shape", "y"));
    }

    private static GraphProto renamed(GraphProto body) {
        GraphProto.Builder renamed = body.toBuilder();
        renamed.getNodeBuilder(0).setOutput(0, "upgrade/constant_3");
        renamed.getNodeBuilder(1).setInput(0, "upgrade/constant_3").setOutput(0, "upgrade/Reshape");
        return renamed.setOutput(0, typed("upgrade/Reshape", DataType.FLOAT32)).build();
    }

    @Test
    void theLastAxisTakesNoDetour() {
        Graph last = OnnxReader.read(ByteSource.wrap(
                of("Softmax over the last", 11, Models.attribute("axis", 2)).bytes()));
        assertThat(last.nodes()).extracting(Node::op).containsExactly(Op.SOFTMAX);
        assertThat(last.nodes().get(0).attributes().longValue("axis", 0)).isEqualTo(-1);
    }

    // ----

    /** Names are separated by blanks; {@code _} is one left out. */
    private static NodeProto.Builder node(String op, String inputs, String outputs, AttributeProto... attributes) {
        return NodeProto.newBuilder()
                .setOpType(op)
                .addAllInput(names(inputs))
                .addAllOutput(names(outputs))
                .addAllAttribute(List.of(attributes));
    }

    private static List<String> names(String text) {
        return Arrays.stream(text.split(" "))
                .map(name -> name.equals("_") ? "" : name)
                .toList();
    }

    private static ValueInfoProto typed(String name, DataType dataType) {
        TypeProto.Tensor tensor = TypeProto.Tensor.newBuilder()
                .setElemType(Models.onnxType(dataType))
                .build();
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder().setTensorType(tensor))
                .build();
    }

    private static ValueInfoProto scalar(String name, DataType dataType) {
        return Models.value(Models.spec(name, dataType));
    }

    private static TensorProto constant(String name, long... values) {
        TensorProto.Builder tensor =
                TensorProto.newBuilder().setName(name).setDataType(7).addDims(values.length);
        for (long each : values) {
            tensor.addInt64Data(each);
        }
        return tensor.build();
    }

    private static AttributeProto.Builder attribute(String name, AttributeType type) {
        return AttributeProto.newBuilder().setName(name).setType(type);
    }

    private static AttributeProto ints(String name, long... values) {
        AttributeProto.Builder ints = attribute(name, AttributeType.INTS);
        LongStream.of(values).forEach(ints::addInts);
        return ints.build();
    }

    private static AttributeProto decimal(String name, float value) {
        return attribute(name, AttributeType.FLOAT).setF(value).build();
    }

    private static AttributeProto decimals(String name, float... values) {
        AttributeProto.Builder decimals = attribute(name, AttributeType.FLOATS);
        for (float each : values) {
            decimals.addFloats(each);
        }
        return decimals.build();
    }

    private static AttributeProto text(String name, String value) {
        return attribute(name, AttributeType.STRING)
                .setS(ByteString.copyFromUtf8(value))
                .build();
    }

    private static AttributeProto body(String name, GraphProto body) {
        return attribute(name, AttributeType.GRAPH).setG(body).build();
    }
}
