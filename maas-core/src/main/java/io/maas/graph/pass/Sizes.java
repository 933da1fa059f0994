package io.maas.graph.pass;

import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What can be relied on of a graph's sizes, and the small integer tensors that are computed from them. A size is a {@link Long}
 * or the symbol of one, and each size of which nothing is known has a symbol of its own: two equal symbols are one number in
 * every run.
 *
 * <p>The inputs' shapes are trusted, as requests are checked against them. Shapes declared inside a graph, behind operators
 * without a rule, are not: files often carry those of some earlier run.
 */
final class Sizes {
    /** Longer lists of integers are data, not shapes. */
    static final int MAX_NUMBERS = 64;

    private final Graph graph;
    private final Map<String, Long> bound;
    private final boolean believing;
    private final Map<String, Value> values = new HashMap<>();
    private final Map<String, Object[]> numbers = new HashMap<>();

    private Sizes(Graph graph, Map<String, Long> bound, boolean believing) {
        this.graph = graph;
        this.bound = bound;
        this.believing = believing;
    }

    /** What holds in every run. */
    static Sizes of(Graph graph) {
        return new Sizes(graph, Map.of(), false).run();
    }

    /** What holds in a run in which symbols have these sizes, if shapes declared inside the graph are right. */
    static Sizes of(Graph graph, Map<String, Long> bound) {
        return new Sizes(graph, bound, true).run();
    }

    private Sizes run() {
        graph.inputs().forEach(this::put);
        graph.constants().forEach((name, tensor) -> {
            values.put(name, new Value(name, tensor.dataType(), tensor.shape()));
            Object[] known = numbers(tensor);
            if (known != null) {
                numbers.put(name, known);
            }
        });
        graph.nodes().forEach(this::visit);
        return this;
    }

    private static Object @Nullable [] numbers(Tensor tensor) {
        boolean readable = tensor.dataType() == DataType.INT64
                || tensor.dataType() == DataType.INT32
                || tensor.dataType() == DataType.BOOL;
        if (!readable || tensor.elements() > MAX_NUMBERS) {
            return null;
        }
        return tensor.dataType() == DataType.INT64
                ? Arrays.stream(tensor.toLongArray()).boxed().toArray()
                : Arrays.stream(tensor.toDoubleArray())
                        .mapToObj(number -> (long) number)
                        .toArray();
    }

    private void put(Value value) {
        if (!value.isOmitted()) {
            values.put(value.name(), new Value(value.name(), type(value), value.hasShape() ? distinct(value) : null));
        }
    }

    private static @Nullable DataType type(Value value) {
        return value.hasDataType() ? value.dataType() : null;
    }

    /** The shape with what symbols are bound to, and a new symbol for each unknown size. */
    private Shape distinct(Value value) {
        Object[] sizes = value.shape().dimensions();
        for (int i = 0; i < sizes.length; i++) {
            Long size = bound.get(sizes[i]);
            if (size != null) {
                sizes[i] = size;
            } else if (sizes[i].equals(Shape.UNKNOWN)) {
                sizes[i] = "?" + value.name() + "#" + i;
            }
        }
        return Shape.symbolic(sizes);
    }

    private void visit(Node node) {
        Node read = new Node(
                node.op(),
                node.domain(),
                node.opType(),
                node.name(),
                node.inputs().stream().map(this::value).toList(),
                node.outputs(),
                node.attributes());
        List<Value> made = derived(read);
        for (int i = 0; i < made.size(); i++) {
            Shape spelled = i == 0 ? SpelledShapes.of(read, this) : null;
            put(spelled == null ? made.get(i) : new Value(made.get(i).name(), type(made.get(i)), spelled));
        }
        if (made.size() == 1) {
            Object[] known = Integers.evaluate(read, this);
            if (known != null) {
                numbers.put(node.output().name(), known);
            }
        }
    }

    private List<Value> derived(Node node) {
        try {
            return believing ? Inference.retyped(node, this::tensor).outputs() : Inference.derived(node, this::tensor);
        } catch (RuntimeException e) {
            // Sizes that contradict each other are for the verifier and the engine to report: here nothing is known.
            List<Value> unknown = new ArrayList<>();
            node.outputs().forEach(made -> unknown.add(new Value(made.name(), type(made), null)));
            return unknown;
        }
    }

    /** The value with the shape that is known here. */
    Value value(Value value) {
        return values.getOrDefault(value.name(), value);
    }

    /** The shape of a value, with a symbol of its own for each unknown size; null if not even the rank is known. */
    @Nullable
    Shape shape(Value value) {
        Value known = values.get(value.name());
        return known == null || !known.hasShape() ? null : known.shape();
    }

    /**
     * The elements of a small integer or bool tensor, row-major: a {@link Long}, the symbol of a size, or {@link
     * Shape#UNKNOWN}; null for other tensors.
     */
    Object @Nullable [] numbers(Value value) {
        return numbers.get(value.name());
    }

    /** The elements if all of them are numbers. */
    long @Nullable [] longs(Value value) {
        Object[] known = numbers.get(value.name());
        if (known == null || !Arrays.stream(known).allMatch(Long.class::isInstance)) {
            return null;
        }
        return Arrays.stream(known).mapToLong(number -> (Long) number).toArray();
    }

    /** The tensor behind a constant, or behind a value all of whose elements are known. */
    @Nullable
    Tensor tensor(Value value) {
        Tensor constant = graph.constant(value);
        if (constant != null) {
            return constant;
        }
        long[] elements = longs(value);
        Shape shape = shape(value);
        Value known = value(value);
        if (elements == null || shape == null || !shape.isFixed() || !known.hasDataType()) {
            return null;
        }
        return switch (known.dataType()) {
            case INT64 -> Tensor.of(elements).reshape(shape);
            case INT32, BOOL ->
                Tensor.of(
                        known.dataType(),
                        Arrays.stream(elements).asDoubleStream().toArray(),
                        shape);
            default -> null;
        };
    }
}
