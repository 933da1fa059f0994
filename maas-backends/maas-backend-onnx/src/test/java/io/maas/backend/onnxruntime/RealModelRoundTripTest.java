package io.maas.backend.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import com.google.common.io.ByteSource;
import com.google.common.io.Resources;
import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.onnx.AdmissionPolicy;
import io.maas.graph.onnx.LoadEstimate;
import io.maas.graph.onnx.OnnxAdmission;
import io.maas.graph.onnx.OnnxReader;
import io.maas.graph.onnx.OnnxWriter;
import io.maas.graph.pass.Passes;
import io.maas.model.Signature;
import io.maas.model.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Models as people export them go through {@link Graph} and come out computing the same. */
class RealModelRoundTripTest {
    private static final String MINILM = "all-minilm-l6-v2.onnx";
    private static final String MINILM_QUANTIZED = "all-minilm-l6-v2-q.onnx";

    @ParameterizedTest
    @ValueSource(strings = {MINILM, MINILM_QUANTIZED})
    void writtenModelComputesTheSameBits(String file) throws IOException, OrtException {
        byte[] original = Resources.toByteArray(Resources.getResource(file));
        Graph graph = OnnxReader.read(ByteSource.wrap(original));
        byte[] written = OnnxWriter.write(graph);

        int[][] sizes = {{1, 3}, {2, 16}, {5, 7}};
        for (int[] size : sizes) {
            Map<String, LongBuffer> inputs = inputs(graph, size[0], size[1]);
            assertThat(run(written, inputs, size)).as("%s on %s", file, size).isEqualTo(run(original, inputs, size));
        }
        assertThat(OnnxReader.read(ByteSource.wrap(written))).hasToString(graph.toString());
    }

    /** What exporters and quantizers write is what admission is for: nothing of it may be in the way. */
    @ParameterizedTest
    @ValueSource(strings = {MINILM, MINILM_QUANTIZED})
    void isLetInAndTakesAboutItsFile(String file) throws IOException {
        ByteSource model = Resources.asByteSource(Resources.getResource(file));
        LoadEstimate estimate = OnnxAdmission.check(model, AdmissionPolicy.defaults());
        assertThat(estimate.valueBytes() / (double) model.size()).isBetween(0.95, 1.0);
        assertThat(estimate.constantBytes()).isLessThan(1 << 20);
    }

    @ParameterizedTest
    @ValueSource(strings = {MINILM, MINILM_QUANTIZED})
    void passesForServingKeepTheBits(String file) throws IOException, OrtException {
        byte[] original = Resources.toByteArray(Resources.getResource(file));
        Graph graph = OnnxReader.read(ByteSource.wrap(original));
        Graph rewritten = Passes.forServing(new OnnxRuntimeBackend()).apply(graph);
        int[] size = {2, 16};
        Map<String, LongBuffer> inputs = inputs(graph, size[0], size[1]);
        assertThat(run(OnnxWriter.write(rewritten), inputs, size)).as(file).isEqualTo(run(original, inputs, size));
        assertThat(rewritten.outputs()).isEqualTo(graph.outputs());
    }

    @Test
    void loadedModelsNormalizeInNodesThatTheRuntimeLeavesApart() throws IOException, OrtException {
        byte[] original = Resources.toByteArray(Resources.getResource(MINILM));
        Graph graph = OnnxReader.read(ByteSource.wrap(original));

        Graph lowered = Lowering.applyToFile(graph);

        // With Pow or Div the runtime would take them for a layer normalization again.
        assertThat(lowered.nodes()).extracting(Node::op).doesNotContain(Op.LAYER_NORMALIZATION, Op.POW);
        int[] size = {2, 16};
        Map<String, LongBuffer> inputs = inputs(graph, size[0], size[1]);
        Map<String, ByteBuffer> expected = run(original, inputs, size);
        run(OnnxWriter.write(lowered), inputs, size)
                .forEach((name, bytes) -> assertThat(floats(bytes))
                        .containsExactly(floats(Objects.requireNonNull(expected.get(name))), within(1e-5f)));
    }

    @Test
    void modelsWithOperatorsOfTheRuntimesOwnAreLoadedAsTheyAre() throws IOException {
        Graph graph = read(MINILM);
        Map<String, Integer> opsets = new HashMap<>(graph.opsets());
        opsets.put("com.microsoft", 1);
        Graph optimized =
                new Graph(graph.name(), graph.inputs(), graph.outputs(), graph.nodes(), graph.constants(), opsets);

        assertThat(Lowering.applyToFile(optimized)).isSameAs(optimized);
    }

    private static float[] floats(ByteBuffer bytes) {
        float[] values = new float[bytes.remaining() / Float.BYTES];
        bytes.order(ByteOrder.nativeOrder()).asFloatBuffer().get(values);
        return values;
    }

    @Test
    void mostOfTheNodesOfAnExportedTransformerSpellShapes() throws IOException {
        Graph graph = read(MINILM);
        Graph rewritten = Passes.forServing(new OnnxRuntimeBackend()).apply(graph);
        assertThat(graph.nodes()).hasSize(494);
        assertThat(rewritten.nodes()).hasSizeLessThan(330);
        assertThat(Passes.recognition().apply(rewritten).nodes().stream()
                        .filter(node -> node.op() == Op.LAYER_NORMALIZATION))
                .hasSize(13);
    }

    @Test
    void signatureSaysWhatTheFilesDeclare() throws IOException {
        // The first file calls both axes "batch"; a repeated symbol becomes one of its own.
        Signature full = Signature.of(read(MINILM));
        assertThat(full.inputs())
                .extracting(TensorSpec::toString)
                .containsExactly(
                        "input_ids: int64[batch, batch@1]",
                        "attention_mask: int64[batch, batch@1]",
                        "token_type_ids: int64[batch, batch@1]");
        assertThat(full.outputs())
                .extracting(TensorSpec::toString)
                .containsExactly("output_0: float32[batch, Addoutput_0_dim_1, 384]", "882: float32[batch, 384]");

        Signature quantized = Signature.of(read(MINILM_QUANTIZED));
        assertThat(quantized.inputs())
                .extracting(TensorSpec::toString)
                .containsExactly(
                        "input_ids: int64[batch_size, sequence_length]",
                        "attention_mask: int64[batch_size, sequence_length]",
                        "token_type_ids: int64[batch_size, sequence_length]");
        assertThat(quantized.outputs())
                .extracting(TensorSpec::toString)
                .containsExactly("last_hidden_state: float32[batch_size, sequence_length, 384]");
    }

    @Test
    void operatorsThatHaveARuleAreKnown() throws IOException {
        assertThat(carriedThrough(read(MINILM))).isEmpty();
        assertThat(carriedThrough(read(MINILM_QUANTIZED))).isEmpty();
    }

    /** Which wants the shapes of what was quantized, of which the file tells none. */
    @Test
    void layerNormalizationsAreFoundInWhatExportersWrite() throws IOException {
        for (String file : List.of(MINILM, MINILM_QUANTIZED)) {
            assertThat(Passes.recognition().apply(read(file)).nodes())
                    .filteredOn(node -> node.op() == Op.LAYER_NORMALIZATION)
                    .hasSize(13);
        }
    }

    private static Map<String, Long> carriedThrough(Graph graph) {
        return graph.nodes().stream()
                .filter(node -> node.op() == Op.OTHER)
                .collect(Collectors.groupingBy(Node::opType, Collectors.counting()));
    }

    private static Graph read(String file) {
        return OnnxReader.read(Resources.asByteSource(Resources.getResource(file)));
    }

    private static Map<String, LongBuffer> inputs(Graph graph, int rows, int columns) {
        Random random = new Random(rows * 31L + columns);
        Map<String, LongBuffer> inputs = new LinkedHashMap<>();
        graph.inputs().forEach(value -> {
            long[] numbers = new long[rows * columns];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = switch (value.name()) {
                    case "input_ids" -> 1000 + random.nextInt(20_000);
                    case "attention_mask" -> i % columns == 0 || random.nextInt(4) > 0 ? 1 : 0;
                    default -> 0;
                };
            }
            inputs.put(value.name(), LongBuffer.wrap(numbers));
        });
        return inputs;
    }

    /** The bits of every output, by name. */
    private static Map<String, ByteBuffer> run(byte[] model, Map<String, LongBuffer> inputs, int[] size)
            throws OrtException {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        Map<String, OnnxTensor> tensors = new LinkedHashMap<>();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            for (Map.Entry<String, LongBuffer> input : inputs.entrySet()) {
                tensors.put(
                        input.getKey(),
                        OnnxTensor.createTensor(
                                environment, input.getValue().duplicate(), new long[] {size[0], size[1]}));
            }
            try (OrtSession session = environment.createSession(model, options);
                    OrtSession.Result result = session.run(tensors)) {
                Map<String, ByteBuffer> outputs = new HashMap<>();
                result.forEach(
                        output -> outputs.put(output.getKey(), ((OnnxTensor) output.getValue()).getByteBuffer()));
                return outputs;
            }
        } finally {
            tensors.values().forEach(OnnxTensor::close);
        }
    }
}
