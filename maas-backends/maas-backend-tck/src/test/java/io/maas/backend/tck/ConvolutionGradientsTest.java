package io.maas.backend.tck;

import static io.maas.backend.tck.GradientCase.op;
import static io.maas.backend.tck.GradientCase.s;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.maas.backend.tck.GradientCase.Function;
import io.maas.error.GraphException;
import io.maas.graph.Attributes;
import io.maas.graph.Gradients;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Gradients of convolutions and pools. */
class ConvolutionGradientsTest {
    private static GradientCase all(Op op, Map<String, ?> attributes, Shape... shapes) {
        Attributes all = Attributes.copyOf(attributes);
        Function function = (b, x) -> op(b, op, all, x.toArray(new Value[0]));
        return GradientCase.of(op + " " + List.of(shapes) + all, function, shapes);
    }

    private static Map<String, Object> moves(Object... more) {
        Map<String, Object> all = new java.util.TreeMap<>();
        for (int i = 0; i < more.length; i += 2) {
            all.put((String) more[i], more[i + 1]);
        }
        return all;
    }

    /** With any shapes, symbolic ones too. */
    static Stream<GradientCase> cases() {
        List<GradientCase> all = new ArrayList<>();
        for (Op op : List.of(Op.CONV, Op.CONV_TRANSPOSE)) {
            boolean forward = op == Op.CONV;
            Shape w = forward ? s(3, 2, 2, 3) : s(2, 3, 2, 3);
            List<Map<String, Object>> ways = List.of(
                    moves(),
                    moves("pads", List.of(1, 0, 0, 2)),
                    moves("pads", List.of(2, 1, 0, 2)),
                    moves("strides", List.of(2, 1)),
                    moves("strides", List.of(2, 3), "pads", List.of(1, 1, 0, 1)),
                    moves("dilations", List.of(2, 1)),
                    moves("dilations", List.of(3, 2), "strides", List.of(2, 1), "pads", List.of(1, 1, 1, 1)),
                    moves("auto_pad", "VALID", "strides", List.of(1, 2)));
            for (Map<String, Object> way : ways) {
                way.put("kernel_shape", List.of(2, 3));
                all.add(all(op, way, s(2, 2, 5, 6), w, s(3)));
            }
            all.add(all(op, moves("kernel_shape", List.of(3)), s(2, 1, 4), s(1, 1, 3)));
            all.add(all(op, moves("kernel_shape", List.of(1), "strides", List.of(2)), s(1, 1, 4), s(1, 1, 1)));
            all.add(all(op, moves("kernel_shape", List.of(2, 1, 2)), s(1, 2, 2, 2, 3), s(2, 2, 2, 1, 2)));
            all.add(all(op, moves("kernel_shape", List.of(2)), s(0, 1, 4), s(1, 1, 2), s(1)));
        }
        all.add(all(Op.CONV, moves("auto_pad", "SAME_UPPER", "kernel_shape", List.of(2)), s(2, 2, 3), s(2, 2, 2)));
        all.add(all(Op.CONV, moves("auto_pad", "SAME_LOWER", "kernel_shape", List.of(4)), s(2, 2, 3), s(2, 2, 4)));
        for (Op op : List.of(Op.MAX_POOL, Op.AVERAGE_POOL, Op.LP_POOL)) {
            for (Map<String, Object> way : List.of(
                    moves(),
                    moves("strides", List.of(2, 3)),
                    moves("strides", List.of(2, 1), "pads", List.of(1, 1, 0, 1)),
                    moves("auto_pad", "SAME_LOWER"))) {
                way.put("kernel_shape", List.of(2, 3));
                all.add(all(op, way, s(2, 2, 5, 6)));
                all.add(all(op, way, s(0, 2, 5, 6)));
            }
            all.add(all(op, moves("kernel_shape", List.of(2), "strides", List.of(2)), s(3, 2, 4)));
            all.add(all(op, moves("kernel_shape", List.of(2), "strides", List.of(3)), s(3, 2, 7)));
            all.add(all(op, moves("kernel_shape", List.of(1)), s(1, 1, 1)));
        }
        all.add(all(
                Op.AVERAGE_POOL,
                moves("kernel_shape", List.of(3), "pads", List.of(1, 2), "count_include_pad", 1),
                s(2, 1, 4)));
        for (int p : new int[] {1, 3}) {
            all.add(all(Op.LP_POOL, moves("kernel_shape", List.of(3), "pads", List.of(1, 2), "p", p), s(2, 1, 4)));
            all.add(all(Op.GLOBAL_LP_POOL, moves("p", p), s(2, 3, 4)));
        }
        for (Op op : List.of(Op.GLOBAL_AVERAGE_POOL, Op.GLOBAL_LP_POOL, Op.GLOBAL_MAX_POOL)) {
            all.add(all(op, moves(), s(2, 3, 4)));
            all.add(all(op, moves(), s(1, 1, 2, 3)));
        }
        return all.stream();
    }

    /** What needs some sizes: channels in groups, paddings and counts that depend on them. */
    static Stream<GradientCase> fixedCases() {
        List<GradientCase> all = new ArrayList<>();
        for (Map<String, Object> way : List.of(
                moves(),
                moves("strides", List.of(2, 3)),
                moves("pads", List.of(1, 1, 1, 0)),
                moves("dilations", List.of(2, 1), "strides", List.of(1, 2)))) {
            way.put("group", 2);
            all.add(all(Op.CONV, way, s(2, 4, 5, 5), s(6, 2, 2, 3), s(6)));
            all.add(all(Op.CONV_TRANSPOSE, way, s(2, 4, 3, 2), s(4, 3, 2, 3), s(6)));
            all.add(all(Op.CONV, way, s(1, 2, 5, 5), s(2, 1, 2, 3)));
            all.add(all(Op.CONV_TRANSPOSE, way, s(1, 2, 3, 2), s(2, 1, 2, 3)));
        }
        for (Op op : List.of(Op.MAX_POOL, Op.AVERAGE_POOL, Op.LP_POOL)) {
            all.add(all(op, moves("kernel_shape", List.of(2, 3), "strides", List.of(2, 3)), s(2, 2, 4, 6)));
            all.add(all(op, moves("kernel_shape", List.of(2, 1, 2), "strides", List.of(2, 1, 2)), s(0, 2, 4, 2, 2)));
        }
        all.add(all(Op.MAX_POOL, moves("kernel_shape", List.of(2, 2), "storage_order", 1), s(2, 2, 4, 3)));
        all.add(all(Op.MAX_POOL, moves("kernel_shape", List.of(2), "dilations", List.of(2)), s(2, 2, 4)));
        return all.stream();
    }

    /** Padding that sizes decide, which may be symbols. */
    static Stream<GradientCase> measuredCases() {
        List<GradientCase> all = new ArrayList<>();
        for (String side : List.of("SAME_UPPER", "SAME_LOWER")) {
            for (int size = 3; size < 7; size++) {
                Map<String, Object> way = moves("auto_pad", side, "strides", List.of(2), "kernel_shape", List.of(4));
                all.add(all(Op.CONV, way, s(2, 2, size), s(3, 2, 4), s(3)));
                all.add(all(Op.CONV_TRANSPOSE, way, s(2, 2, size), s(2, 3, 4), s(3)));
                way.put("kernel_shape", List.of(3));
                all.add(all(Op.MAX_POOL, way, s(2, 2, size)));
                all.add(all(Op.LP_POOL, way, s(2, 2, size)));
                for (int count = 0; count < 2; count++) {
                    way = moves(
                            "auto_pad",
                            side,
                            "strides",
                            List.of(2),
                            "kernel_shape",
                            List.of(3),
                            "count_include_pad",
                            count);
                    all.add(all(Op.AVERAGE_POOL, way, s(2, 2, size)));
                }
            }
            Map<String, Object> apart = moves("auto_pad", side, "strides", List.of(3), "kernel_shape", List.of(1));
            all.add(all(Op.CONV, apart, s(1, 1, 5), s(1, 1, 1)));
            all.add(all(Op.CONV_TRANSPOSE, apart, s(1, 1, 2), s(1, 1, 1)));
            all.add(all(Op.AVERAGE_POOL, apart, s(1, 1, 5)));
        }
        for (int size = 6; size < 10; size++) {
            Map<String, Object> way =
                    moves("strides", List.of(3), "output_shape", List.of(size), "kernel_shape", List.of(2));
            all.add(all(Op.CONV_TRANSPOSE, way, s(2, 1, 3), s(1, 2, 2)));
        }
        return Stream.concat(all.stream(), ceilings());
    }

    private static Stream<GradientCase> ceilings() {
        List<GradientCase> all = new ArrayList<>();
        for (Op op : List.of(Op.MAX_POOL, Op.AVERAGE_POOL, Op.LP_POOL)) {
            for (int size = 4; size < 8; size++) {
                Map<String, Object> way =
                        moves("kernel_shape", List.of(3), "strides", List.of(2), "ceil_mode", 1, "pads", List.of(1, 0));
                all.add(all(op, way, s(2, 1, size)));
                way = moves("kernel_shape", List.of(2), "strides", List.of(3), "ceil_mode", 1, "pads", List.of(1, 1));
                all.add(all(op, way, s(2, 1, size)));
                if (op == Op.AVERAGE_POOL) {
                    way.put("count_include_pad", 1);
                    all.add(all(op, way, s(2, 1, size)));
                    way.put("kernel_shape", List.of(4));
                    all.add(all(op, way, s(2, 1, size)));
                }
            }
        }
        return all.stream();
    }

    private static long draw(Random random, long from, long to) {
        return from + random.nextInt((int) (to - from + 1));
    }

    /** Windows at random, each along its own axis: the first of unknown size, the second of a known one. */
    static Stream<GradientCase> randomCases() {
        List<GradientCase> all = new ArrayList<>();
        for (int seed = 0; seed < 40; seed++) {
            Random random = new Random(seed);
            List<Long> kernel = List.of(draw(random, 1, 3), draw(random, 1, 3));
            List<Long> dilations = List.of(draw(random, 1, 2), draw(random, 1, 2));
            List<Long> pads = random.longs(
                            4, 0, kernel.stream().mapToLong(each -> each).min().orElse(1))
                    .boxed()
                    .toList();
            long[] sizes = {2, 1, 0, 0};
            for (int i = 0; i < 2; i++) {
                // So that no window sees padding only.
                sizes[i + 2] = (kernel.get(i) - 1) * dilations.get(i) + draw(random, 1, 3);
            }
            Map<String, Object> way = moves("kernel_shape", kernel, "dilations", dilations);
            way.put("strides", List.of(draw(random, 1, 3), draw(random, 1, 3)));
            String side = List.of("NOTSET", "SAME_UPPER", "SAME_LOWER").get(seed % 3);
            way.put("auto_pad", side);
            if (side.equals("NOTSET")) {
                way.put("pads", pads);
            }
            all.add(all(Op.CONV, way, s(sizes), s(2, 1, kernel.get(0), kernel.get(1))));
            all.add(all(Op.CONV_TRANSPOSE, way, s(sizes), s(1, 2, kernel.get(0), kernel.get(1))));
            way.put("ceil_mode", draw(random, 0, 1));
            all.add(all(Op.MAX_POOL, way, s(sizes)));
            all.add(all(Op.LP_POOL, way, s(sizes)));
            way.put("count_include_pad", draw(random, 0, 1));
            all.add(all(Op.AVERAGE_POOL, way, s(sizes)));
        }
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource({"measuredCases", "randomCases"})
    void agreesWithCentralDifferencesForPaddingThatTheRunDecides(GradientCase test) {
        test.check();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void agreesWithCentralDifferences(GradientCase test) {
        test.check();
    }

    @ParameterizedTest
    @MethodSource("fixedCases")
    void agreesWithCentralDifferencesForKnownSizes(GradientCase test) {
        test.checkFixed();
    }

    private static double[] ofTies(Attributes attributes) {
        GraphBuilder b = new GraphBuilder("ties");
        Value x = b.input("x", DataType.FLOAT64, s(1, 1, 4));
        Value y = b.node(Op.MAX_POOL, attributes, x);
        b.output("dx", Gradients.of(b, b.reduceSum(y, false), List.of(x)).get(0));
        Tensor ties = Tensor.of(new double[] {3, 3, 5, 1}).reshape(s(1, 1, 4));
        return new ReferenceEvaluator()
                .evaluate(b.build(), Tensors.of("x", ties))
                .get("dx")
                .toDoubleArray();
    }

    @Test
    void equalLargestShareWhereWindowsTile() {
        Attributes tiles = Attributes.of("kernel_shape", List.of(2), "strides", List.of(2));
        assertThat(ofTies(tiles)).containsExactly(0.5, 0.5, 1, 0);
    }

    @Test
    void theFirstLargestTakesAllWhereWindowsOverlap() {
        assertThat(ofTies(Attributes.of("kernel_shape", List.of(2)))).containsExactly(1, 0, 2, 0);
    }

    /** With many channels the weights' gradient is written as one product a tap. */
    static Stream<GradientCase> wide() {
        return Stream.of(
                all(Op.CONV, moves("pads", List.of(1, 1, 1, 1)), s(2, 16, 10, 12), s(17, 16, 3, 3)),
                all(Op.CONV, moves("pads", List.of(1, 0, 0, 2)), s(2, 17, 9, 12), s(16, 17, 2, 3)),
                all(Op.CONV, moves("auto_pad", "SAME_UPPER"), s(3, 16, 8, 9), s(16, 16, 1, 2)),
                all(Op.CONV, moves(), s(2, 16, 4, 5), s(16, 16, 1, 1)),
                all(Op.CONV, moves("dilations", List.of(2, 3)), s(1, 16, 5, 16), s(16, 16, 3, 2)),
                all(Op.CONV, moves("pads", List.of(2, 1)), s(2, 16, 7), s(18, 16, 4)),
                all(Op.CONV, moves(), s(1, 16, 3, 8, 9), s(16, 16, 2, 1, 2)),
                all(Op.CONV, moves(), s(0, 16, 7), s(16, 16, 3)),
                all(Op.CONV_TRANSPOSE, moves("pads", List.of(1, 0, 1, 1)), s(2, 16, 9, 13), s(16, 17, 3, 2)));
    }

    /** A convolution is linear in its weights, so the gradient times any step is the change of the loss that it makes. */
    @ParameterizedTest(name = "{0}")
    @MethodSource
    void wide(GradientCase test) {
        for (boolean isBatchKnown : new boolean[] {true, false}) {
            Random random = new Random(5);
            Shape shape = test.shapes().get(0);
            GraphBuilder b = new GraphBuilder("wide");
            Value x = b.input("x", DataType.FLOAT64, isBatchKnown ? shape : shape.with(0, "batch"));
            Value w = b.input("w", DataType.FLOAT64, test.shapes().get(1));
            Value y = test.function().apply(b, List.of(x, w));
            // A sum in which no two places and no two examples weigh the same.
            long[] example = Arrays.copyOfRange(y.shape().toArray(), 1, y.rank());
            long[] batch = new long[y.rank()];
            Arrays.fill(batch, 1);
            batch[0] = shape.size(0);
            Value mixed = b.mul(b.mul(y, b.constant(random(random, example))), b.constant(random(random, batch)));
            Value loss = b.output("loss", b.reduceSum(mixed, false));
            Value gradient = Gradients.of(b, loss, List.of(w)).get(0);
            Tensor direction = random(random, w.shape().toArray());
            b.output("change", b.reduceSum(b.mul(gradient, b.constant(direction)), false));
            Graph graph = b.build();
            assertThat(graph.nodes())
                    .filteredOn(node -> node.op() == Op.CONV || node.op() == Op.CONV_TRANSPOSE)
                    .hasSize(1);
            Tensor input = random(random, shape.toArray());
            Tensor zeros = Tensor.zeros(DataType.FLOAT64, w.shape());
            double changed = evaluate(graph, input, direction).get("loss").item();
            double expected =
                    changed - evaluate(graph, input, zeros).get("loss").item();
            assertThat(evaluate(graph, input, zeros).get("change").item()).isCloseTo(expected, within(1e-9));
        }
    }

    private static Tensor random(Random random, long... shape) {
        Shape sizes = Shape.of(shape);
        return Tensor.of(
                DataType.FLOAT64, random.doubles(sizes.elements(), -1, 1).toArray(), sizes);
    }

    private static Tensors evaluate(Graph graph, Tensor x, Tensor w) {
        return new ReferenceEvaluator().evaluate(graph, Tensors.copyOf(Map.of("x", x, "w", w)));
    }

    @Test
    void aKernelOfUnknownSizeSaysWhatToGive() {
        GraphBuilder b = new GraphBuilder("kernel");
        Value x = b.input("x", DataType.FLOAT64, s(1, 1, 5));
        Value w = b.input("w", DataType.FLOAT64, Shape.symbolic(1, 1, "size"));
        Value y = b.node(Op.CONV, Attributes.none(), x, w);

        assertThatThrownBy(() -> Gradients.of(b, b.reduceSum(y, false), List.of(w)))
                .isInstanceOf(GraphException.class)
                .hasMessage("no gradient for operator Conv \"Conv_1\" with weights w: float64[1, 1, size]: the kernel's"
                        + " size is not known; give the last axes of the weights sizes, or the operator the attribute"
                        + " kernel_shape");
    }
}
