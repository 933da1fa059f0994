package io.maas.backend.tck;

import static io.maas.backend.tck.GradientCase.op;
import static io.maas.backend.tck.GradientCase.positive;
import static io.maas.backend.tck.GradientCase.s;
import static org.assertj.core.api.Assertions.assertThat;

import io.maas.backend.tck.GradientCase.Function;
import io.maas.graph.Attributes;
import io.maas.graph.Gradients;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Gradients of normalizations. */
class NormalizationGradientsTest {
    private static GradientCase all(Op op, Map<String, ?> attributes, Shape... shapes) {
        Function function = (b, x) -> op(b, op, Attributes.copyOf(attributes), x.toArray(new Value[0]));
        return GradientCase.of(op + " " + List.of(shapes) + attributes, function, shapes);
    }

    /** Parameters that are positive, for variances. */
    private static GradientCase batch(Map<String, ?> attributes, Shape shape) {
        Shape channels = s(shape.size(1));
        Function function =
                (b, x) -> op(b, Op.BATCH_NORMALIZATION, Attributes.copyOf(attributes), x.toArray(new Value[0]));
        return positive("BATCH " + shape + attributes, function, shape, channels, channels, channels, channels);
    }

    /** In training the running statistics reach the loss only where they are asked for. */
    private static GradientCase training(boolean running, Shape shape) {
        Shape channels = s(shape.size(1));
        Function function = (b, x) -> {
            Attributes attributes = Attributes.of("training_mode", 1, "epsilon", 0.1);
            List<Value> made = b.nodes(
                    Op.BATCH_NORMALIZATION,
                    attributes,
                    3,
                    x.get(0),
                    x.get(1),
                    x.get(2),
                    b.constant(Tensor.zeros(DataType.FLOAT64, channels)),
                    b.constant(Tensor.zeros(DataType.FLOAT64, channels)));
            if (!running) {
                return made.get(0);
            }
            Value sum = b.reduceSum(b.add(made.get(1), made.get(2)), false);
            return b.add(made.get(0), sum);
        };
        return GradientCase.of("BATCH training " + running + shape, function, shape, channels, channels);
    }

    static Stream<GradientCase> cases() {
        List<GradientCase> all = new ArrayList<>();
        for (Shape shape : List.of(s(2, 3, 2, 2), s(4, 3), s(2, 1, 3), s(0, 2))) {
            all.add(batch(Map.of(), shape));
            all.add(batch(Map.of("epsilon", 0.3), shape));
        }
        for (Shape shape : List.of(s(2, 3, 2, 2), s(4, 3), s(2, 1, 3))) {
            all.add(training(false, shape));
            all.add(training(true, shape));
        }
        all.add(all(Op.GROUP_NORMALIZATION, Map.of("num_groups", 2), s(2, 4, 3), s(4), s(4)));
        all.add(all(Op.GROUP_NORMALIZATION, Map.of("num_groups", 1, "epsilon", 0.2), s(3, 4), s(4), s(4)));
        all.add(all(Op.INSTANCE_NORMALIZATION, Map.of(), s(2, 3, 4), s(3), s(3)));
        all.add(all(Op.INSTANCE_NORMALIZATION, Map.of("epsilon", 0.2), s(2, 1, 3, 2), s(1), s(1)));
        all.add(all(Op.LAYER_NORMALIZATION, Map.of(), s(2, 3, 4), s(4), s(4)));
        all.add(all(Op.LAYER_NORMALIZATION, Map.of("epsilon", 0.2), s(2, 3, 4), s(4)));
        all.add(all(Op.LAYER_NORMALIZATION, Map.of("axis", 1), s(2, 3, 4), s(3, 4), s(3, 4)));
        all.add(all(Op.LAYER_NORMALIZATION, Map.of("axis", -2), s(2, 3, 4), s(3, 4), s(4)));
        all.add(all(Op.LAYER_NORMALIZATION, Map.of(), s(6), s(6), s(6)));
        all.add(all(Op.LAYER_NORMALIZATION, Map.of(), s(0, 3), s(3), s(3)));
        all.add(all(Op.RMS_NORMALIZATION, Map.of(), s(2, 3, 4), s(4)));
        all.add(all(Op.RMS_NORMALIZATION, Map.of("axis", 1, "epsilon", 0.2), s(2, 3, 4), s(3, 4)));
        for (int p : new int[] {1, 2}) {
            all.add(all(Op.LP_NORMALIZATION, Map.of("p", p), s(3, 4)));
            all.add(all(Op.LP_NORMALIZATION, Map.of("p", p, "axis", 0), s(3, 4, 2)));
        }
        for (int size : new int[] {1, 2, 3, 4}) {
            all.add(all(Op.LRN, Map.of("size", size, "alpha", 0.7, "beta", 0.6, "bias", 1.5), s(2, 4, 2, 1)));
        }
        all.add(all(Op.MEAN_VARIANCE_NORMALIZATION, Map.of(), s(2, 3, 2, 2)));
        all.add(all(Op.MEAN_VARIANCE_NORMALIZATION, Map.of("axes", List.of(-1)), s(3, 5)));
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void agreesWithCentralDifferences(GradientCase test) {
        test.check();
    }

    /** In float32 the rule reads the statistics of the node, or those of a second one; in float64 it computes them. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void layerNormalizationHasOneGradientInAllTypes(int outputs) {
        Map<String, double[]> exact = layerGradients(DataType.FLOAT64, outputs);
        for (DataType type : List.of(DataType.FLOAT32, DataType.FLOAT16)) {
            double tolerance = type == DataType.FLOAT32 ? 1e-5 : 2e-2;
            layerGradients(type, outputs).forEach((name, gradient) -> {
                double[] expected = Objects.requireNonNull(exact.get(name));
                for (int i = 0; i < expected.length; i++) {
                    assertThat(gradient[i])
                            .as(type + " " + name + "[" + i + "]")
                            .isCloseTo(expected[i], Offset.offset(tolerance));
                }
            });
        }
    }

    private static Map<String, double[]> layerGradients(DataType type, int outputs) {
        GraphBuilder b = new GraphBuilder("layer");
        Value x = b.input("x", type, Shape.symbolic("batch", 4));
        Value scale = b.input("scale", type, s(4));
        Value bias = b.input("bias", type, s(4));
        Value y = b.nodes(Op.LAYER_NORMALIZATION, Attributes.none(), outputs, x, scale, bias)
                .get(0);
        List<Value> parameters = List.of(x, scale, bias);
        List<Value> gradients = Gradients.of(b, b.reduceSum(b.mul(y, b.mul(y, y)), false), parameters);
        Random random = new Random(3);
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        for (int i = 0; i < 3; i++) {
            b.output("d" + parameters.get(i).name(), gradients.get(i));
            Shape shape = i == 0 ? s(3, 4) : s(4);
            // Eighths, which float16 holds.
            double[] values = random.ints(shape.elements(), -8, 9)
                    .mapToDouble(each -> each / 8.0)
                    .toArray();
            inputs.put(parameters.get(i).name(), Tensor.of(type, values, shape));
        }
        Map<String, double[]> results = new LinkedHashMap<>();
        new ReferenceEvaluator()
                .evaluate(b.build(), Tensors.copyOf(inputs))
                .forEach(entry -> results.put(entry.name(), entry.tensor().toDoubleArray()));
        return results;
    }

    @Test
    void whatHasNoLengthHasNoSlope() {
        for (int p : new int[] {1, 2}) {
            GraphBuilder b = new GraphBuilder("zero");
            Value x = b.input("x", DataType.FLOAT64, s(2));
            Value y = b.node(Op.LP_NORMALIZATION, Attributes.of("p", p), x);
            b.output("dx", Gradients.of(b, b.reduceSum(y, false), List.of(x)).get(0));
            Tensors outputs =
                    new ReferenceEvaluator().evaluate(b.build(), Tensors.of("x", Tensor.of(new double[] {0, 0})));
            assertThat(outputs.get("dx").toDoubleArray()).containsExactly(0, 0);
        }
    }
}
