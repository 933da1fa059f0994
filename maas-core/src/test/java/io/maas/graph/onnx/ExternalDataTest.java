package io.maas.graph.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.common.io.ByteSource;
import io.maas.error.ArtifactRejectedException;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExternalDataTest {
    private static final float[] VALUES = {1, 2, 3, 4, 5, 6, 7, 8};

    @TempDir
    Path root;

    private Path folder;
    private Path model;

    @BeforeEach
    void makeFolder() throws IOException {
        folder = Files.createDirectory(root.resolve("model"));
        model = folder.resolve("model.onnx");
    }

    // ---- written here

    /** 3 MB of constants of several types and sizes, small ones and text among them. */
    private static Graph large() {
        Random random = new Random(5);
        GraphBuilder b = new GraphBuilder("large");
        Value x = b.input("x", DataType.FLOAT32, Shape.symbolic("batch", 700));
        float[] weights = new float[700 * 1000];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = random.nextFloat();
        }
        b.constant("odd", Tensor.of(DataType.UINT8, random.doubles(4097, 0, 255).toArray(), Shape.of(4097)));
        b.constant("text", Tensor.of(new String[] {"a", "ß"}));
        b.constant("nothing", Tensor.zeros(DataType.FLOAT64, Shape.of(0, 3)));
        b.output("y", b.matmul(x, b.constant("w", Tensor.of(weights, 700, 1000))));
        return b.build();
    }

    @Test
    void largeConstantsComeBackAsViewsOfTheFileBesideTheModel() throws IOException {
        Graph graph = large();
        OnnxWriter.write(graph, model, 1 << 20);
        assertThat(model).satisfies(file -> assertThat(Files.size(file)).isLessThan(2000));
        assertThat(folder.resolve("model.onnx.data"))
                .satisfies(file -> assertThat(Files.size(file)).isEqualTo(2 * 4096 + 700 * 1000 * 4));

        Graph again = OnnxReader.read(model);
        assertThat(again.constants()).isEqualTo(graph.constants());
        assertThat(again.nodes()).isEqualTo(graph.nodes());
        Tensor weights = Objects.requireNonNull(again.constants().get("w"));
        assertThat(weights.isDirect()).isTrue();
    }

    @Test
    void valuesBeginAtAPage() throws IOException {
        OnnxWriter.write(large(), model, 0);
        ModelProto proto = ModelProto.parseFrom(Files.readAllBytes(model));
        assertThat(proto.getGraph().getInitializerList())
                .filteredOn(tensor -> tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL)
                .extracting(
                        TensorProto::getName,
                        tensor -> tensor.getExternalData(1).getValue())
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("odd", "0"),
                        org.assertj.core.groups.Tuple.tuple("w", "8192"));
    }

    @Test
    void whatFitsOneFileIsOneFile() throws IOException {
        OnnxWriter.write(large(), model);
        assertThat(Files.readAllBytes(model)).isEqualTo(OnnxWriter.write(large()));
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(model);
        }
        assertThat(OnnxReader.read(model).constants()).isEqualTo(large().constants());
    }

    @Test
    void aGraphIsWrittenOverTheFilesThatItsConstantsAreViewsOf() throws IOException {
        OnnxWriter.write(large(), model, 0);
        Graph read = OnnxReader.read(model);
        OnnxWriter.write(read, model, 0);
        assertThat(read.constants()).isEqualTo(large().constants());
        assertThat(OnnxReader.read(model).constants()).isEqualTo(large().constants());
        try (var files = Files.list(folder)) {
            assertThat(files).hasSize(2);
        }
    }

    @Test
    void aModelWithoutItsFolderIsRefused() throws IOException {
        OnnxWriter.write(large(), model, 0);
        byte[] bytes = Files.readAllBytes(model);
        assertThatThrownBy(() -> OnnxReader.read(ByteSource.wrap(bytes)))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageContaining("values in another file, \"model.onnx.data\" (expected: all values inside");
        assertThatThrownBy(() -> OnnxReader.read(ByteBuffer.wrap(bytes))).isInstanceOf(ArtifactRejectedException.class);
    }

    // ---- written by others

    @Test
    void readsSeveralTensorsOfOneFile() throws IOException {
        values(folder.resolve("w.bin"));
        GraphProto body = GraphProto.newBuilder()
                .addInitializer(external("inner", "location", "w.bin", "offset", "4"))
                .addNode(Onnx.node("Foo", "inner", "z"))
                .addOutput(Onnx.value("z", Onnx.FLOAT))
                .build();
        GraphProto.Builder graph = Onnx.graph(
                        Onnx.node("Constant", java.util.List.of(), java.util.List.of("c"))
                                .addAttribute(Onnx.attribute("value", AttributeType.TENSOR)
                                        .setT(external("", "location", "w.bin", "offset", "16"))),
                        Onnx.node("Foo", java.util.List.of("x", "c", "a", "b"), java.util.List.of("y"))
                                .addAttribute(Onnx.subgraph("body", body.toBuilder())))
                .addInitializer(external("a", "location", "w.bin"))
                .addInitializer(external("b", "length", "16", "offset", "12", "location", "w.bin", "checksum", "?"));
        Graph read = read(graph);
        assertThat(read.constants())
                .containsEntry("a", Tensor.of(new float[] {1, 2, 3, 4}))
                .containsEntry("b", Tensor.of(new float[] {4, 5, 6, 7}))
                .containsEntry("c", Tensor.of(new float[] {5, 6, 7, 8}));
        assertThat(OnnxWriter.write(read)).isNotEmpty();
    }

    @Test
    void readsFilesInFoldersOfTheModelsFolder() throws IOException {
        Files.createDirectories(folder.resolve("a/b"));
        values(folder.resolve("a/b/w.bin"));
        assertThat(read("location", "a/b/w.bin").constants()).containsKey("w");
        Files.createSymbolicLink(folder.resolve("link.bin"), Path.of("a/b/w.bin"));
        assertThat(read("location", "link.bin").constants()).containsKey("w");
    }

    @Test
    void readsFilesOfMoreThanTwoGigabytes() throws IOException {
        try (RandomAccessFile sparse =
                new RandomAccessFile(folder.resolve("w.bin").toFile(), "rw")) {
            sparse.setLength(5L << 30);
            for (long at : new long[] {(1L << 30) - 8, (4L << 30) - 8, (5L << 30) - 16}) {
                sparse.seek(at);
                sparse.write(bytes(VALUES), 0, 16);
            }
        }
        for (long at : new long[] {(1L << 30) - 8, (4L << 30) - 8, (5L << 30) - 16}) {
            assertThat(read("location", "w.bin", "offset", Long.toString(at)).constants())
                    .containsEntry("w", Tensor.of(new float[] {1, 2, 3, 4}));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "..",
                "../w.bin",
                "a/../../w.bin",
                "a/../w.bin",
                "./w.bin",
                "/etc/passwd",
                "//host/w.bin",
                "a//w.bin",
                "w.bin/",
                "..\\w.bin",
                "C:w.bin",
                "C:\\w.bin",
                "file:w.bin",
                "w\u0000.bin",
                "w\n.bin"
            })
    void refusesLocationsThatAreNoPlainRelativePath(String location) throws IOException {
        values(root.resolve("w.bin"));
        values(folder.resolve("w.bin"));
        assertThatThrownBy(() -> read("location", location))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageStartingWith("tensor \"w\": values in " + io.maas.error.Require.quote(location)
                        + ": no plain relative path (expected: a path below the model's folder");
    }

    @Test
    void refusesLinksThatLeaveTheFolder() throws IOException {
        values(root.resolve("w.bin"));
        Files.createSymbolicLink(folder.resolve("w.bin"), root.resolve("w.bin"));
        Files.createSymbolicLink(folder.resolve("up"), root);
        for (String location : new String[] {"w.bin", "up/w.bin"}) {
            assertThatThrownBy(() -> read("location", location))
                    .isInstanceOf(ArtifactRejectedException.class)
                    .hasMessageContaining("a link leads it out of the model's folder (expected: a file in the folder");
        }
    }

    @Test
    void refusesWhatIsNoFile() throws IOException {
        Files.createDirectory(folder.resolve("sub"));
        assertThatThrownBy(() -> read("location", "sub"))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageContaining(
                        "values in \"sub\": it is no file, or the model's own (expected: a file beside the model)");
        for (String missing : new String[] {"w.bin", "none/w.bin", "sub/w.bin"}) {
            assertThatThrownBy(() -> read("location", missing))
                    .isInstanceOf(ArtifactRejectedException.class)
                    .hasMessageContaining("values in \"" + missing + "\": there is no such file");
        }
        assertThatThrownBy(() -> read("offset", "0"))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageContaining("values in \"\": no plain relative path");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "offset|17|values from byte 17 on, 16 bytes (expected: inside w.bin, which has 32)",
                "offset|32|values from byte 32 on",
                "offset|999999999999999999|values from byte 999999999999999999 on",
                "offset|-4|offset \"-4\" of its values (expected: a number of bytes, 0 or more)",
                "offset|1e1|offset \"1e1\" of its values",
                "offset|9223372036854775807|offset \"9223372036854775807\" of its values",
                "length|33|33 bytes (expected: inside w.bin, which has 32)",
                "length|12|12 bytes (expected: 4 elements as float[4] asks for)",
                "length|17|17 bytes (expected: 4 elements",
                "length|0|0 bytes (expected: 4 elements",
                "length|4294967296|4294967296 bytes (expected: at most 2147483647, the most that one tensor can hold",
                "length|-1|length \"-1\" of its values",
                "location|other.bin|location of its values is given twice"
            })
    void refusesPlacesThatCannotBe(String key, String value, String message) throws IOException {
        values(folder.resolve("w.bin"));
        assertThatThrownBy(() -> read("location", "w.bin", key, value))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageContaining("\"w\"")
                .hasMessageContaining(message);
    }

    @Test
    void refusesAFileThatWasCutShort() throws IOException {
        OnnxWriter.write(large(), model, 0);
        Path data = folder.resolve("model.onnx.data");
        byte[] whole = Files.readAllBytes(data);
        Files.write(data, Arrays.copyOf(whole, whole.length - 1));
        assertThatThrownBy(() -> OnnxReader.read(model))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageContaining("tensor \"w\": values from byte 8192 on, 2800000 bytes (expected: inside"
                        + " model.onnx.data, which has 2808191); the file is damaged, copy or export it again");
    }

    @Test
    void refusesATensorThatNoMemoryHolds() throws IOException {
        values(folder.resolve("w.bin"));
        TensorProto.Builder huge =
                external("w", "location", "w.bin").clearDims().addDims(1L << 30);
        assertThatThrownBy(() -> read(Onnx.graph(Onnx.node("Relu", "x", "y")).addInitializer(huge)))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessage("tensor \"w\": 4294967296 bytes (expected: at most 2147483647, the most that one tensor can"
                        + " hold here); split it, or use a narrower type [external-data]");
    }

    @Test
    void refusesTextAndTypedValuesOutside() throws IOException {
        values(folder.resolve("w.bin"));
        assertThatThrownBy(() -> read(Onnx.graph(Onnx.node("Relu", "x", "y"))
                        .addInitializer(
                                external("w", "location", "w.bin").setDataType(TensorProto.DataType.STRING_VALUE))))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageContaining("raw_data of strings");
        assertThatThrownBy(() -> read(Onnx.graph(Onnx.node("Relu", "x", "y"))
                        .addInitializer(external("w", "location", "w.bin").addFloatData(1))))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageContaining("raw_data and typed values");
    }

    @Test
    void saysWhichModelThereIsNot() {
        assertThatThrownBy(() -> OnnxReader.read(model))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessage("ONNX model cannot be read: there is no file " + model);
        assertThatThrownBy(() -> OnnxReader.read(folder)).isInstanceOf(ArtifactRejectedException.class);
    }

    @Test
    void refusesAModelFileThatTheFormatCannotHold() throws IOException {
        try (RandomAccessFile sparse = new RandomAccessFile(model.toFile(), "rw")) {
            sparse.setLength(3L << 30);
        }
        assertThatThrownBy(() -> OnnxAdmission.check(model))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageContaining("3221225472 bytes (expected: at most 2147483647");
    }

    // ----

    private static void values(Path file) throws IOException {
        Files.write(file, bytes(VALUES));
    }

    private static byte[] bytes(float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes.array();
    }

    /** Four numbers in another file. */
    private static TensorProto.Builder external(String name, String... keysAndValues) {
        TensorProto.Builder tensor = TensorProto.newBuilder()
                .setName(name)
                .setDataType(Onnx.FLOAT)
                .addDims(4)
                .setDataLocation(TensorProto.DataLocation.EXTERNAL);
        for (int i = 0; i < keysAndValues.length; i += 2) {
            tensor.addExternalData(
                    StringStringEntryProto.newBuilder().setKey(keysAndValues[i]).setValue(keysAndValues[i + 1]));
        }
        return tensor;
    }

    private Graph read(String... keysAndValues) throws IOException {
        return read(Onnx.graph(Onnx.node("Relu", "x", "y")).addInitializer(external("w", keysAndValues)));
    }

    private Graph read(GraphProto.Builder graph) throws IOException {
        Files.write(model, Onnx.model(graph).build().toByteArray());
        return OnnxReader.read(model);
    }
}
