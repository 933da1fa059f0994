package io.maas.graph.onnx;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TrainingInfoProto;
import com.google.common.io.ByteSource;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.maas.error.ArtifactRejectedException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class OnnxAdmissionTest {
    private static final String OUTSIDE = "../../../etc/passwd";

    @Test
    void letsAWholeModelIn() {
        assertThatCode(() -> OnnxAdmission.check(Onnx.source(relu()))).doesNotThrowAnyException();
    }

    // ---- what is no model

    @Test
    void refusesNothing() {
        assertThatThrownBy(() -> OnnxAdmission.check(ByteSource.empty()))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessage(
                        "not an ONNX model: 0 bytes with nothing in them (expected: a whole ModelProto with ir_version,"
                                + " opset_import and a graph with outputs); copy the file again or export the model as .onnx [not-onnx]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"hello, model", "{\"format\": \"json\"}", "<html>404</html>", "\n", "version https://git-lfs"})
    void refusesText(String text) {
        refuses(text.getBytes(StandardCharsets.UTF_8), "not an ONNX model: " + text.length() + " bytes");
    }

    @Test
    void refusesAZip() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.putNextEntry(new ZipEntry("model.onnx"));
            zip.write(relu().build().toByteArray());
        }
        refuses(bytes.toByteArray(), "not an ONNX model: " + bytes.size() + " bytes");
    }

    @Test
    void refusesNoise() {
        Random random = new Random(11);
        for (int i = 0; i < 500; i++) {
            byte[] noise = new byte[random.nextInt(200)];
            random.nextBytes(noise);
            refuses(noise, "not an ONNX model: ");
        }
    }

    @Test
    void saysWhatAModelLacks() {
        refuses(relu().clearGraph(), "bytes with no graph in them");
        refuses(relu().clearIrVersion(), "bytes with no ir_version in them");
        refuses(relu().clearOpsetImport(), "bytes with no opset_import in them");
        refuses(Onnx.model(Onnx.graph().clearOutput()), "bytes with no output of the graph in them");
    }

    @Test
    void saysWhyASourceCannotBeRead() {
        ByteSource broken = new ByteSource() {
            @Override
            public InputStream openStream() throws IOException {
                throw new IOException("disk on fire");
            }
        };
        assertThatThrownBy(() -> OnnxAdmission.check(broken))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessage("ONNX model cannot be read: disk on fire")
                .hasCauseInstanceOf(IOException.class);
    }

    @Test
    void refusesAFileThatTheFormatCannotHold() {
        ByteSource huge = new ByteSource() {
            @Override
            public InputStream openStream() {
                throw new AssertionError("opened");
            }

            @Override
            public com.google.common.base.Optional<Long> sizeIfKnown() {
                return com.google.common.base.Optional.of(3L << 30);
            }
        };
        assertThatThrownBy(() -> OnnxAdmission.check(huge))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageContaining("3221225472 bytes (expected: at most 2147483647");
    }

    // ---- what would fill the memory

    @ParameterizedTest
    @ValueSource(strings = {"graph", "body", "function"})
    void refusesMillionsOfEmptyNodes(String where) {
        int field = where.equals("function") ? 7 : 1;
        byte[] nodes = repeated(field, ModelParts.MAX_NODES + 1);
        byte[] message = switch (where) {
            case "graph" -> field(7, nodes);
            case "body" -> field(7, field(1, field(5, field(6, nodes))));
            default -> field(25, nodes);
        };
        assertThatThrownBy(() -> OnnxAdmission.check(ByteSource.wrap(message)))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessage(
                        "ONNX model: more than 1000000 nodes (expected: at most 1000000); a model that is not damaged"
                                + " can be split, or its loops be kept as loops [too-many-parts]");
    }

    @Test
    void refusesMillionsOfOtherParts() {
        // Declared sizes: messages in a message in a message.
        byte[] sizes = repeated(1, ModelParts.MAX_PARTS + 1);
        byte[] message = field(7, field(11, field(2, field(1, field(2, sizes)))));
        assertThatThrownBy(() -> OnnxAdmission.check(ByteSource.wrap(message)))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageStartingWith("ONNX model: more than 20000000 parts (expected: at most 20000000)");
    }

    /** A field of bytes. */
    private static byte[] field(int number, byte[] content) {
        return UnknownFieldSet.newBuilder()
                .addField(
                        number,
                        UnknownFieldSet.Field.newBuilder()
                                .addLengthDelimited(ByteString.copyFrom(content))
                                .build())
                .build()
                .toByteArray();
    }

    /** A field of nothing so many times. */
    private static byte[] repeated(int number, int times) {
        byte[] bytes = new byte[2 * times];
        for (int i = 0; i < bytes.length; i += 2) {
            bytes[i] = (byte) (number << 3 | 2);
        }
        return bytes;
    }

    // ---- values in other files

    static Stream<Arguments> externalData() {
        TensorProto.Builder outside = Onnx.external("w", OUTSIDE);
        NodeProto.Builder withTensor = Onnx.node("Foo", "x", "y")
                .addAttribute(Onnx.attribute("value", AttributeType.TENSOR).setT(outside));
        GraphProto.Builder body = GraphProto.newBuilder().addInitializer(outside);
        TensorProto.Builder onlyEntries = Onnx.floats("w", 1, 2, 3, 4)
                .addExternalData(
                        StringStringEntryProto.newBuilder().setKey("location").setValue(OUTSIDE));
        return Stream.of(
                Arguments.of("initializer", Onnx.model(Onnx.graph().addInitializer(outside)), "initializer \"w\""),
                Arguments.of(
                        "entries without the flag",
                        Onnx.model(Onnx.graph().addInitializer(onlyEntries)),
                        "initializer \"w\""),
                Arguments.of(
                        "sparse values",
                        Onnx.model(Onnx.graph().addSparseInitializer(Onnx.sparse(outside))),
                        "sparse initializer \"w\""),
                Arguments.of(
                        "sparse indices",
                        Onnx.model(Onnx.graph()
                                .addSparseInitializer(Onnx.sparse(Onnx.floats("s", 1, 2, 3, 4))
                                        .setIndices(outside))),
                        "sparse initializer \"s\""),
                Arguments.of(
                        "attribute", Onnx.model(Onnx.graph(withTensor)), "attribute \"value\" of \"Foo\" node \"n_y\""),
                Arguments.of(
                        "attribute of another declared type",
                        Onnx.model(Onnx.graph(Onnx.node("Foo", "x", "y")
                                .addAttribute(
                                        Onnx.attribute("a", AttributeType.INT).setT(outside)))),
                        "attribute \"a\""),
                Arguments.of(
                        "list attribute",
                        Onnx.model(Onnx.graph(Onnx.node("Foo", "x", "y")
                                .addAttribute(Onnx.attribute("a", AttributeType.TENSORS)
                                        .addTensors(Onnx.floats("", 1))
                                        .addTensors(outside)))),
                        "attribute \"a\""),
                Arguments.of(
                        "sparse attribute",
                        Onnx.model(Onnx.graph(Onnx.node("Foo", "x", "y")
                                .addAttribute(Onnx.attribute("a", AttributeType.SPARSE_TENSOR)
                                        .setSparseTensor(Onnx.sparse(outside))))),
                        "attribute \"a\""),
                Arguments.of(
                        "sparse list attribute",
                        Onnx.model(Onnx.graph(Onnx.node("Foo", "x", "y")
                                .addAttribute(Onnx.attribute("a", AttributeType.SPARSE_TENSORS)
                                        .addSparseTensors(Onnx.sparse(outside))))),
                        "attribute \"a\""),
                Arguments.of(
                        "subgraph",
                        Onnx.model(Onnx.graph(Onnx.node("Foo", "x", "y").addAttribute(Onnx.subgraph("body", body)))),
                        "initializer \"w\" of \"Foo\" node \"n_y\""),
                Arguments.of(
                        "subgraph list",
                        Onnx.model(Onnx.graph(Onnx.node("Foo", "x", "y")
                                .addAttribute(Onnx.attribute("a", AttributeType.GRAPHS)
                                        .addGraphs(body)))),
                        "initializer \"w\" of \"Foo\" node \"n_y\""),
                Arguments.of(
                        "subgraph of a subgraph",
                        Onnx.model(Onnx.graph(Onnx.node("Foo", "x", "y")
                                .addAttribute(Onnx.subgraph(
                                        "body",
                                        GraphProto.newBuilder()
                                                .addNode(Onnx.node("Bar", "x", "z")
                                                        .addAttribute(Onnx.subgraph("body", body))))))),
                        "initializer \"w\" of \"Bar\" node \"n_z\""),
                Arguments.of(
                        "function",
                        relu().addFunctions(
                                        FunctionProto.newBuilder().setName("f").addNode(withTensor)),
                        "of function \"f\""),
                Arguments.of(
                        "default of a function",
                        relu().addFunctions(FunctionProto.newBuilder()
                                .setName("f")
                                .addAttributeProto(Onnx.attribute("a", AttributeType.TENSOR)
                                        .setT(outside))),
                        "attribute \"a\" of function \"f\""),
                Arguments.of(
                        "training",
                        relu().addTrainingInfo(TrainingInfoProto.newBuilder().setAlgorithm(body)),
                        "initializer \"w\" of the training information"),
                Arguments.of(
                        "training start",
                        relu().addTrainingInfo(TrainingInfoProto.newBuilder().setInitialization(body)),
                        "initializer \"w\" of the training information"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("externalData")
    void refusesValuesInOtherFiles(String where, ModelProto.Builder model, String title) {
        assertThatThrownBy(() -> OnnxAdmission.check(Onnx.source(model)))
                .as(where)
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageContaining(title)
                .hasMessageContaining("values in another file, \"" + OUTSIDE
                        + "\" (expected: all values inside the model); save the model as one file");
        assertThatThrownBy(() -> OnnxReader.read(Onnx.source(model))).isInstanceOf(ArtifactRejectedException.class);
    }

    @Test
    void quotesTheNamesOfAModelThatMeansHarm() {
        refuses(
                Onnx.model(Onnx.graph().addInitializer(Onnx.external("w\r\nINFO all is well", "/dev/\u202Ezero"))),
                "initializer \"w\\u000d\\u000aINFO all is well\": values in another file, \"/dev/\\u202ezero\"");
    }

    // ---- sizes that are not true

    static Stream<Arguments> lies() {
        return Stream.of(
                Arguments.of(
                        "too few", Onnx.floats("w", 1, 2).clearDims().addDims(3), "2 values of its type and 0 others"),
                Arguments.of("too many", Onnx.floats("w", 1, 2).clearDims().addDims(1), "expected: 1 elements"),
                Arguments.of("none for a scalar", Onnx.floats("w").clearDims(), "expected: 1 elements as float[]"),
                Arguments.of(
                        "raw too short", raw(Onnx.FLOAT, 7, 2), "7 bytes (expected: 2 elements as float[2] asks for)"),
                Arguments.of("raw too long", raw(Onnx.FLOAT, 9, 2), "9 bytes"),
                Arguments.of("raw and typed", raw(Onnx.FLOAT, 8, 2).addFloatData(1), "raw_data and typed values"),
                Arguments.of("raw strings", raw(8, 4, 1), "raw_data of strings"),
                Arguments.of(
                        "wrong field", Onnx.longs("w", 1, 2).setDataType(Onnx.FLOAT), "0 values of its type and 2"),
                Arguments.of("two fields", Onnx.floats("w", 1, 2).addInt64Data(1), "2 values of its type and 1 others"),
                Arguments.of("no type", Onnx.floats("w", 1).clearDataType(), "element type 0"),
                Arguments.of("unknown type", Onnx.floats("w", 1).setDataType(99), "element type 99"),
                Arguments.of("negative type", Onnx.floats("w", 1).setDataType(-1), "element type -1"),
                Arguments.of(
                        "negative size", Onnx.floats("w").clearDims().addDims(-1), "size: -1 (expected: size >= 0"),
                Arguments.of(
                        "overflow to 0",
                        Onnx.floats("w").clearDims().addDims(1L << 32).addDims(1L << 32),
                        "a number of elements that fits a long"),
                Arguments.of(
                        "overflow behind a 0",
                        Onnx.floats("w").addDims(Long.MAX_VALUE).addDims(3),
                        "a number of elements that fits a long"),
                Arguments.of(
                        "overflow of bytes", raw(Onnx.FLOAT, 0, 1L << 62), "0 bytes (expected: 4611686018427387904"),
                Arguments.of("overflow of a double's bytes", raw(11, 0, 1L << 61), "0 bytes"),
                Arguments.of(
                        "17 axes",
                        Onnx.floats("w", 1).addAllDims(java.util.Collections.nCopies(16, 1L)),
                        "rank: 17 (expected: rank <= 16)"),
                Arguments.of("segment", Onnx.floats("w", 1).setSegment(TensorProto.Segment.newBuilder()), "a segment"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("lies")
    void refusesSizesThatAreNotTrue(String lie, TensorProto.Builder tensor, String message) {
        refuses(Onnx.model(Onnx.graph(Onnx.node("Relu", "x", "y")).addInitializer(tensor)), message);
        assertThatThrownBy(() -> OnnxTensors.read(tensor.build().toByteArray()))
                .as(lie)
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageStartingWith("tensor \"w\": ")
                .hasMessageContaining(message);
    }

    @Test
    void knowsTheSizesOfPackedTypes() {
        List<TensorProto.Builder> tensors = List.of(
                raw(21, 2, 3), // UINT4
                raw(23, 2, 3), // FLOAT4E2M1
                raw(25, 1, 3), // UINT2
                raw(17, 3, 3), // FLOAT8E4M3FN
                raw(14, 24, 3), // COMPLEX64
                raw(15, 48, 3), // COMPLEX128
                Onnx.floats("w", 1, 2, 3, 4).setDataType(14).clearDims().addDims(2),
                TensorProto.newBuilder()
                        .setDataType(22)
                        .addDims(3)
                        .addInt32Data(1)
                        .addInt32Data(2));
        for (TensorProto.Builder tensor : tensors) {
            assertThatCode(() -> OnnxAdmission.check(Onnx.source(relu(tensor)))).doesNotThrowAnyException();
            TensorProto.Builder longer = tensor.clone().addDims(3);
            assertThatThrownBy(() -> OnnxAdmission.check(Onnx.source(relu(longer))))
                    .isInstanceOf(ArtifactRejectedException.class);
        }
    }

    // ---- nesting

    @ParameterizedTest
    @ValueSource(ints = {34, 200, 5000})
    void refusesNestingThatNoStackHolds(int depth) {
        ByteString graph = Onnx.graph(Onnx.node("Relu", "x", "y")).build().toByteString();
        for (int i = 0; i < depth; i++) {
            // Byte by byte: the message classes themselves would run out of stack.
            ByteString attribute = field(AttributeProto.G_FIELD_NUMBER, graph);
            ByteString node = field(NodeProto.ATTRIBUTE_FIELD_NUMBER, attribute);
            graph = field(GraphProto.NODE_FIELD_NUMBER, node);
        }
        byte[] model = Onnx.model(Onnx.graph()).clearGraph().build().toByteArray();
        byte[] bytes = field(ModelProto.GRAPH_FIELD_NUMBER, graph)
                .concat(ByteString.copyFrom(model))
                .toByteArray();
        refuses(bytes, "bytes that are no protocol buffer message, or not a whole one");
    }

    private static ByteString field(int number, ByteString content) {
        return UnknownFieldSet.newBuilder()
                .addField(
                        number,
                        UnknownFieldSet.Field.newBuilder()
                                .addLengthDelimited(content)
                                .build())
                .build()
                .toByteString();
    }

    @Test
    void saysHowDeepNestingMayBe() {
        assertThatCode(() -> OnnxAdmission.check(Onnx.source(Onnx.model(nested(16)))))
                .doesNotThrowAnyException();
        refuses(Onnx.model(nested(17)), "ONNX model: subgraphs nested more than 16 deep of \"Foo\" node \"n_y\"");
    }

    private static GraphProto.Builder nested(int depth) {
        GraphProto.Builder graph = Onnx.graph(Onnx.node("Relu", "x", "y"));
        for (int i = 0; i < depth; i++) {
            graph = Onnx.graph(Onnx.node("Foo", "x", "y").addAttribute(Onnx.subgraph("body", graph)));
        }
        return graph;
    }

    private static TensorProto.Builder raw(int type, int bytes, long size) {
        return TensorProto.newBuilder()
                .setName("w")
                .setDataType(type)
                .addDims(size)
                .setRawData(ByteString.copyFrom(new byte[bytes]));
    }

    private static ModelProto.Builder relu() {
        return Onnx.model(Onnx.graph(Onnx.node("Relu", "x", "y")));
    }

    private static ModelProto.Builder relu(TensorProto.Builder initializer) {
        return Onnx.model(Onnx.graph(Onnx.node("Relu", "x", "y")).addInitializer(initializer));
    }

    private static void refuses(ModelProto.Builder model, String message) {
        refuses(model.build().toByteArray(), message);
    }

    private static void refuses(byte[] bytes, String message) {
        assertThatThrownBy(() -> OnnxAdmission.check(ByteSource.wrap(bytes)))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageContaining(message);
        assertThatThrownBy(() -> OnnxReader.read(ByteSource.wrap(bytes))).isInstanceOf(ArtifactRejectedException.class);
    }
}
