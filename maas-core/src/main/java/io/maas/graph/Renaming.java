package io.maas.graph;

import java.util.List;
import java.util.function.UnaryOperator;

/** Names of values within a graph. */
public final class Renaming {
    private Renaming() {}

    /**
     * The same graph, in which the value that a node makes under this name has another one, so that a new value can have it. Where no
     * node makes such a value, or a body of control flow reads it by its name, the graph itself.
     */
    public static Graph freed(Graph graph, String name) {
        boolean made = graph.nodes().stream()
                .flatMap(node -> node.outputs().stream())
                .anyMatch(value -> value.name().equals(name));
        boolean captured =
                graph.nodes().stream().anyMatch(node -> node.captured().contains(name));
        if (!made || captured) {
            return graph;
        }
        String other = GraphBuilder.from(graph).unique(name);
        UnaryOperator<Value> renamed = value -> value.name().equals(name) ? GraphBuilder.named(other, value) : value;
        return new Graph(
                graph.name(),
                graph.inputs(),
                graph.outputs().stream().map(renamed).toList(),
                graph.nodes().stream().map(node -> renamed(node, renamed)).toList(),
                graph.constants(),
                graph.opsets());
    }

    private static Node renamed(Node node, UnaryOperator<Value> renamed) {
        List<Value> outputs = node.outputs().stream().map(renamed).toList();
        return new Node(node.op(), node.domain(), node.opType(), node.name(), node.inputs(), outputs, node.attributes())
                .withInputs(renamed);
    }
}
