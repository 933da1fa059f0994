package io.maas.backend.tck;

import static org.assertj.core.api.Assertions.assertThat;

import io.maas.error.BackendException;
import io.maas.error.GraphException;
import io.maas.error.ShapeMismatchException;
import io.maas.graph.Attributes;
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
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a graph declares of its values holds for the values of a run, whatever the size of the symbolic axes is. */
class InferredShapesPropertyTest {
    private static final int VALUES = 40;

    /** The sizes of the symbols in the runs that go on side by side. */
    private static final List<Map<String, Long>> RUNS =
            List.of(Map.of("batch", 5L, "time", 4L), Map.of("batch", 1L, "time", 2L), Map.of("batch", 3L, "time", 3L));

    /** A value as a graph declares it, and what it is in each run. */
    private record Known(Value declared, List<Tensor> actual) {}

    private final List<Known> pool = new ArrayList<>();
    private int refused;

    static IntStream seeds() {
        return IntStream.range(0, 60);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void declaredTypesAndShapesAcceptTheActualOnes(int seed) {
        Random random = new Random(seed);
        add(seed, "x", "batch", 3);
        add(seed, "y", "batch", 1);
        add(seed, "z", "batch", "time", 2);
        add(seed, "w", 3, "time");
        while (pool.size() < VALUES && refused < 100 * VALUES) {
            Known a = pool.get(random.nextInt(pool.size()));
            Known b = pool.get(random.nextInt(pool.size()));
            step("seed " + seed, a, b, random);
        }
        assertThat(pool).as("seed %d: values found", seed).hasSize(VALUES);
    }

    private void add(int seed, String name, Object... sizes) {
        Value declared = new Value(name, DataType.FLOAT32, Shape.symbolic(sizes));
        List<Tensor> actual = new ArrayList<>();
        for (Map<String, Long> run : RUNS) {
            long[] fixed = Arrays.stream(sizes)
                    .mapToLong(size -> size instanceof Integer number ? number : run.getOrDefault(size, 0L))
                    .toArray();
            actual.add(new Samples(seed).any(DataType.FLOAT32, fixed));
        }
        pool.add(new Known(declared, actual));
    }

    /** Tries one operator on two values, as a graph of its own whose inputs are declared as the values are. */
    private void step(String title, Known a, Known b, Random random) {
        GraphBuilder builder = new GraphBuilder("step");
        Value left = builder.input("a", DataType.FLOAT32, a.declared.shape());
        Value right = builder.input("b", DataType.FLOAT32, b.declared.shape());
        Graph graph;
        List<Tensor> actual = new ArrayList<>();
        try {
            builder.output(grow(builder, left, right, random));
            graph = builder.build();
            for (int run = 0; run < RUNS.size(); run++) {
                Tensors inputs = Tensors.of("a", a.actual.get(run), "b", b.actual.get(run));
                actual.add(new ReferenceEvaluator().evaluate(graph, inputs).only());
            }
        } catch (ShapeMismatchException | GraphException | BackendException e) {
            // The operator does not fit these values; another try has another one.
            refused++;
            return;
        }
        Value declared = graph.outputs().get(0);
        for (int run = 0; run < RUNS.size(); run++) {
            assertThat(declared.dataType()).isEqualTo(actual.get(run).dataType());
            assertThat(!declared.hasShape()
                            || agrees(declared.shape(), actual.get(run).shape(), RUNS.get(run)))
                    .as("%s, %s: %s is %s", title, RUNS.get(run), graph, actual.get(run))
                    .isTrue();
        }
        boolean small = actual.stream().allMatch(tensor -> tensor.elements() <= 2000);
        if (declared.hasShape() && declared.rank() <= 5 && small) {
            pool.add(new Known(declared, actual));
        }
    }

    private static Value grow(GraphBuilder builder, Value a, Value b, Random random) {
        long axis = random.nextInt(5) - 2L;
        boolean keep = random.nextBoolean();
        Attributes along = Attributes.of("axis", axis);
        return switch (random.nextInt(17)) {
            case 0 -> builder.add(a, b);
            case 1 -> builder.matmul(a, b);
            case 2 -> builder.node(Op.TRANSPOSE, Attributes.none(), a);
            case 3 -> builder.reshape(a, keep ? new long[] {0, -1} : new long[] {-1, 3});
            case 4 -> builder.node(Op.CONCAT, along, a, b);
            case 5 -> builder.unsqueeze(a, axis);
            case 6 -> builder.squeeze(a, axis);
            case 7 -> builder.reduceSum(a, keep, axis);
            case 8 -> builder.reduceMax(a, keep, axis);
            case 9 -> builder.node(Op.GATHER, along, a, builder.longs(0, -1));
            case 10 -> builder.node(Op.FLATTEN, along, a);
            case 11 ->
                builder.node(
                        Op.SLICE,
                        Attributes.none(),
                        a,
                        builder.longs(random.nextInt(9) - 4),
                        builder.longs(random.nextInt(9) - 4),
                        builder.longs(axis),
                        builder.longs(keep ? 1 : -2));
            case 12 -> builder.node(Op.EXPAND, Attributes.none(), a, builder.shapeOf(b));
            case 13 -> builder.reshape(a, builder.shapeOf(b));
            case 14 -> builder.where(builder.equal(a, b), a, b);
            case 15 -> builder.node(Op.PAD, Attributes.none(), a, builder.longs(pads(a.rank(), random)));
            default -> builder.softmax(a, (int) axis);
        };
    }

    private static long[] pads(int rank, Random random) {
        return random.ints(2L * rank, 0, 2).asLongStream().toArray();
    }

    /** Accepts it, and every symbol that has a size in this run has it here too. */
    private static boolean agrees(Shape declared, Shape actual, Map<String, Long> sizes) {
        boolean agrees = declared.accepts(actual);
        for (int axis = 0; agrees && axis < declared.rank(); axis++) {
            Long size = sizes.get(String.valueOf(declared.symbol(axis)));
            agrees = size == null || size == actual.size(axis);
        }
        return agrees;
    }

    @Test
    void everyCaseOfTheSuiteIsDeclaredAsItTurnsOut() {
        for (Op op : Op.values()) {
            for (OperatorCase each : OperatorCases.of(op)) {
                for (boolean symbolic : new boolean[] {false, true}) {
                    Graph graph = each.graph(symbolic);
                    Tensors actual = new ReferenceEvaluator().evaluate(graph, each.inputs());
                    graph.outputs().forEach(output -> declaredAs(each.title(), output, actual.get(output.name())));
                }
            }
        }
    }

    private static void declaredAs(String title, Value declared, Tensor actual) {
        assertThat(declared.dataType()).as(title).isEqualTo(actual.dataType());
        assertThat(!declared.hasShape() || declared.shape().accepts(actual.shape()))
                .as("%s: declared %s, is %s", title, declared, actual)
                .isTrue();
    }
}
