package io.maas.graph;

import io.maas.error.GraphException;
import io.maas.error.Require;
import io.maas.tensor.Shape;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Adds a whole graph to a builder: what is renamed, and which symbols of sizes are one. */
final class Appending {
    private final GraphBuilder builder;
    private final Graph graph;
    private final Map<String, Value> given;
    private final Map<String, String> names = new HashMap<>();
    private final Map<String, Value> values = new HashMap<>();
    private final Map<String, Object> sizes = new HashMap<>();

    Appending(GraphBuilder builder, Graph graph, Map<String, Value> given) {
        this.builder = builder;
        this.graph = graph;
        this.given = given;
    }

    Map<String, Value> run() {
        given.keySet().forEach(graph::input);
        builder.raiseOpsets(graph);
        graph.inputs().forEach(this::unify);
        Set<String> captured = new LinkedHashSet<>();
        graph.nodes().forEach(node -> captured.addAll(node.captured()));
        captured.forEach(this::keep);
        graph.inputs().forEach(input -> declare(input, captured.contains(input.name())));
        graph.constants().forEach((name, tensor) -> {
            builder.addConstant(name(name), tensor);
            values.put(name, new Value(name(name), tensor.dataType(), tensor.shape()));
        });
        graph.nodes().forEach(this::add);
        Map<String, Value> outputs = new LinkedHashMap<>();
        graph.outputs().forEach(output -> outputs.put(output.name(), value(output)));
        return outputs;
    }

    private void unify(Value input) {
        Value value = given.get(input.name());
        if (value == null) {
            return;
        }
        boolean fits = (!value.hasDataType() || !input.hasDataType() || value.dataType() == input.dataType())
                && (!value.hasShape() || !input.hasShape() || GraphVerifier.compatible(value.shape(), input.shape()));
        if (!fits) {
            throw new GraphException("input " + Require.quote(input.name()) + " of graph " + Require.quote(graph.name())
                    + ": got " + value + ", expected " + input);
        }
        if (value.hasShape() && input.hasShape()) {
            for (int i = 0; i < input.rank(); i++) {
                String symbol = input.shape().symbol(i);
                if (symbol != null && !symbol.equals(Shape.UNKNOWN)) {
                    sizes.putIfAbsent(symbol, value.shape().dimension(i));
                }
            }
        }
    }

    /** Bodies of control flow read by name, and are not rewritten. */
    private void keep(String captured) {
        if (!name(captured).equals(captured)) {
            throw new GraphException("value " + Require.quote(captured) + " of graph " + Require.quote(graph.name())
                    + ": read by a body of control flow, and taken in the graph that it is added to (expected: a name of its"
                    + " own); rename the other one");
        }
    }

    private void declare(Value input, boolean captured) {
        Value value = given.get(input.name());
        if (value == null) {
            String inputName = name(input.name());
            if (!inputName.equals(input.name())) {
                throw new GraphException("input " + Require.quote(input.name()) + " of graph "
                        + Require.quote(graph.name())
                        + ": its name is taken (expected: a name of its own); rename the other one");
            }
            builder.addInput(renamed(input, inputName));
            values.put(input.name(), renamed(input, inputName));
        } else {
            values.put(input.name(), captured ? builder.rename(input.name(), value) : value);
        }
    }

    private void add(Node node) {
        for (Value output : node.outputs()) {
            if (!output.isOmitted()) {
                values.put(output.name(), renamed(output, name(output.name())));
            }
        }
        List<Value> outputs = node.outputs().stream()
                .map(output -> output.isOmitted() ? output : value(output))
                .toList();
        String nodeName = node.name().isEmpty() ? "" : name(node.name());
        Node moved =
                new Node(node.op(), node.domain(), node.opType(), nodeName, node.inputs(), outputs, node.attributes());
        builder.add(moved.withInputs(this::value));
    }

    private Value value(Value original) {
        Value value = values.get(original.name());
        if (value == null) {
            throw new GraphException("no value " + Require.quote(original.name()) + " in graph " + graph.name());
        }
        return value;
    }

    /** One and the same new name for nodes and values of one name. */
    private String name(String original) {
        return names.computeIfAbsent(original, builder::free);
    }

    private Value renamed(Value value, String name) {
        return new Value(
                name, value.hasDataType() ? value.dataType() : null, value.hasShape() ? unified(value.shape()) : null);
    }

    private Shape unified(Shape shape) {
        Object[] dimensions = shape.dimensions();
        for (int i = 0; i < dimensions.length; i++) {
            String symbol = shape.symbol(i);
            dimensions[i] = symbol == null ? dimensions[i] : sizes.getOrDefault(symbol, dimensions[i]);
        }
        return Shape.symbolic(dimensions);
    }
}
