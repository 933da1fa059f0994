package io.maas.graph.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.common.io.ByteSource;
import io.maas.error.GraphException;
import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.graph.onnx.OnnxReader;
import io.maas.graph.onnx.OnnxWriter;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class QuantizationTest {
    private static Tensor weight(long seed, long... shape) {
        Random random = new Random(seed);
        float[] values = new float[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Tensor.of(values, shape);
    }

    /** A table, two products of the same rows with one weight, one with another and attention between them. */
    private static Graph attending() {
        GraphBuilder b = new GraphBuilder("attending");
        Value ids = b.input("ids", DataType.INT64, Shape.symbolic("batch", "length"));
        Value x = b.node(Op.GATHER, Attributes.none(), b.constant("table", weight(1, 100, 64)), ids);
        Value weight = b.constant("weight", weight(2, 64, 64));
        Value query = b.scope("query", () -> b.matmul(x, weight));
        Value key = b.scope("key", () -> b.matmul(x, weight));
        Value scores = b.scope("scores", () -> b.matmul(query, b.transpose(key, 0, 2, 1)));
        Value mixed = b.matmul(b.softmax(scores, -1), x);
        Value out = b.scope("out", () -> b.matmul(mixed, b.constant("other", weight(3, 64, 64))));
        b.output("y", b.add(out, b.constant("bias", weight(4, 1, 64))));
        return b.build();
    }

    private static Map<Op, Long> counts(Graph graph) {
        return graph.nodes().stream().collect(Collectors.groupingBy(Node::op, Collectors.counting()));
    }

    @Test
    void productsWithWeightsBecomeOnesOfIntegersAndAttentionStays() {
        Graph graph = attending();
        Graph quantized = Quantization.dynamicInt8().apply(graph);
        assertThat(counts(quantized)).containsEntry(Op.MATMUL_INTEGER, 3L).containsEntry(Op.MATMUL, 2L);
        assertThat(quantized.inputs()).isEqualTo(graph.inputs());
        assertThat(quantized.outputs()).isEqualTo(graph.outputs());
        assertThat(quantized.constants().values().stream()
                        .filter(each -> each.dataType() == DataType.FLOAT32)
                        .mapToLong(Tensor::elements))
                .as("floating-point constants are scales, biases and numbers")
                .allMatch(count -> count <= 100);
    }

    @Test
    void rowsThatSeveralProductsReadAreRoundedOnceAndSharedWeightsStoredOnce() {
        Graph quantized = Quantization.dynamicInt8().apply(attending());
        assertThat(counts(quantized)).containsEntry(Op.QUANTIZE_LINEAR, 2L);
        assertThat(quantized.constants().values().stream().filter(each -> each.dataType() == DataType.INT8))
                .extracting(Tensor::shape)
                .containsExactlyInAnyOrder(Shape.of(100, 64), Shape.of(64, 64), Shape.of(64, 64));
    }

    @Test
    void whatIsLeftOutByNameOrTooSmallStays() {
        Graph graph = attending();
        Quantization how = Quantization.dynamicInt8().withLeftOut("query/*", "regex:Gather_.*");
        assertThat(how).hasToString("dynamic int8, query/*, regex:Gather_.* left out");
        Graph quantized = how.apply(graph);
        assertThat(counts(quantized))
                .containsEntry(Op.MATMUL_INTEGER, 2L)
                .containsEntry(Op.MATMUL, 3L)
                .containsEntry(Op.GATHER, 1L);
        assertThat(counts(Quantization.dynamicInt8().withMinimumElements(4097).apply(graph)))
                .doesNotContainKey(Op.MATMUL_INTEGER)
                .containsEntry(Op.GATHER, 2L);
    }

    @Test
    void aGraphWithNothingToQuantizeIsRefused() {
        assertThatThrownBy(() ->
                        Quantization.dynamicInt8().withMinimumElements(6401).apply(attending()))
                .isInstanceOf(GraphException.class)
                .hasMessage("graph attending: nothing to quantize among 10 nodes, of which 0 are left out by name"
                        + " (expected: a MatMul, Gemm or Gather with finite constant float32 weights of at least 6401"
                        + " elements); leave out less, or serve the model as it is");
        assertThatThrownBy(() -> Quantization.int8Weights().withLeftOut("*").apply(attending()))
                .hasMessageContaining("of which 10 are left out by name (expected: a MatMul, Gemm, Conv");
    }

    @Test
    void aWeightThatIsNotFiniteStays() {
        GraphBuilder b = new GraphBuilder("broken");
        Value x = b.input("x", DataType.FLOAT32, Shape.symbolic("batch", 64));
        float[] broken = weight(5, 64, 64).toFloatArray();
        broken[17] = Float.NaN;
        Value y = b.matmul(b.matmul(x, b.constant(weight(6, 64, 64))), b.constant(Tensor.of(broken, 64, 64)));
        b.output("y", y);
        assertThat(counts(Quantization.dynamicInt8().apply(b.build())))
                .containsEntry(Op.MATMUL, 1L)
                .containsEntry(Op.MATMUL_INTEGER, 1L);
    }

    @Test
    void aQuantizedGraphIsTheSameAfterWritingAndReading() {
        for (Quantization how : new Quantization[] {Quantization.dynamicInt8(), Quantization.int8Weights()}) {
            Graph quantized = how.apply(attending());
            Graph read = OnnxReader.read(ByteSource.wrap(OnnxWriter.write(quantized)));
            assertThat(read.toString()).isEqualTo(quantized.toString());
            assertThat(read.constants()).isEqualTo(quantized.constants());
        }
    }

    @Test
    void weightsOfFourBitsAreReadAsTheNumbersThatTheyStandFor() {
        GraphBuilder b = new GraphBuilder("packed");
        Value x = b.input("x", DataType.FLOAT32, Shape.symbolic("batch", 80));
        Tensor weight = weight(7, 80, 64);
        b.output("y", b.matmul(x, b.constant(weight)));
        Graph read = OnnxReader.read(
                ByteSource.wrap(OnnxWriter.write(Quantization.int4Weights(32).apply(b.build()))));
        assertThat(counts(read)).isEqualTo(Map.of(Op.MATMUL, 1L));
        double[] stored = Objects.requireNonNull(
                        read.constant(read.nodes().get(0).input(1)))
                .toDoubleArray();
        double[] right = weight.toDoubleArray();
        for (int column = 0; column < 64; column++) {
            for (int block = 0; block < 80; block += 32) {
                double extreme = 0;
                for (int row = block; row < Math.min(80, block + 32); row++) {
                    extreme = Math.max(extreme, Math.abs(right[row * 64 + column]));
                }
                for (int row = block; row < Math.min(80, block + 32); row++) {
                    // A step is an eighth of the largest; on its other side the range ends one step early.
                    assertThat(stored[row * 64 + column]).isCloseTo(right[row * 64 + column], within(extreme / 7.9));
                }
            }
        }
    }

    @Test
    void settingsThatMakeNoSenseAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Quantization.int4Weights(24))
                .withMessage("blockSize: 24 (expected: 16, 32, 64, 128 or 256)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Quantization.dynamicInt8().withMinimumElements(0))
                .withMessage("minimumElements: 0 (expected: minimumElements > 0)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AccuracyGate.meanCosine(1.5))
                .withMessage("leastMeanCosine: 1.5 (expected: -1 <= leastMeanCosine <= 1)");
    }
}
