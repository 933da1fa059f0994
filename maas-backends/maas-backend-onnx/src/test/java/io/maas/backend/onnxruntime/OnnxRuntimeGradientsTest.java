package io.maas.backend.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.io.ByteSource;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.backend.tck.ReferenceEvaluator;
import io.maas.graph.Attributes;
import io.maas.graph.Gradients;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.graph.onnx.OnnxWriter;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Gradients that this engine computes in float32 and float16 are those of the reference in float64. */
class OnnxRuntimeGradientsTest {
    private static final OnnxRuntimeBackend BACKEND = new OnnxRuntimeBackend();
    private static final int ROWS = 3;
    private static final int COLUMNS = 8;

    private interface Function {
        Value apply(GraphBuilder b, Value x, Value scale, Value bias);
    }

    private static Graph graph(DataType type, Function function) {
        GraphBuilder b = new GraphBuilder("gradient");
        Value x = b.input("x", type, Shape.symbolic("rows", COLUMNS));
        Value scale = b.input("scale", type, Shape.of(COLUMNS));
        Value bias = b.input("bias", type, Shape.of(COLUMNS));
        Value y = function.apply(b, x, scale, bias);
        Value loss = b.reduceMean(b.mul(y, b.mul(y, y)), false);
        List<Value> gradients = Gradients.of(b, loss, List.of(x, scale, bias));
        b.output("y", y);
        b.output("dx", gradients.get(0));
        b.output("dscale", gradients.get(1));
        b.output("dbias", gradients.get(2));
        return b.build();
    }

    private static Tensors inputs(DataType type) {
        Random random = new Random(5);
        List<Tensors.Entry> inputs = new ArrayList<>();
        for (String name : List.of("bias", "scale", "x")) {
            Shape shape = name.equals("x") ? Shape.of(ROWS, COLUMNS) : Shape.of(COLUMNS);
            // Eighths, which float16 holds.
            double[] values = random.ints(shape.elements(), -16, 17)
                    .mapToDouble(each -> each / 8.0)
                    .toArray();
            inputs.add(new Tensors.Entry(name, Tensor.of(type, values, shape)));
        }
        return Tensors.copyOf(inputs);
    }

    private static void check(DataType type, Function function) {
        Tensors exact = new ReferenceEvaluator().evaluate(graph(DataType.FLOAT64, function), inputs(DataType.FLOAT64));
        Graph graph = graph(type, function);
        try (Program compiled = BACKEND.compile(graph, ProgramOptions.training());
                Program loaded = BACKEND.load(ByteSource.wrap(OnnxWriter.write(graph)), ProgramOptions.training())) {
            for (Program program : List.of(compiled, loaded)) {
                close(program.run(inputs(type)), exact, type == DataType.FLOAT16 ? 2e-2 : 1e-5);
            }
        }
    }

    private static void close(Tensors actual, Tensors exact, double tolerance) {
        for (Tensors.Entry entry : exact) {
            double[] expected = entry.tensor().toDoubleArray();
            double[] given = actual.get(entry.name()).toDoubleArray();
            for (int i = 0; i < expected.length; i++) {
                assertThat(given[i])
                        .as(entry.name() + "[" + i + "]")
                        .isCloseTo(expected[i], Offset.offset(tolerance * Math.max(1, Math.abs(expected[i]))));
            }
        }
    }

    /** The addition before it is what the runtime would merge with the normalization, whose statistics are wanted here. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT32", "FLOAT16"})
    void layerNormalizationOfASum(DataType type) {
        check(type, (b, x, scale, bias) -> {
            Value sum = b.add(x, b.mul(x, b.sigmoid(x)));
            return b.node(Op.LAYER_NORMALIZATION, Attributes.none(), sum, scale, bias);
        });
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT32", "FLOAT16"})
    void batchNormalizationInTraining(DataType type) {
        check(type, (b, x, scale, bias) -> {
            Value zeros = b.constant("zeros", Tensor.zeros(type, Shape.of(COLUMNS)));
            Attributes training = Attributes.of("training_mode", 1, "epsilon", 0.1f);
            return b.nodes(Op.BATCH_NORMALIZATION, training, 3, x, scale, bias, zeros, zeros)
                    .get(0);
        });
    }

    @ParameterizedTest
    @CsvSource({"none, FLOAT32", "tanh, FLOAT32", "none, FLOAT16", "tanh, FLOAT16"})
    void gelu(String approximate, DataType type) {
        check(
                type,
                (b, x, scale, bias) ->
                        b.node(Op.GELU, Attributes.of("approximate", approximate), b.add(b.mul(x, scale), bias)));
    }

    /** Where squares of float16 numbers are infinite. */
    @ParameterizedTest
    @ValueSource(strings = {"none", "tanh"})
    void geluOfGreatNumbers(String approximate) {
        GraphBuilder b = new GraphBuilder("great");
        Value x = b.input("x", DataType.FLOAT16, Shape.of(4));
        Value y = b.node(Op.GELU, Attributes.of("approximate", approximate), x);
        b.output("dx", Gradients.of(b, b.reduceMean(y, false), List.of(x)).get(0));
        try (Program program = BACKEND.compile(b.build(), ProgramOptions.training())) {
            Tensor great = Tensor.of(DataType.FLOAT16, new double[] {-1000, -300, 300, 1000}, Shape.of(4));
            assertThat(program.run(Tensors.of("x", great)).get("dx").toDoubleArray())
                    .containsExactly(new double[] {0, 0, 0.25, 0.25}, Offset.offset(1e-3));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"HARD_SWISH", "MISH", "SWISH", "SOFTSIGN", "SELU", "SOFTPLUS"})
    void activations(Op op) {
        check(DataType.FLOAT32, (b, x, scale, bias) -> b.node(op, Attributes.none(), b.add(b.mul(x, scale), bias)));
        check(DataType.FLOAT16, (b, x, scale, bias) -> b.node(op, Attributes.none(), b.add(b.mul(x, scale), bias)));
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT32", "FLOAT16"})
    void rootMeanSquareNormalization(DataType type) {
        check(type, (b, x, scale, bias) -> b.add(b.node(Op.RMS_NORMALIZATION, Attributes.none(), x, scale), bias));
    }

    /** Updates that share a place. */
    @Test
    void scatteredProducts() {
        Attributes product = Attributes.of("reduction", "mul");
        check(DataType.FLOAT32, (b, x, scale, bias) -> {
            Value rows = b.node(Op.CONCAT, Attributes.of("axis", 0), b.unsqueeze(scale, 0), b.unsqueeze(bias, 0));
            Value twice = b.constant(Tensor.of(new long[] {1, 1}, 2, 1));
            return b.node(Op.SCATTER_ND, product, x, twice, rows);
        });
        check(DataType.FLOAT32, (b, x, scale, bias) -> {
            Value rows = b.node(Op.CONCAT, Attributes.of("axis", 0), b.unsqueeze(scale, 0), b.unsqueeze(bias, 0));
            Value places = b.constant(Tensor.of(new long[] {0, 1, 2, 0, 1, 2, 0, 1, 0, 0, 2, 2, 1, 2, 1, 1}, 2, 8));
            return b.node(Op.SCATTER_ELEMENTS, product, x, places, rows);
        });
    }

    /** Over an axis whose size only the run shows. */
    @ParameterizedTest
    @ValueSource(strings = {"SAME_UPPER", "SAME_LOWER"})
    void convolutionsWithPaddingThatTheRunDecides(String side) {
        Map<String, ?> way = Map.of("auto_pad", side, "strides", List.of(2), "kernel_shape", List.of(3));
        for (Op op : List.of(Op.CONV, Op.CONV_TRANSPOSE)) {
            check(DataType.FLOAT32, (b, x, scale, bias) -> {
                Value rows = b.node(Op.CONCAT, Attributes.of("axis", 0), scale, bias, scale);
                Value weights = b.reshape(rows, op == Op.CONV ? new long[] {1, 8, 3} : new long[] {8, 1, 3});
                return b.node(op, Attributes.copyOf(way), columns(b, x), weights);
            });
        }
    }

    /** {@code [1, 8, rows]}. */
    private static Value columns(GraphBuilder b, Value x) {
        return b.unsqueeze(b.transpose(x, 1, 0), 0);
    }

    @ParameterizedTest
    @EnumSource(names = {"MAX_POOL", "AVERAGE_POOL", "LP_POOL"})
    void poolsWithPaddingThatTheRunDecides(Op op) {
        for (String side : List.of("SAME_UPPER", "SAME_LOWER", "NOTSET")) {
            Map<String, ?> way =
                    Map.of("auto_pad", side, "strides", List.of(2), "kernel_shape", List.of(2), "ceil_mode", 1);
            check(
                    DataType.FLOAT32,
                    (b, x, scale, bias) ->
                            b.node(op, Attributes.copyOf(way), columns(b, b.add(b.mul(x, scale), bias))));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"nearest", "linear", "cubic"})
    void resizesToSizesThatTheRunDecides(String mode) {
        for (String from : List.of("half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel")) {
            Attributes way = Attributes.of("mode", mode, "coordinate_transformation_mode", from);
            check(DataType.FLOAT32, (b, x, scale, bias) -> {
                Value twice = b.constant(Tensor.of(DataType.FLOAT32, new double[] {2, 2}, Shape.of(2)));
                return b.node(Op.RESIZE, way, b.add(b.mul(x, scale), bias), Value.OMITTED, twice);
            });
        }
    }

    /** Over a sequence whose length only the run shows, in both directions; its gradient is one more recurrent layer. */
    @ParameterizedTest
    @CsvSource({"RNN, 1, 0", "GRU, 3, 0", "GRU, 3, 1", "LSTM, 4, 0"})
    void recurrentLayers(Op op, int gates, int linear) {
        Map<String, Object> way = new HashMap<>(Map.of("direction", "bidirectional", "hidden_size", 2));
        if (op == Op.GRU) {
            way.put("linear_before_reset", linear);
        }
        check(DataType.FLOAT32, (b, x, scale, bias) -> {
            Value all = b.mul(b.mul(b.unsqueeze(scale, 1), bias), 0.2);
            Value rows = b.node(Op.SLICE, Attributes.none(), all, b.longs(0), b.longs(2L * gates), b.longs(0));
            Value weights = b.unsqueeze(rows, 0);
            Value both = b.node(Op.CONCAT, Attributes.of("axis", 0), weights, b.mul(weights, 0.5));
            Value recurrent = b.node(Op.SLICE, Attributes.none(), both, b.longs(3), b.longs(5), b.longs(2));
            return b.node(op, Attributes.copyOf(way), b.unsqueeze(x, 1), both, recurrent);
        });
    }
}
