package io.maas.backend.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.maas.backend.Backend;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.error.ArtifactRejectedException;
import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.graph.onnx.OnnxReader;
import io.maas.graph.onnx.OnnxWriter;
import io.maas.model.Signature;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Models whose values lie in files beside them, and models that no file and no array can hold. */
class LargeModelTest {
    private static final ProgramOptions OPTIONS = ProgramOptions.serving();

    @TempDir
    Path folder;

    private final Backend backend = new OnnxRuntimeBackend();

    @Test
    void runsAModelWithItsValuesInAFileBesideIt() throws IOException {
        Graph graph = lookup(DataType.INT64, 3, table(2000, 64));
        Path file = withValuesOutside(graph);
        Tensors inputs = Tensors.of("ids", Tensor.of(new long[] {3, 1999, 0}));
        try (Program inside = backend.compile(graph, OPTIONS);
                Program outside = backend.load(file, OPTIONS);
                Program read = backend.compile(OnnxReader.read(file), OPTIONS)) {
            assertThat(outside.signature()).isEqualTo(inside.signature());
            assertThat(outside.run(inputs)).isEqualTo(inside.run(inputs));
            assertThat(read.run(inputs)).isEqualTo(inside.run(inputs));
        }
    }

    @Test
    void findsTheValuesOfAModelThatMustBeAdapted() throws IOException {
        // The runtime's Java interface cannot make an input of this type, so the model gets another one.
        Graph graph = lookup(DataType.UINT32, 2, table(1000, 64));
        Path file = withValuesOutside(graph);
        Tensors inputs = Tensors.of("ids", Tensor.of(DataType.UINT32, new double[] {999, 5}, Shape.of(2)));
        try (Program inside = backend.compile(graph, OPTIONS);
                Program outside = backend.load(file, OPTIONS)) {
            assertThat(outside.run(inputs)).isEqualTo(inside.run(inputs));
        }
    }

    @Test
    void compilesByWayOfAFile() throws IOException {
        Graph graph = lookup(DataType.INT64, 2, table(500, 64));
        Tensors inputs = Tensors.of("ids", Tensor.of(new long[] {499}));
        try (Program usual = backend.compile(graph, OPTIONS);
                Program byFile = new OnnxRuntimeProgram(
                        Signature.of(graph),
                        new OnnxRuntimeBackend().engineFromDisk(graph, ProgramOptions.training()))) {
            assertThat(byFile.run(inputs)).isEqualTo(usual.run(inputs));
        }
    }

    @Test
    void refusesAFileOutsideTheFolderBeforeTheEngineSeesIt() throws IOException {
        Path file = withValuesOutside(lookup(DataType.INT64, 1, table(500, 64)));
        Path inner = Files.createDirectory(folder.resolve("inner")).resolve("model.onnx");
        ModelProto.Builder model = ModelProto.parseFrom(Files.readAllBytes(file)).toBuilder();
        model.getGraphBuilder()
                .getInitializerBuilder(0)
                .getExternalDataBuilder(0)
                .setValue("../weights.bin");
        Files.write(inner, model.build().toByteArray());
        assertThatThrownBy(() -> backend.load(inner, OPTIONS))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageContaining("values in \"../weights.bin\": no plain relative path");
    }

    /** 2.5 GB of constants, with a heap that could not hold them. */
    @Test
    @EnabledIfSystemProperty(named = "maas.nightly", matches = "true")
    void modelsOfMoreThanTwoGigabytesNeverLieOnTheHeap() {
        int rows = 1 << 17;
        Graph graph = lookup(DataType.INT64, 5, table(rows, 1024));
        assertThat(OnnxWriter.fitsOneFile(graph)).isFalse();
        resetPeaks();
        Path file = folder.resolve("large.onnx");
        OnnxWriter.write(graph, file);
        Tensors inputs = Tensors.of("ids", Tensor.of(new long[] {rows - 1, 7}));
        Graph read = OnnxReader.read(file);
        assertThat(read.nodes()).isEqualTo(graph.nodes());

        Tensors expected = expected(graph, inputs);
        try (Program program = backend.load(file, OPTIONS)) {
            assertThat(program.run(inputs)).isEqualTo(expected);
        }
        try (Program program = backend.compile(read, OPTIONS)) {
            assertThat(program.run(inputs)).isEqualTo(expected);
        }
        assertThat(peak()).as("bytes of heap").isLessThan(400L << 20);
    }

    /** Sums the rows of one table as often as it is looked up. */
    private static Tensors expected(Graph graph, Tensors inputs) {
        Tensor table = graph.constants().values().iterator().next();
        long[] ids = inputs.entry(0).tensor().toLongArray();
        int width = (int) table.shape().size(1);
        float[] sums = new float[ids.length * width];
        for (int i = 0; i < sums.length; i++) {
            float value = table.floats().get((int) ids[i / width] * width + i % width);
            for (int j = 0; j < graph.constants().size(); j++) {
                sums[i] += value;
            }
        }
        return Tensors.of("y", Tensor.of(sums, ids.length, width));
    }

    private static void resetPeaks() {
        ManagementFactory.getMemoryPoolMXBeans().forEach(MemoryPoolMXBean::resetPeakUsage);
    }

    private static long peak() {
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP)
                .mapToLong(pool -> pool.getPeakUsage().getUsed())
                .sum();
    }

    private static Tensor table(int rows, int width) {
        var memory = Tensor.newDirectMemory(4L * rows * width);
        FloatBuffer values = memory.asFloatBuffer();
        Random random = new Random(3);
        for (int i = 0; i < values.capacity(); i++) {
            values.put(i, random.nextInt(1 << 20));
        }
        return Tensor.wrap(DataType.FLOAT32, Shape.of(rows, width), memory);
    }

    /** Adds up the rows that {@code ids} name of several tables, which share their memory. */
    private static Graph lookup(DataType idType, int tables, Tensor table) {
        GraphBuilder b = new GraphBuilder("lookup");
        Value ids = b.input("ids", idType, Shape.symbolic("n"));
        Value rows = idType == DataType.INT64 ? ids : b.cast(ids, DataType.INT64);
        Value sum = b.node(Op.GATHER, Attributes.none(), b.constant("table0", table), rows);
        for (int i = 1; i < tables; i++) {
            sum = b.add(sum, b.node(Op.GATHER, Attributes.none(), b.constant("table" + i, table), rows));
        }
        b.output("y", sum);
        return b.build();
    }

    /** As other tools save it, with all constants one behind the other in one file. */
    private Path withValuesOutside(Graph graph) throws IOException {
        ModelProto.Builder model = ModelProto.parseFrom(OnnxWriter.write(graph)).toBuilder();
        GraphProto.Builder proto = model.getGraphBuilder();
        ByteArrayOutputStream values = new ByteArrayOutputStream();
        for (TensorProto.Builder tensor : proto.getInitializerBuilderList()) {
            tensor.addExternalData(entry("location", "weights.bin"))
                    .addExternalData(entry("offset", Integer.toString(values.size())))
                    .addExternalData(
                            entry("length", Integer.toString(tensor.getRawData().size())))
                    .setDataLocation(TensorProto.DataLocation.EXTERNAL);
            tensor.getRawData().writeTo(values);
            tensor.clearRawData();
        }
        Files.write(folder.resolve("weights.bin"), values.toByteArray());
        return Files.write(folder.resolve("model.onnx"), model.build().toByteArray());
    }

    private static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }
}
