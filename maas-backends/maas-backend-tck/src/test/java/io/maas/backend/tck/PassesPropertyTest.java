package io.maas.backend.tck;

import static org.assertj.core.api.Assertions.assertThat;

import io.maas.backend.Backend;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.error.MaasException;
import io.maas.graph.Attributes;
import io.maas.graph.Gradients;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.graph.pass.MemoryEstimate;
import io.maas.graph.pass.Pass;
import io.maas.graph.pass.Passes;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a graph gives stays the same under every pass, on operators one by one and on random graphs of many. */
class PassesPropertyTest {
    private static final int NODES = 40;

    private static final Backend REFERENCE = new ReferenceBackend();

    /** Those that promise the same bits. */
    private static final Map<String, Pass> EXACT = Map.of(
            "dead code", Passes.deadCode(),
            "common subexpressions", Passes.commonSubexpressions(),
            "constant folding", Passes.constantFolding(REFERENCE, 1 << 20),
            "shape folding", Passes.shapeFolding(),
            "simplification", Passes.simplification(),
            "pool before relu", Passes.poolBeforeRelu());

    private static final Map<String, Pass> CLOSE = Map.of(
            "recognition", Passes.recognition(),
            "batch normalization", Passes.batchNormFolding(),
            "gemm selection", Passes.gemmSelection(),
            "for serving", Passes.forServing(REFERENCE),
            "for training", Passes.forTraining());

    private static final int EVERY = Boolean.getBoolean("maas.nightly") ? 1 : 3;

    static IntStream seeds() {
        return IntStream.range(0, 60);
    }

    @ParameterizedTest
    @EnumSource(Op.class)
    void operatorsOneByOne(Op op) {
        List<OperatorCase> cases = OperatorCases.of(op);
        for (int i = 0; i < cases.size(); i += EVERY) {
            OperatorCase each = cases.get(i);
            check(each.title(), each.graph(true), List.of(each.inputs()), each.tolerance());
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void randomGraphs(int seed) {
        Graph graph = new RandomGraph(seed).graph();
        check("seed " + seed, graph, RandomGraph.inputs(seed), new Tolerance(1e-4, 1e-4));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.9, 0.7, 0.5})
    void stepsThatComputeAgain(double share) {
        GraphBuilder b = new GraphBuilder("step");
        Value h = b.input("x", DataType.FLOAT32, Shape.symbolic("batch", 8));
        List<Value> weights = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            Value w = b.input("w" + i, DataType.FLOAT32, Shape.of(8, 8));
            weights.add(w);
            // Every other layer is passed by, so that more than one value crosses most borders.
            Value made = b.relu(b.tanh(b.matmul(h, w)));
            h = i % 2 == 0 ? made : b.add(h, made);
        }
        Value loss = b.output("loss", b.reduceMean(b.mul(h, h), false));
        List<Value> gradients = Gradients.of(b, loss, weights);
        gradients.forEach(b::output);
        Graph graph = Passes.forTraining().apply(b.build());

        Map<String, Long> sizes = Map.of("batch", 300L);
        MemoryEstimate before = MemoryEstimate.of(graph, sizes);
        long budget = before.totalBytes() - (long) ((1 - share) * before.intermediateBytes());
        Graph after = Passes.recomputation("loss", budget, sizes).apply(graph);
        assertThat(after).isNotSameAs(graph);
        List<Tensors> inputs = List.of(SampleGraphs.inputs(graph, 1));
        assertThat(run(after, inputs)).isEqualTo(run(graph, inputs));
    }

    @Test
    void whatIsFoundInManyNodesHasTheirValues() {
        Samples samples = new Samples(7);
        GraphBuilder b = new GraphBuilder("patterns");
        Value x = b.input("x", DataType.FLOAT32, Shape.symbolic("batch", 6));
        Value centred = b.sub(x, b.reduceMean(x, true, -1));
        Value variance = b.reduceMean(b.mul(centred, centred), true, -1);
        Value normal = b.div(centred, b.sqrt(b.add(variance, b.scalar(1e-5, x))));
        Value scaled = b.mul(normal, b.constant("scale", samples.any(DataType.FLOAT32, 6)));
        Value layer = b.add(scaled, b.constant("shift", samples.any(DataType.FLOAT32, 6)));
        Value erf = b.node(Op.ERF, Attributes.none(), b.mul(layer, Math.sqrt(0.5)));
        Value gelu = b.mul(layer, b.mul(b.add(erf, b.scalar(1, x)), 0.5));
        Value exp = b.exp(b.sub(gelu, b.reduceMax(gelu, true, -1)));
        Value softmax = b.div(exp, b.reduceSum(exp, true, -1));
        Value product = b.matmul(softmax, b.constant("w", samples.any(DataType.FLOAT32, 6, 3)));
        Value sum = b.add(product, b.constant("bias", samples.any(DataType.FLOAT32, 3)));
        Value[] batch = {
            sum,
            b.constant("factor", samples.any(DataType.FLOAT32, 3)),
            b.constant("move", samples.any(DataType.FLOAT32, 3)),
            b.constant("mean", samples.any(DataType.FLOAT32, 3)),
            b.constant("variance", samples.between(0.5, 2, DataType.FLOAT32, 3))
        };
        b.output("y", b.node(Op.BATCH_NORMALIZATION, Attributes.none(), batch));
        Graph graph = b.build();
        check(
                "patterns",
                graph,
                List.of(SampleGraphs.inputs(graph, 1)),
                Tolerance.of(DataType.FLOAT32).times(10));
        assertThat(Passes.recognition()
                        .then(Passes.forServing(REFERENCE))
                        .apply(graph)
                        .nodes())
                .extracting(Node::op)
                .containsExactly(Op.LAYER_NORMALIZATION, Op.GELU, Op.SOFTMAX, Op.GEMM);
    }

    private static void check(String title, Graph graph, List<Tensors> inputs, Tolerance tolerance) {
        List<Tensors> expected = run(graph, inputs);
        EXACT.forEach((name, pass) -> {
            Graph rewritten = rewritten(title + ", " + name, pass, graph);
            assertThat(run(rewritten, inputs))
                    .as("%s, %s:%n%s%s", title, name, graph, rewritten)
                    .isEqualTo(expected);
        });
        CLOSE.forEach((name, pass) -> {
            Graph rewritten = rewritten(title + ", " + name, pass, graph);
            List<Tensors> actual = run(rewritten, inputs);
            for (int i = 0; i < expected.size(); i++) {
                for (Tensors.Entry entry : expected.get(i)) {
                    String what = title + ", " + name + ", " + entry.name() + ":\n" + graph + rewritten;
                    tolerance.check(what, actual.get(i).get(entry.name()), entry.tensor());
                }
            }
        });
    }

    private static Graph rewritten(String title, Pass pass, Graph graph) {
        Graph rewritten = pass.apply(graph);
        assertThat(rewritten.inputs()).as("%s: inputs", title).isEqualTo(graph.inputs());
        assertThat(rewritten.outputs()).as("%s: outputs", title).isEqualTo(graph.outputs());
        assertThat(rewritten.nodes())
                .as("%s: number of nodes", title)
                .hasSizeLessThanOrEqualTo(graph.nodes().size());
        Graph stable = pass.untilStable().apply(graph);
        assertThat(pass.apply(stable)).as("%s: done after a few rounds", title).isSameAs(stable);
        return rewritten;
    }

    private static List<Tensors> run(Graph graph, List<Tensors> inputs) {
        try (Program program = REFERENCE.compile(graph, ProgramOptions.serving())) {
            return inputs.stream().map(program::run).toList();
        }
    }

    /** Many nodes, each on values before it, with a liking for what passes look for. */
    private static final class RandomGraph {
        private static final List<Map<String, Long>> RUNS = List.of(
                Map.of("batch", 3L, "time", 4L), Map.of("batch", 1L, "time", 2L), Map.of("batch", 4L, "time", 4L));

        private final GraphBuilder builder = new GraphBuilder("random");
        private final Random random;
        private final Samples samples;
        private final List<Value> pool = new ArrayList<>();

        RandomGraph(long seed) {
            this.random = new Random(seed);
            this.samples = new Samples(seed);
            declared().forEach((name, shape) -> pool.add(builder.input(name, DataType.FLOAT32, shape)));
            Tensor weights = samples.any(DataType.FLOAT32, 4, 4);
            pool.add(builder.constant("w", weights));
            pool.add(builder.constant("same", weights));
            pool.add(builder.constant("bias", samples.any(DataType.FLOAT32, 4)));
            pool.add(builder.constant("one", Tensor.scalar(1f)));
        }

        private static Map<String, Shape> declared() {
            Map<String, Shape> shapes = new LinkedHashMap<>();
            shapes.put("x", Shape.symbolic("batch", 4));
            shapes.put("y", Shape.symbolic("batch", "time"));
            shapes.put("z", Shape.symbolic("batch", "time", 4));
            shapes.put("u", Shape.symbolic("?", 4));
            return shapes;
        }

        static List<Tensors> inputs(long seed) {
            Samples samples = new Samples(seed);
            List<Tensors> runs = new ArrayList<>();
            for (Map<String, Long> run : RUNS) {
                Map<String, Tensor> tensors = new LinkedHashMap<>();
                declared()
                        .forEach((name, shape) -> tensors.put(
                                name,
                                samples.any(
                                        DataType.FLOAT32,
                                        Arrays.stream(shape.dimensions())
                                                .mapToLong(size -> size instanceof Long number
                                                        ? number
                                                        : run.getOrDefault(size, 4L))
                                                .toArray())));
                runs.add(Tensors.copyOf(tensors));
            }
            return runs;
        }

        Graph graph() {
            int made = 0;
            for (int tries = 0; made < NODES && tries < 20 * NODES; tries++) {
                try {
                    Value value = step(random.nextInt(14));
                    // Sizes that only the run tells may not fit each other: such nodes would fail there.
                    if (isSafe(value)) {
                        pool.add(value);
                        made++;
                    }
                } catch (MaasException e) {
                    // Inputs that do not fit the operator: another try.
                }
            }
            for (int i = 0; i < 4; i++) {
                builder.output("out" + i, any());
            }
            return builder.build();
        }

        private static boolean isSafe(Value value) {
            return value.hasShape() && value.rank() <= 4;
        }

        private Value any() {
            return pool.get(random.nextInt(pool.size()));
        }

        private Value recent() {
            return pool.get(pool.size() - 1 - random.nextInt(Math.min(4, pool.size())));
        }

        private Value step(int kind) {
            Value a = random.nextBoolean() ? recent() : any();
            return switch (kind) {
                case 0 -> builder.relu(a);
                case 1 -> builder.neg(a);
                case 2 -> builder.node(Op.IDENTITY, Attributes.none(), a);
                case 3 -> builder.mul(a, 1);
                case 4 -> product(builder.tanh(a), any());
                case 5 -> sum(a, any());
                case 6, 7 -> swapped(a);
                case 8, 9 -> product(a, any());
                case 10 -> spelled(a);
                case 11 -> builder.reshape(a, 0, -1);
                case 12 -> filled(a);
                default -> builder.squeeze(builder.unsqueeze(a, 0), 0);
            };
        }

        private static boolean fixedOrEqual(Value a, Value b) {
            return a.hasShape() && b.hasShape() && a.shape().equals(b.shape()) && noUnknown(a);
        }

        private static boolean noUnknown(Value value) {
            return !Arrays.asList(value.shape().dimensions()).contains(Shape.UNKNOWN);
        }

        private Value sum(Value a, Value b) {
            Value bias = pool.get(6);
            if (a.rank() > 0 && a.shape().size(-1) == 4) {
                return builder.add(a, bias);
            }
            return fixedOrEqual(a, b) ? builder.add(a, b) : builder.tanh(a);
        }

        private Value swapped(Value a) {
            long[] order = IntStream.range(0, a.rank()).asLongStream().toArray();
            if (order.length > 1) {
                long last = order[order.length - 1];
                order[order.length - 1] = order[order.length - 2];
                order[order.length - 2] = last;
            }
            return builder.transpose(a, order);
        }

        private Value product(Value a, Value b) {
            boolean matrices = a.rank() == 2 && b.rank() == 2;
            if (matrices && a.shape().dimension(1).equals(b.shape().dimension(0)) && noUnknown(a)) {
                return builder.tanh(builder.matmul(a, b));
            }
            Value w = pool.get(4);
            return a.rank() == 2 && a.shape().size(1) == 4
                    ? builder.add(builder.matmul(a, swapped(w)), pool.get(6))
                    : builder.tanh(a);
        }

        /** A reshaping to sizes that are taken from the value itself, as exporters write it. */
        private Value spelled(Value a) {
            Value shape = builder.shapeOf(a);
            List<Value> sizes = new ArrayList<>();
            for (int axis = 0; axis < a.rank(); axis++) {
                Value size = builder.node(Op.GATHER, Attributes.of("axis", 0), shape, index(axis));
                sizes.add(builder.unsqueeze(size, 0));
            }
            if (a.rank() > 1 && random.nextBoolean()) {
                int at = random.nextInt(a.rank() - 1);
                Value both = builder.mul(sizes.get(at), sizes.remove(at + 1));
                sizes.set(at, both);
            }
            Value target = builder.node(Op.CONCAT, Attributes.of("axis", 0), sizes.toArray(new Value[0]));
            return builder.reshape(a, target);
        }

        private Value index(long axis) {
            return builder.constant(Tensor.scalar(axis));
        }

        private Value filled(Value a) {
            Attributes fill = Attributes.of("value", Tensor.of(new float[] {random.nextInt(3)}));
            Value ones = builder.node(Op.CONSTANT_OF_SHAPE, fill, builder.shapeOf(a));
            return builder.add(a, ones);
        }
    }
}
