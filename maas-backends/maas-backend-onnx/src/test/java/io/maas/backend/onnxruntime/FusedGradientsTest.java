package io.maas.backend.onnxruntime;

import static io.maas.backend.onnxruntime.FusedModel.decimal;
import static io.maas.backend.onnxruntime.FusedModel.number;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.common.io.ByteSource;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.error.GraphException;
import io.maas.graph.Gradients;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.graph.onnx.OnnxReader;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Gradients pass imported models of fused operators, and say which one they do not pass. */
class FusedGradientsTest {
    private static final double STEP = 1e-5;

    static Stream<FusedModel> models() {
        return Stream.of(
                new FusedModel("a block of a decoder")
                        .doubles("x", -2, -3, 8)
                        .doubles("s", -2, -3, 8)
                        .doubles("g", 8)
                        .doubles("b", 8)
                        .doubles("w", 8, 24)
                        .doubles("c", 24)
                        .doubles("v", 8, 8)
                        .input("mask", Tensor.of(new int[] {1, 1, 0, 1, 1, 1}, 2, 3), -2, -3)
                        .fused("SkipLayerNormalization", "x s g b", "h _ _ sum", decimal("epsilon", 0.01f))
                        .fused("Attention", "h w c mask", "a", number("num_heads", 2), number("unidirectional", 1))
                        .fused("FusedMatMul", "a v", "p", number("transB", 1), decimal("alpha", 0.5f))
                        .fused("FastGelu", "p b", "f")
                        .fused("SkipSimplifiedLayerNormalization", "f sum g", "y", decimal("epsilon", 0.01f)),
                new FusedModel("attention to other keys, at rotated places")
                        .doubles("q", -2, -3, 8)
                        .doubles("k", -2, -5, 8)
                        .doubles("v", -2, -5, 8)
                        .doubles("cos", 6, 2)
                        .doubles("sin", 6, 2)
                        .weight("at", Tensor.of(new long[] {1}))
                        .fused("RotaryEmbedding", "q at cos sin", "r", number("interleaved", 1))
                        .fused("RotaryEmbedding", "k at cos sin", "t")
                        .fused("MultiHeadAttention", "r t v", "a", number("num_heads", 2))
                        .fused("QuickGelu", "a", "y"),
                new FusedModel("embeddings before a packed weight")
                        .input("ids", Tensor.of(new int[] {3, 1, 0, 1}, 2, 2), -2, 2)
                        .doubles("words", 4, 16)
                        .doubles("places", 3, 16)
                        .doubles("g", 16)
                        .doubles("b", 16)
                        .weight(
                                "w",
                                Tensor.of(
                                        DataType.UINT8,
                                        new Random(1).doubles(24, 0, 256).toArray(),
                                        Shape.of(3, 1, 8)))
                        .weight("scale", FusedModel.random("scale", DataType.FLOAT64, 3, 1))
                        .fused("EmbedLayerNormalization", "ids _ words places _ g b", "e m", decimal("epsilon", 0.01f))
                        .fused(
                                "MatMulNBits",
                                "e w scale",
                                "y",
                                number("K", 16),
                                number("N", 3),
                                number("block_size", 16)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("models")
    void areThoseOfDifferences(FusedModel model) {
        Graph forward = OnnxReader.read(
                ByteSource.wrap(model.output("y", DataType.FLOAT64).bytes()));
        assertThat(forward.nodes()).extracting(Node::op).doesNotContain(Op.OTHER);
        GraphBuilder builder = GraphBuilder.from(forward);
        Value y = forward.outputs().get(0);
        // The sum alone of what was normalized has no gradient.
        Value loss = builder.reduceSum(builder.mul(y, builder.mul(y, y)), false);
        List<Value> values = new ArrayList<>();
        forward.inputs().stream()
                .filter(each -> each.dataType() == DataType.FLOAT64)
                .forEach(values::add);
        List<Value> gradients = Gradients.of(builder, loss, values);
        builder.output("loss", loss);
        for (int i = 0; i < values.size(); i++) {
            builder.output("gradient " + values.get(i).name(), gradients.get(i));
        }
        try (Program program = new OnnxRuntimeBackend().compile(builder.build(), ProgramOptions.training())) {
            values.forEach(value -> check(program, model.inputs(), value.name()));
        }
    }

    private static void check(Program program, Tensors inputs, String name) {
        Tensor gradient = program.run(inputs).get("gradient " + name);
        assertThat(gradient.shape()).isEqualTo(inputs.get(name).shape());
        double[] found = gradient.toDoubleArray();
        for (int i = 0; i < found.length; i++) {
            double difference =
                    (loss(program, inputs, name, i, STEP) - loss(program, inputs, name, i, -STEP)) / (2 * STEP);
            assertThat(found[i])
                    .as("derivative with respect to %s[%d]", name, i)
                    .isCloseTo(difference, within(1e-6 * (1 + Math.abs(difference))));
        }
    }

    private static double loss(Program program, Tensors inputs, String name, int element, double by) {
        Map<String, Tensor> moved = new LinkedHashMap<>(inputs.toMap());
        Tensor tensor = inputs.get(name);
        double[] values = tensor.toDoubleArray();
        values[element] += by;
        moved.put(name, Tensor.of(DataType.FLOAT64, values, tensor.shape()));
        return program.run(Tensors.copyOf(moved)).get("loss").item();
    }

    /** Scales that are no constant tell nothing before a run. */
    @Test
    void anOperatorWithoutCounterpartIsServedAndStopsThem() {
        FusedModel model = new FusedModel("scales that are an input")
                .x("x", -2, 16)
                .weight(
                        "w",
                        Tensor.of(
                                DataType.UINT8,
                                new Random(1).doubles(24, 0, 256).toArray(),
                                Shape.of(3, 1, 8)))
                .x("s", 3, 1)
                .fused("Gelu", "x", "h")
                .fused(
                        "MatMulNBits",
                        "h w s",
                        "y",
                        number("K", 16),
                        number("N", 3),
                        number("block_size", 16),
                        number("bits", 4))
                .output("y", DataType.FLOAT32, "size2", 3);
        Graph graph = OnnxReader.read(ByteSource.wrap(model.bytes()));
        assertThat(graph.nodes())
                .filteredOn(node -> node.op() == Op.OTHER)
                .extracting(Node::domain, Node::opType)
                .containsExactly(org.assertj.core.groups.Tuple.tuple("com.microsoft", "MatMulNBits"));

        Tensor expected;
        try (Program program =
                new OnnxRuntimeBackend().load(ByteSource.wrap(model.bytes()), ProgramOptions.serving())) {
            expected = program.run(model.inputs()).get("y");
        }
        try (Program program = new OnnxRuntimeBackend().compile(graph, ProgramOptions.serving())) {
            double[] found = program.run(model.inputs()).get("y").toDoubleArray();
            for (int i = 0; i < found.length; i++) {
                assertThat(found[i]).isCloseTo(expected.toDoubleArray()[i], within(1e-5));
            }
        }

        assertStops(graph, "com.microsoft.MatMulNBits \"the_MatMulNBits\"");
    }

    @Test
    void anOperatorThatNobodyKnowsStopsThem() {
        FusedModel model = new FusedModel("a stranger")
                .x("x", -2, 4)
                .fused("Gelu", "x", "h")
                .node("com.example", "Foo", "h", "f")
                .fused("Gelu", "f", "y")
                .output("y", DataType.FLOAT32, "size2", 4);
        Graph graph = OnnxReader.read(ByteSource.wrap(model.bytes()));
        // Nor is anything known of what it makes, and constants need a type.
        assertThat(graph.nodes())
                .filteredOn(node -> node.op() == Op.OTHER)
                .extracting(Node::opType)
                .containsExactly("Foo", "Gelu");
        assertStops(graph, "com.microsoft.Gelu \"the_Gelu\"");
    }

    private static void assertStops(Graph graph, String title) {
        GraphBuilder builder = GraphBuilder.from(graph);
        Value loss = builder.reduceSum(graph.outputs().get(0), false);
        assertThatThrownBy(
                        () -> Gradients.of(builder, loss, List.of(graph.inputs().get(0))))
                .isInstanceOf(GraphException.class)
                .hasMessage(
                        "no gradient for operator " + title + ": it has no rule here; freeze what lies before it, or"
                                + " export the model with standard operators");
    }
}
