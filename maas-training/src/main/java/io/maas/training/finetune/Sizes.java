package io.maas.training.finetune;

import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.ShapeInference;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Follows sizes through a graph, also where they are computed: exporters write {@code Reshape(x, Concat(Shape(x)[0], Shape(x)[1],
 * 12, 32))} for what is {@code [batch, tokens, 12, 32]}. Without that the shapes behind it are unknown, and every gradient of a
 * broadcast would have to find out at run time which axes to sum over.
 *
 * <p>A constant axis of more than one element that is cut at a symbol, such as a table of positions at the number of tokens, is
 * taken to be long enough: a run where it is not fails at the operator that combines the two.
 *
 * <p>An instance lives as long as one call.
 */
final class Sizes {
    /** Vectors of more elements are no shapes. */
    private static final int MAX_RANK = 16;

    private final Graph graph;
    private final Map<String, Value> values = new HashMap<>();
    /** The elements of int64 values that are sizes: numbers or symbols. */
    private final Map<String, Object[]> contents = new HashMap<>();

    private Sizes(Graph graph) {
        this.graph = graph;
    }

    /** The same graph with every shape that can be known. */
    static Graph known(Graph graph) {
        return new Sizes(graph).run(Map.of());
    }

    /** The same graph for inputs of these shapes. */
    static Graph of(Graph graph, Map<String, Shape> inputs) {
        return new Sizes(graph).run(inputs);
    }

    private Graph run(Map<String, Shape> inputShapes) {
        List<Value> inputs = graph.inputs().stream()
                .map(input -> {
                    Shape shape = inputShapes.get(input.name());
                    return shape == null ? input : new Value(input.name(), input.dataType(), shape);
                })
                .toList();
        inputs.forEach(input -> values.put(input.name(), input));
        graph.constants().forEach(this::addConstant);
        List<Node> nodes = graph.nodes().stream().map(this::sharpen).toList();
        List<Value> outputs = graph.outputs().stream().map(this::known).toList();
        return new Graph(graph.name(), inputs, outputs, nodes, graph.constants(), graph.opsets());
    }

    private void addConstant(String name, Tensor tensor) {
        values.put(name, new Value(name, tensor.dataType(), tensor.shape()));
        if (tensor.dataType() == DataType.INT64 && tensor.shape().rank() <= 1 && tensor.elements() <= MAX_RANK) {
            contents.put(name, Arrays.stream(tensor.toLongArray()).boxed().toArray());
        }
    }

    private Value known(Value value) {
        return values.getOrDefault(value.name(), value);
    }

    private Node sharpen(Node node) {
        List<Value> inputs = node.inputs().stream().map(this::known).toList();
        Node better = with(node, inputs, node.outputs());
        if (node.op() == Op.OTHER || node.outputs().size() != 1) {
            node.outputs().forEach(output -> values.put(output.name(), output));
            return better;
        }
        Value declared = node.output();
        Value inferred = ShapeInference.infer(better, this::numbers).get(0);
        Shape shape = merged(shape(better, inferred), declared);
        DataType type = inferred.hasDataType() ? inferred.dataType() : declared.dataType();
        Object[] content = type == DataType.INT64 && shape != null && shape.rank() <= 1 ? content(better) : null;
        if (content != null) {
            contents.put(declared.name(), content);
            shape = Objects.requireNonNull(shape).rank() == 0 ? shape : Shape.of(content.length);
        }
        Value output = new Value(declared.name(), type, shape);
        values.put(output.name(), output);
        return with(node, inputs, List.of(output));
    }

    /** What is declared stands where nothing better is known. */
    private static @Nullable Shape merged(@Nullable Shape shape, Value declared) {
        if (shape == null || !declared.hasShape() || declared.rank() != shape.rank()) {
            return shape == null && declared.hasShape() ? declared.shape() : shape;
        }
        Object[] sizes = shape.dimensions();
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = sizes[i].equals(Shape.UNKNOWN) ? declared.shape().dimension(i) : sizes[i];
        }
        return Shape.symbolic(sizes);
    }

    private static Node with(Node node, List<Value> inputs, List<Value> outputs) {
        return new Node(node.op(), node.domain(), node.opType(), node.name(), inputs, outputs, node.attributes());
    }

    /** The tensor of a value whose elements are all numbers, or null. */
    private @Nullable Tensor numbers(Value value) {
        Tensor constant = graph.constant(value);
        Object[] content = contents.get(value.name());
        if (constant != null || content == null || !allNumbers(content)) {
            return constant;
        }
        long[] numbers = Stream.of(content).mapToLong(each -> (Long) each).toArray();
        return Tensor.of(numbers).reshape(known(value).shape());
    }

    private static boolean allNumbers(Object[] content) {
        return Stream.of(content).allMatch(Long.class::isInstance);
    }

    // ---- shapes

    private @Nullable Shape shape(Node node, Value inferred) {
        Shape known = inferred.hasShape() ? inferred.shape() : null;
        if (known == null || known.isFixed()) {
            return known;
        }
        return switch (node.op()) {
            case RESHAPE -> reshaped(node, known);
            case SLICE -> sliced(node, known);
            case EXPAND, CONSTANT_OF_SHAPE -> filled(node, known);
            default -> known;
        };
    }

    private Shape reshaped(Node node, Shape known) {
        Object[] wanted = contents.get(node.input(1).name());
        if (wanted == null || wanted.length != known.rank() || node.attributes().longValue("allowzero", 0) != 0) {
            return known;
        }
        Shape from = node.input(0).shape();
        Object[] sizes = wanted.clone();
        for (int i = 0; i < sizes.length; i++) {
            if (sizes[i].equals(0L) && i < from.rank()) {
                sizes[i] = from.dimension(i);
            }
        }
        for (int i = 0; i < sizes.length; i++) {
            if (sizes[i].equals(-1L)) {
                sizes[i] = leftOver(from, sizes, i);
            }
        }
        return Shape.symbolic(sizes);
    }

    /** What remains of the elements for the axis that is left open. */
    private static Object leftOver(Shape from, Object[] sizes, int open) {
        List<Object> symbols = new ArrayList<>();
        long product = 1;
        for (Object size : from.dimensions()) {
            if (size instanceof Long number) {
                product *= number;
            } else {
                symbols.add(size);
            }
        }
        long divisor = 1;
        for (int i = 0; i < sizes.length; i++) {
            if (i != open && sizes[i] instanceof Long number) {
                divisor *= number;
            } else if (i != open && (sizes[i].equals(Shape.UNKNOWN) || !symbols.remove(sizes[i]))) {
                return Shape.UNKNOWN;
            }
        }
        if (symbols.contains(Shape.UNKNOWN) || divisor == 0 || product % divisor != 0) {
            return Shape.UNKNOWN;
        }
        if (symbols.isEmpty()) {
            return product / divisor;
        }
        return symbols.size() == 1 && product == divisor ? symbols.get(0) : Shape.UNKNOWN;
    }

    private Shape sliced(Node node, Shape known) {
        Object[] starts = contents.get(node.input(1).name());
        Object[] ends = contents.get(node.input(2).name());
        Object[] axes = contents.get(node.input(3).name());
        Object[] steps =
                node.input(4).isOmitted() ? null : contents.get(node.input(4).name());
        boolean simple = starts != null
                && ends != null
                && starts.length == ends.length
                && (node.input(3).isOmitted() || axes != null)
                && (node.input(4).isOmitted()
                        || (steps != null && Stream.of(steps).allMatch(step -> step.equals(1L))));
        if (!simple) {
            return known;
        }
        Shape from = node.input(0).shape();
        Object[] sizes = known.dimensions();
        for (int i = 0; i < Objects.requireNonNull(ends).length; i++) {
            int axis = axes == null ? i : (int) (long) (Long) axes[i];
            axis = axis < 0 ? axis + sizes.length : axis;
            boolean whole = from.size(axis) > 1 || from.dimension(axis).equals(ends[i]);
            if (ends[i] instanceof String && Objects.requireNonNull(starts)[i].equals(0L) && whole) {
                sizes[axis] = ends[i];
            }
        }
        return Shape.symbolic(sizes);
    }

    private Shape filled(Node node, Shape known) {
        Object[] wanted =
                contents.get(node.input(node.op() == Op.EXPAND ? 1 : 0).name());
        if (wanted == null || wanted.length != known.rank()) {
            return known;
        }
        Shape from = node.op() == Op.EXPAND ? node.input(0).shape() : Shape.scalar();
        Object[] sizes = wanted.clone();
        for (int i = 1; i <= from.rank() && i <= sizes.length; i++) {
            Object size = from.dimension(-i);
            if (!size.equals(1L) && !size.equals(sizes[sizes.length - i])) {
                return known;
            }
        }
        return Shape.symbolic(sizes);
    }

    // ---- the elements of sizes

    private Object @Nullable [] content(Node node) {
        Object[] first = contents.get(node.input(0).name());
        return switch (node.op()) {
            case SHAPE ->
                node.input(0).hasShape() && node.attributes().asMap().isEmpty()
                        ? node.input(0).shape().dimensions()
                        : null;
            case UNSQUEEZE, SQUEEZE, IDENTITY, CAST, RESHAPE -> first;
            case GATHER ->
                first == null ? null : picked(first, contents.get(node.input(1).name()));
            case CONCAT -> concatenated(node);
            case SLICE -> first == null ? null : cut(node, first);
            case ADD, SUB, MUL, DIV -> first == null ? null : computed(node, first);
            default -> null;
        };
    }

    private static Object @Nullable [] picked(Object[] from, Object @Nullable [] places) {
        if (places == null || !allNumbers(places)) {
            return null;
        }
        Object[] picked = new Object[places.length];
        for (int i = 0; i < picked.length; i++) {
            long place = (Long) places[i];
            place = place < 0 ? place + from.length : place;
            if (place < 0 || place >= from.length) {
                return null;
            }
            picked[i] = from[(int) place];
        }
        return picked;
    }

    private Object @Nullable [] concatenated(Node node) {
        List<Object> all = new ArrayList<>();
        for (Value input : node.inputs()) {
            Object[] part = contents.get(input.name());
            if (part == null) {
                return null;
            }
            all.addAll(Arrays.asList(part));
        }
        return all.size() <= MAX_RANK ? all.toArray() : null;
    }

    private Object @Nullable [] cut(Node node, Object[] from) {
        Object[] starts = contents.get(node.input(1).name());
        Object[] ends = contents.get(node.input(2).name());
        boolean simple = starts != null
                && ends != null
                && starts.length == 1
                && ends.length == 1
                && starts[0] instanceof Long
                && ends[0] instanceof Long
                && node.input(4).isOmitted();
        if (!simple) {
            return null;
        }
        int start = clamp((Long) Objects.requireNonNull(starts)[0], from.length);
        int end = clamp((Long) Objects.requireNonNull(ends)[0], from.length);
        return Arrays.copyOfRange(from, start, Math.max(start, end));
    }

    private static int clamp(long place, int length) {
        return (int) Math.min(Math.max(place < 0 ? place + length : place, 0), length);
    }

    private Object @Nullable [] computed(Node node, Object[] left) {
        Object[] right = contents.get(node.input(1).name());
        if (right == null
                || !allNumbers(left)
                || !allNumbers(right)
                || (left.length != right.length && left.length != 1 && right.length != 1)) {
            return null;
        }
        Object[] a = left;
        int length = Math.max(a.length, right.length);
        boolean byZero = node.op() == Op.DIV && Arrays.asList(right).contains(0L);
        return byZero
                ? null
                : IntStream.range(0, length)
                        .mapToObj(i -> (Object) computed(
                                node.op(), (Long) a[a.length == 1 ? 0 : i], (Long) right[right.length == 1 ? 0 : i]))
                        .toArray();
    }

    private static Long computed(Op op, long left, long right) {
        return switch (op) {
            case ADD -> left + right;
            case SUB -> left - right;
            case MUL -> left * right;
            default -> left / right;
        };
    }
}
