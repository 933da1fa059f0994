package io.maas.backend.tck;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A function whose gradient is checked by central differences in float64, with fixed and with symbolic shapes.
 *
 * @param low the least input value
 * @param whole whether inputs are rounded to whole numbers, so that many are equal and many 0
 * @param shapes of the inputs {@code x0, x1, …}
 */
record GradientCase(String name, double low, double high, boolean whole, List<Shape> shapes, Function function) {
    private static final double STEP = 1e-5;
    private static final double TOLERANCE = 1e-6;
    private static final boolean NIGHTLY = Boolean.getBoolean("maas.nightly");
    private static final int SEEDS = NIGHTLY ? 20 : 1;

    /** Writes the function; several outputs are to be combined to one. */
    interface Function {
        Value apply(GraphBuilder b, List<Value> x);
    }

    GradientCase(String name, double low, double high, List<Shape> shapes, Function function) {
        this(name, low, high, false, shapes, function);
    }

    @Override
    public String toString() {
        return name;
    }

    static GradientCase of(String name, Function function, Shape... shapes) {
        return new GradientCase(name, -2, 2, List.of(shapes), function);
    }

    /** For functions without kinks: inputs are -1, 0 and 1. */
    static GradientCase whole(String name, Function function, Shape... shapes) {
        return new GradientCase(name, -1.4, 1.4, true, List.of(shapes), function);
    }

    static GradientCase positive(String name, Function function, Shape... shapes) {
        return new GradientCase(name, 0.5, 2, List.of(shapes), function);
    }

    static Shape s(long... sizes) {
        return Shape.of(sizes);
    }

    static Value op(GraphBuilder b, Op op, Attributes attributes, Value... inputs) {
        return b.node(op, attributes, inputs);
    }

    static Function unary(Op op) {
        return (b, x) -> op(b, op, Attributes.none(), x.get(0));
    }

    static Function binary(Op op) {
        return (b, x) -> op(b, op, Attributes.none(), x.get(0), x.get(1));
    }

    static List<Shape[]> broadcasts() {
        return List.of(
                new Shape[] {s(3, 2), s(3, 2)},
                new Shape[] {s(3, 2), s(2)},
                new Shape[] {s(2, 3, 2), s(2)},
                new Shape[] {s(1), s(3, 2)},
                new Shape[] {s(), s(3, 2)},
                new Shape[] {s(3, 1, 2), s(4, 1)},
                new Shape[] {s(0, 2), s(2)},
                new Shape[] {s(), s()});
    }

    /** As {@link #check()}, for functions that take no symbolic shapes. */
    void checkFixed() {
        for (int seed = 0; seed < SEEDS; seed++) {
            check(seed, false);
        }
    }

    /** With fixed shapes and with symbolic ones; by day one case with these, and another one with those. */
    void check() {
        for (int seed = 0; seed < SEEDS; seed++) {
            boolean isOdd = name.hashCode() % 2 != 0;
            if (NIGHTLY || !isOdd) {
                check(seed, false);
            }
            if (NIGHTLY || isOdd) {
                check(seed, true);
            }
        }
    }

    private void check(int seed, boolean symbolic) {
        Random random = new Random(seed);
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        for (int i = 0; i < shapes().size(); i++) {
            double[] values = random.doubles(shapes().get(i).elements(), low(), high())
                    .map(value -> whole() ? Math.rint(value) : value)
                    .toArray();
            inputs.put("x" + i, Tensor.of(DataType.FLOAT64, values, shapes().get(i)));
        }
        Graph graph = graph(inputs, random, symbolic);
        Tensors outputs = evaluate(graph, inputs);
        for (Tensors.Entry input : Tensors.copyOf(inputs)) {
            String name = input.name();
            double[] gradient = outputs.get("d" + name).toDoubleArray();
            assertThat(outputs.get("d" + name).shape()).isEqualTo(input.tensor().shape());
            for (int i = 0; i < gradient.length; i++) {
                double expected =
                        (loss(graph, moved(inputs, name, i, STEP)) - loss(graph, moved(inputs, name, i, -STEP)))
                                / (2 * STEP);
                String what = "d" + name + "[" + i + "] = " + gradient[i] + ", expected " + expected + ", seed " + seed;
                assertThat(Math.abs(gradient[i] - expected))
                        .as(() -> what + ", symbolic " + symbolic + "\n" + graph)
                        .isLessThan(TOLERANCE * Math.max(1, Math.abs(expected)));
            }
        }
    }

    private Graph graph(Map<String, Tensor> inputs, Random random, boolean symbolic) {
        GraphBuilder b = new GraphBuilder("gradient");
        List<Value> x = new ArrayList<>();
        inputs.forEach(
                (name, tensor) -> x.add(b.input(name, DataType.FLOAT64, declared(tensor.shape(), name, symbolic))));
        Value y = function().apply(b, x);
        // A weighted sum, so that no symmetry hides a wrong element.
        Value weights = b.unsqueeze(b.constant(Tensor.of(new double[] {random.nextDouble() + 0.5})), 0);
        Value curved = b.mul(b.mul(y, y), b.squeeze(weights, 0, 1));
        Value loss = b.output("loss", b.reduceSum(b.add(curved, b.mul(y, 0.3)), false));
        List<Value> gradients = Gradients.of(b, loss, x);
        for (int i = 0; i < x.size(); i++) {
            b.output("dx" + i, gradients.get(i));
        }
        return b.build();
    }

    private static Shape declared(Shape shape, String name, boolean symbolic) {
        if (!symbolic) {
            return shape;
        }
        Object[] sizes = shape.dimensions();
        for (int i = 0; i < sizes.length; i += 2) {
            sizes[i] = name + "_" + i;
        }
        return Shape.symbolic(sizes);
    }

    private static Map<String, Tensor> moved(Map<String, Tensor> inputs, String name, int index, double by) {
        Tensor before = Tensors.copyOf(inputs).get(name);
        double[] values = before.toDoubleArray();
        values[index] += by;
        Map<String, Tensor> changed = new LinkedHashMap<>(inputs);
        changed.put(name, Tensor.of(DataType.FLOAT64, values, before.shape()));
        return changed;
    }

    private static double loss(Graph graph, Map<String, Tensor> inputs) {
        return evaluate(graph, inputs).get("loss").item();
    }

    private static Tensors evaluate(Graph graph, Map<String, Tensor> inputs) {
        return new ReferenceEvaluator().evaluate(graph, Tensors.copyOf(inputs));
    }
}
