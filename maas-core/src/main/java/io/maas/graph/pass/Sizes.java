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
 * What is known of a graph's sizes, and of the small integer tensors that are computed from them. A size is a {@link Long} or the
 * symbol of one, and each size of which nothing is known has a symbol of its own: two equal symbols are one number in every run.
 *
 * <p>The inputs' shapes are trusted, as requests are checked against them. What else is declared inside a graph, behind operators
 * without a rule, may be that of some earlier run, as files often carry it: it is believed only where a wrong size does no harm,
 * as is that a constant table which is cut at a symbol is long enough.
 */
final class Sizes {
    /** Longer lists of integers are data, not shapes. */
    static final int MAX_NUMBERS = 64;

    /** Stands before the names of values whose sizes are not known. */
    private static final String NOT_KNOWN = Shape.UNKNOWN;

    private final Graph graph;
    private final Map<String, Shape> inputs;
    private final Map<String, Long> bound;
    private final boolean believing;
    private final Map<String, Value> values = new HashMap<>();
    private final Map<String, Object[]> numbers = new HashMap<>();

    private Sizes(Graph graph, Map<String, Shape> inputs, Map<String, Long> bound, boolean believing) {
        this.graph = graph;
        this.inputs = inputs;
        this.bound = bound;
        this.believing = believing;
    }

    /** What holds in every run. */
    static Sizes of(Graph graph) {
        return new Sizes(graph, Map.of(), Map.of(), false).run();
    }

    /** What holds in a run in which symbols have these sizes, if what is declared inside the graph is right. */
    static Sizes of(Graph graph, Map<String, Long> bound) {
        return new Sizes(graph, Map.of(), bound, true).run();
    }

    /** As {@link #of(Graph, Map)}, for a run with inputs of these shapes. */
    static Sizes ofInputs(Graph graph, Map<String, Shape> inputs) {
        Map<String, Long> bound = new HashMap<>();
        for (Value input : graph.inputs()) {
            Shape given = inputs.get(input.name());
            for (int i = 0; given != null && input.hasShape() && i < Math.min(given.rank(), input.rank()); i++) {
                String symbol = input.shape().symbol(i);
                if (symbol != null && !symbol.equals(Shape.UNKNOWN) && given.size(i) != Shape.VARIABLE) {
                    bound.put(symbol, given.size(i));
                }
            }
        }
        return new Sizes(graph, inputs, bound, true).run();
    }

    /** The same graph with every size that can be known at its values, if what is declared inside it is right. */
    static Graph written(Graph graph) {
        return new Sizes(graph, Map.of(), Map.of(), true).run().written();
    }

    private Sizes run() {
        for (Value input : graph.inputs()) {
            Shape given = inputs.get(input.name());
            put(given == null ? input : new Value(input.name(), type(input), given));
        }
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

    private Graph written() {
        List<Node> nodes = graph.nodes().stream()
                .map(node -> new Node(
                        node.op(),
                        node.domain(),
                        node.opType(),
                        node.name(),
                        node.inputs().stream().map(this::written).toList(),
                        node.outputs().stream().map(this::written).toList(),
                        node.attributes()))
                .toList();
        List<Value> outputs = graph.outputs().stream().map(this::written).toList();
        return new Graph(graph.name(), graph.inputs(), outputs, nodes, graph.constants(), graph.opsets());
    }

    /** The value as known here, without symbols that are made up. */
    private Value written(Value value) {
        Value known = value(value);
        if (known.isOmitted() || !known.hasShape()) {
            return known;
        }
        Object[] sizes = known.shape().dimensions();
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = isKnown(sizes[i]) ? sizes[i] : Shape.UNKNOWN;
        }
        return new Value(known.name(), type(known), Shape.symbolic(sizes));
    }

    private static boolean isKnown(Object size) {
        return !(size instanceof String symbol && symbol.startsWith(NOT_KNOWN));
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
                sizes[i] = NOT_KNOWN + value.name() + "#" + i;
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
            Value known = i == 0 ? spelled(read, made.get(i)) : made.get(i);
            put(believing ? completed(known, node.outputs().get(i)) : known);
        }
        if (made.size() == 1) {
            Object[] known = Integers.evaluate(read, this);
            if (known != null) {
                numbers.put(node.output().name(), known);
            }
        }
    }

    private Value spelled(Node node, Value derived) {
        Shape shape = SpelledShapes.of(node, derived.hasShape() ? derived.shape() : null, this);
        return shape == null ? derived : new Value(derived.name(), type(derived), shape);
    }

    private List<Value> derived(Node node) {
        try {
            return Inference.derived(node, this::tensor);
        } catch (RuntimeException e) {
            // Sizes that contradict each other are for the verifier and the engine to report: here nothing is known.
            List<Value> unknown = new ArrayList<>();
            node.outputs().forEach(made -> unknown.add(new Value(made.name(), type(made), null)));
            return unknown;
        }
    }

    /** What is declared stands where nothing better is known. */
    private static Value completed(Value known, Value declared) {
        if (known.isOmitted() || !declared.hasShape()) {
            return known;
        }
        if (!known.hasShape() || known.rank() != declared.rank()) {
            return known.hasShape() ? known : new Value(known.name(), type(known), declared.shape());
        }
        Object[] sizes = known.shape().dimensions();
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = isKnown(sizes[i]) ? sizes[i] : declared.shape().dimension(i);
        }
        return new Value(known.name(), type(known), Shape.symbolic(sizes));
    }

    /** Whether what is declared inside the graph is taken to be right. */
    boolean isBelieving() {
        return believing;
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
