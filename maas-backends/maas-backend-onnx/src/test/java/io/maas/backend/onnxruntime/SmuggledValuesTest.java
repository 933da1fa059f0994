package io.maas.backend.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.SparseTensorProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TrainingInfoProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import com.google.common.io.ByteSource;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.maas.Maas;
import io.maas.backend.Backends;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.Rule;
import io.maas.graph.GraphBuilder;
import io.maas.model.Artifact;
import io.maas.model.Prediction;
import io.maas.registry.StoredModelRegistry;
import io.maas.registry.Version;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.io.TempDirFactory;

/**
 * Models that ask the engine for values from elsewhere, in each place and form that is known, go the whole way from the registry to an
 * answer: what lies in a file that is not their own never comes out.
 */
class SmuggledValuesTest {
    private static final float SECRET = 1234.5f;

    @TempDir(factory = InMemory.class)
    Path folder;

    private Path canary;
    private Maas maas;

    /** Where writing through costs nothing, if the system has such a place. */
    static final class InMemory implements TempDirFactory {
        @Override
        public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext context) throws IOException {
            Path memory = Path.of("/dev/shm");
            return Files.isWritable(memory)
                    ? Files.createTempDirectory(memory, "maas-test-")
                    : Files.createTempDirectory("maas-test-");
        }
    }

    @BeforeEach
    void open() throws IOException {
        canary = folder.resolve("canary.bin");
        Files.write(canary, floats(SECRET, SECRET, SECRET, SECRET));
        maas = Maas.open(StoredModelRegistry.open(folder.resolve("models")), Backends.of(new OnnxRuntimeBackend()));
    }

    @AfterEach
    void close() {
        maas.close();
    }

    @Test
    void nothingComesOut() throws IOException {
        List<String> leaks = new ArrayList<>();
        Map<String, byte[]> crafted = crafted();
        int number = 0;
        for (Map.Entry<String, byte[]> each : crafted.entrySet()) {
            Artifact artifact = artifact(each.getValue())
                    .withFile("weights.bin", ByteSource.wrap(floats(1, 2, 3, 4)))
                    .withFile("labels.txt", ByteSource.wrap(floats(SECRET, SECRET, SECRET, SECRET)));
            String name = "crafted" + number++;
            maas.registry().publish(name, artifact);
            try {
                maas.deploy(name);
                leaks.add(each.getKey() + " is let in and answers "
                        + maas.model(name).predict(ones()).outputs());
            } catch (ArtifactRejectedException e) {
                assertThat(e.rule())
                        .as("%s: %s", each.getKey(), e.getMessage())
                        .isIn(Rule.EXTERNAL_DATA, Rule.NOT_ONNX, Rule.UNKNOWN_FIELD, Rule.TENSOR_SIZE);
                assertThat(e).hasMessageNotContaining("1234.5");
            }
        }
        assertThat(leaks).isEmpty();
        assertThat(crafted).hasSize(53);
    }

    /** Without admission the same model does read the file, so that the set means something. */
    @Test
    void theEngineAloneReadsThem() throws IOException, OrtException {
        Path file = folder.resolve("model.onnx");
        Files.write(
                file,
                model(graph(add("w")).addInitializer(outside("w", "canary.bin")))
                        .build()
                        .toByteArray());
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions();
                OrtSession session = environment.createSession(file.toString(), options);
                OnnxTensor x = OnnxTensor.createTensor(environment, FloatBuffer.wrap(new float[4]), new long[] {1, 4});
                OrtSession.Result result = session.run(Map.of("x", x))) {
            assertThat(((OnnxTensor) result.get(0)).getFloatBuffer().get(0)).isEqualTo(SECRET);
        }
    }

    // ---- a version's own files

    @Test
    void valuesInAFileOfTheVersionAreItsOwn() throws IOException {
        Files.write(folder.resolve("weights.bin"), floats(10, 20, 30, 40));
        Path file = folder.resolve("exported.onnx");
        Files.write(
                file,
                model(graph(add("w")).addInitializer(outside("w", "weights.bin")))
                        .build()
                        .toByteArray());
        Version version = maas.registry().publish("sum", Artifact.ofOnnx(file));
        assertThat(version.manifest().files()).containsOnlyKeys("model.onnx", "weights.bin");
        // What lies there later is of no interest.
        Files.write(folder.resolve("weights.bin"), floats(SECRET, SECRET, SECRET, SECRET));
        Files.write(folder.resolve("models/weights.bin"), floats(SECRET, SECRET, SECRET, SECRET));
        maas.deploy("sum");
        assertThat(answer("sum")).containsExactly(11, 21, 31, 41);

        // The same model with other values is another model.
        maas.registry().publish("twin", Artifact.ofOnnx(file));
        maas.deploy("twin");
        assertThat(answer("twin")).containsOnly(SECRET + 1);
        assertThat(answer("sum")).containsExactly(11, 21, 31, 41);
    }

    @Test
    void aFlippedByteOfTheValuesIsRefused() throws IOException {
        Artifact artifact = artifact(model(graph(add("w")).addInitializer(outside("w", "weights.bin")))
                        .build()
                        .toByteArray())
                .withFile("weights.bin", ByteSource.wrap(floats(1, 2, 3, 4)));
        Version version = maas.registry().publish("sum", artifact);
        String sha256 = Objects.requireNonNull(version.manifest().files().get("weights.bin"))
                .sha256();
        Path blob =
                folder.resolve("models/blobs").resolve(sha256.substring(0, 2)).resolve(sha256);
        assertThat(blob.toFile().setWritable(true)).isTrue();
        Files.write(blob, floats(1, 2, 3, SECRET));
        assertThatThrownBy(() -> maas.deploy("sum"))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageContaining("is damaged: its SHA-256 is another");
    }

    private float[] answer(String name) {
        Prediction prediction = maas.model(name).predict(ones());
        return prediction.outputs().get("y").toFloatArray();
    }

    private static Tensors ones() {
        return Tensors.of("x", Tensor.of(new float[] {1, 1, 1, 1}, 1, 4));
    }

    // ---- the crafted set

    private Map<String, byte[]> crafted() throws IOException {
        String absolute = canary.toAbsolutePath().toString();
        String up = "../".repeat(20) + absolute.substring(1);
        Map<String, byte[]> set = new LinkedHashMap<>();
        places(absolute).forEach((place, model) -> set.put(place, model.build().toByteArray()));
        for (String location : List.of(up, "canary.bin")) {
            Map<String, ModelProto.Builder> places = places(location);
            for (String place : List.of("initializer", "Constant", "body", "function")) {
                set.put(
                        place + " in " + location,
                        Objects.requireNonNull(places.get(place)).build().toByteArray());
            }
        }
        forms(absolute)
                .forEach((form, tensor) -> set.put(
                        form,
                        model(graph(add("w")).addInitializer(tensor)).build().toByteArray()));
        set.put("operator that reads a file", compiledContext(absolute).build().toByteArray());
        set.put("ONNX Runtime's own format behind the mark of a message", twoFormats(absolute));
        set.put(
                "initializer in a field of later versions",
                laterField(absolute).build().toByteArray());
        return set;
    }

    private static Map<String, ModelProto.Builder> places(String location) {
        TensorProto.Builder w = outside("w", location);
        SparseTensorProto.Builder sparse = SparseTensorProto.newBuilder()
                .addDims(4)
                .setValues(w)
                .setIndices(
                        TensorProto.newBuilder().setDataType(7).addDims(4).addAllInt64Data(List.of(0L, 1L, 2L, 3L)));
        SparseTensorProto.Builder indices = SparseTensorProto.newBuilder()
                .addDims(4)
                .setValues(floats("w").setDataType(1))
                .setIndices(outside("", location).setDataType(7).clearDims().addDims(2));
        GraphProto.Builder body = GraphProto.newBuilder()
                .setName("body")
                .addInitializer(w)
                .addNode(node("Add", List.of("x", "w"), "inner"))
                .addOutput(value("inner"));
        GraphProto.Builder deeper = GraphProto.newBuilder()
                .setName("outer")
                .addNode(choice(body, "inner2"))
                .addOutput(value("inner2"));
        FunctionProto.Builder function = FunctionProto.newBuilder()
                .setName("f")
                .setDomain("own")
                .addInput("a")
                .addOutput("b")
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17));
        Map<String, ModelProto.Builder> places = new LinkedHashMap<>();
        places.put("initializer", model(graph(add("w")).addInitializer(w)));
        places.put("sparse initializer", model(graph(add("w")).addSparseInitializer(sparse)));
        places.put("indices of a sparse initializer", model(graph(add("w")).addSparseInitializer(indices)));
        places.put(
                "Constant",
                model(graph(constant(attribute("value", AttributeType.TENSOR).setT(w)), add("w"))));
        places.put(
                "sparse Constant",
                model(graph(
                        constant(attribute("sparse_value", AttributeType.SPARSE_TENSOR)
                                .setSparseTensor(sparse)),
                        add("w"))));
        places.put(
                "list of tensors",
                model(graph(add("x").addAttribute(
                                attribute("many", AttributeType.TENSORS).addTensors(w)))));
        places.put(
                "list of sparse tensors",
                model(graph(add("x").addAttribute(
                                attribute("many", AttributeType.SPARSE_TENSORS).addSparseTensors(sparse)))));
        places.put(
                "tensor of an attribute that says it is a number",
                model(graph(add("x").addAttribute(
                                attribute("axis", AttributeType.INT).setT(w)))));
        places.put(
                "fill of ConstantOfShape",
                model(graph(
                        constant(attribute("value_ints", AttributeType.INTS).addInts(4)),
                        node("ConstantOfShape", List.of("w"), "c")
                                .addAttribute(attribute("value", AttributeType.TENSOR)
                                        .setT(w.clone().clearDims().addDims(1))),
                        add("c"))));
        places.put("body", model(graph(choice(body, "y")).addInput(flag())));
        places.put("body in a body", model(graph(choice(deeper, "y")).addInput(flag())));
        places.put(
                "list of graphs",
                model(graph(add("x").addAttribute(
                                attribute("many", AttributeType.GRAPHS).addGraphs(body)))));
        places.put(
                "function",
                own(function.clone()
                        .addNode(constant(
                                attribute("value", AttributeType.TENSOR).setT(w)))
                        .addNode(node("Add", List.of("a", "w"), "b"))));
        places.put(
                "default of a function",
                own(function.clone()
                        .addAttributeProto(
                                attribute("value", AttributeType.TENSOR).setT(w))
                        .addNode(node("Identity", List.of("a"), "b"))));
        places.put(
                "argument of a function",
                own(function.clone().addAttribute("value").addNode(node("Identity", List.of("a"), "b"))));
        places.get("argument of a function")
                .getGraphBuilder()
                .getNodeBuilder(0)
                .addAttribute(attribute("value", AttributeType.TENSOR).setT(w));
        places.put(
                "initialization of a training",
                model(graph(add("x")))
                        .addTrainingInfo(TrainingInfoProto.newBuilder()
                                .setInitialization(GraphProto.newBuilder().addInitializer(w))));
        places.put(
                "algorithm of a training",
                model(graph(add("x")))
                        .addTrainingInfo(TrainingInfoProto.newBuilder()
                                .setAlgorithm(GraphProto.newBuilder().addInitializer(w))));
        return places;
    }

    private Map<String, TensorProto.Builder> forms(String absolute) throws IOException {
        Map<String, TensorProto.Builder> forms = new LinkedHashMap<>();
        UnaryOperator<TensorProto.Builder> own = tensor -> tensor.setRawData(ByteString.copyFrom(floats(1, 2, 3, 4)));
        forms.put("no place of values, but a file", outside("w", absolute).clearDataLocation());
        forms.put("values of its own and a file", own.apply(outside("w", absolute)));
        forms.put("typed values and a file", outside("w", absolute).addAllFloatData(List.of(1f, 2f, 3f, 4f)));
        forms.put("a place without a file", own.apply(outside("w", absolute).clearExternalData()));
        forms.put(
                "two files, the first its own",
                outside("w", "weights.bin").addExternalData(entry("location", absolute)));
        forms.put(
                "two files, the last its own",
                outside("w", absolute).addExternalData(entry("location", "weights.bin")));
        forms.put("an offset behind the end", outside("w", "weights.bin").addExternalData(entry("offset", "1000000")));
        forms.put("a negative offset", outside("w", "weights.bin").addExternalData(entry("offset", "-16")));
        forms.put(
                "a length that is longer than the values",
                outside("w", "weights.bin").addExternalData(entry("length", "64")));
        forms.put(
                "values arranged elsewhere",
                outside("w", "weights.bin").addExternalData(entry("prepacked_0", absolute)));
        forms.put("memory of the process", outside("w", "*/_ORT_MEM_ADDR_/*").addExternalData(entry("offset", "4096")));
        forms.put(
                "memory, as a file of a later version",
                outside("w", "*/_ORT_IN_MEM_ADDR_/*").addExternalData(entry("offset", "4096")));
        forms.put("backslashes", outside("w", absolute.replace('/', '\\')));
        forms.put("a URL", outside("w", "file://" + absolute));
        forms.put("out and in again", outside("w", "../" + folder.getFileName() + "/canary.bin"));
        forms.put("through its own folder", outside("w", "./weights.bin"));
        forms.put("a zero byte", outside("w", absolute + "\0weights.bin"));
        forms.put("no name at all", outside("w", ""));
        forms.put("the folder", outside("w", "."));
        forms.put("a file of the version that holds no values", outside("w", "labels.txt"));
        forms.put("the model itself", outside("w", "model.onnx").addExternalData(entry("offset", "0")));
        forms.put("a device", outside("w", "/dev/zero"));
        forms.put("what the system knows of the process", outside("w", "/proc/self/environ"));
        forms.put(
                "a segment",
                own.apply(floats("w"))
                        .clearFloatData()
                        .setSegment(TensorProto.Segment.newBuilder().setEnd(4)));
        Path link = folder.resolve("link.bin");
        Files.createSymbolicLink(link, canary);
        forms.put("a link", outside("w", link.toString()));
        return forms;
    }

    private static ModelProto.Builder compiledContext(String absolute) {
        NodeProto.Builder context = node("EPContext", List.of("x"), "y")
                .setDomain("com.microsoft")
                .addAttribute(attribute("embed_mode", AttributeType.INT).setI(0))
                .addAttribute(
                        attribute("ep_cache_context", AttributeType.STRING).setS(ByteString.copyFromUtf8(absolute)));
        return model(graph(context))
                .addOpsetImport(OperatorSetIdProto.newBuilder()
                        .setDomain("com.microsoft")
                        .setVersion(1));
    }

    private static byte[] twoFormats(String absolute) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(new byte[] {8, 8, 18, 4, 'O', 'R', 'T', 'M'});
        model(graph(add("w")).addInitializer(outside("w", absolute)))
                .clearIrVersion()
                .build()
                .writeTo(bytes);
        return bytes.toByteArray();
    }

    private static ModelProto.Builder laterField(String absolute) {
        ByteString tensor = outside("w", absolute).build().toByteString();
        return model(graph(add("x"))
                .setUnknownFields(UnknownFieldSet.newBuilder()
                        .addField(
                                30,
                                UnknownFieldSet.Field.newBuilder()
                                        .addLengthDelimited(tensor)
                                        .build())
                        .build()));
    }

    // ---- parts of models

    private static Artifact artifact(byte[] onnx) {
        GraphBuilder b = new GraphBuilder("same");
        b.output("y", b.mul(b.input("x", DataType.FLOAT32, Shape.symbolic("batch", 4)), 1));
        // As somebody would who writes into the registry himself.
        return Artifact.of(b.build()).withFile(Artifact.MODEL_FILE, ByteSource.wrap(onnx));
    }

    private static byte[] floats(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putFloat(value);
        }
        return bytes.array();
    }

    private static TensorProto.Builder floats(String name) {
        return TensorProto.newBuilder()
                .setName(name)
                .setDataType(1)
                .addDims(4)
                .addAllFloatData(List.of(1f, 2f, 3f, 4f));
    }

    private static TensorProto.Builder outside(String name, String location) {
        return TensorProto.newBuilder()
                .setName(name)
                .setDataType(1)
                .addDims(4)
                .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                .addExternalData(entry("location", location));
    }

    private static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }

    private static AttributeProto.Builder attribute(String name, AttributeType type) {
        return AttributeProto.newBuilder().setName(name).setType(type);
    }

    private static NodeProto.Builder node(String opType, List<String> inputs, String output) {
        return NodeProto.newBuilder().setOpType(opType).addAllInput(inputs).addOutput(output);
    }

    private static NodeProto.Builder add(String other) {
        return node("Add", List.of("x", other), "y");
    }

    private static NodeProto.Builder constant(AttributeProto.Builder value) {
        return node("Constant", List.of(), "w").addAttribute(value);
    }

    private static NodeProto.Builder choice(GraphProto.Builder body, String output) {
        return node("If", List.of("flag"), output)
                .addAttribute(attribute("then_branch", AttributeType.GRAPH).setG(body))
                .addAttribute(attribute("else_branch", AttributeType.GRAPH).setG(body));
    }

    private static GraphProto.Builder graph(NodeProto.Builder... nodes) {
        GraphProto.Builder graph =
                GraphProto.newBuilder().setName("g").addInput(value("x")).addOutput(value("y"));
        for (NodeProto.Builder node : nodes) {
            graph.addNode(node);
        }
        return graph;
    }

    private static ValueInfoProto value(String name) {
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(1)
                                .setShape(TensorShapeProto.newBuilder()
                                        .addDim(TensorShapeProto.Dimension.newBuilder()
                                                .setDimParam("batch"))
                                        .addDim(TensorShapeProto.Dimension.newBuilder()
                                                .setDimValue(4)))))
                .build();
    }

    private static ValueInfoProto flag() {
        return ValueInfoProto.newBuilder()
                .setName("flag")
                .setType(TypeProto.newBuilder()
                        .setTensorType(
                                TypeProto.Tensor.newBuilder().setElemType(9).setShape(TensorShapeProto.newBuilder())))
                .build();
    }

    private static ModelProto.Builder model(GraphProto.Builder graph) {
        return ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                .setGraph(graph);
    }

    private static ModelProto.Builder own(FunctionProto.Builder function) {
        return model(graph(node("f", List.of("x"), "y").setDomain("own")))
                .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("own").setVersion(1))
                .addFunctions(function);
    }
}
