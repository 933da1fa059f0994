package io.maas.pipeline;

import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Value;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A model's graph with the name of its step before its own names, so that it stands beside others. Names that bodies of control flow
 * read stay. Symbols that no input has, which are sizes that only this graph knows, carry the step's name too.
 */
final class StepGraph {
    private final String step;
    private final Set<String> captured = new HashSet<>();
    private final Set<String> known = new HashSet<>();
    private final Graph graph;

    StepGraph(Graph original, String step) {
        this.step = step;
        original.nodes().forEach(node -> captured.addAll(node.captured()));
        for (Value input : original.inputs()) {
            for (int i = 0; input.hasShape() && i < input.rank(); i++) {
                String symbol = input.shape().symbol(i);
                if (symbol != null) {
                    known.add(symbol);
                }
            }
        }
        Map<String, Tensor> constants = new LinkedHashMap<>();
        original.constants().forEach((name, tensor) -> constants.put(name(name), tensor));
        this.graph = new Graph(
                original.name(),
                values(original.inputs()),
                values(original.outputs()),
                original.nodes().stream().map(this::node).toList(),
                constants,
                original.opsets());
    }

    Graph graph() {
        return graph;
    }

    /** What a name of the model is here. */
    String name(String original) {
        return original.isEmpty() || captured.contains(original) ? original : step + "/" + original;
    }

    private Node node(Node node) {
        return new Node(
                node.op(),
                node.domain(),
                node.opType(),
                name(node.name()),
                values(node.inputs()),
                values(node.outputs()),
                node.attributes());
    }

    private List<Value> values(List<Value> originals) {
        return originals.stream().map(this::value).toList();
    }

    private Value value(Value original) {
        return original.isOmitted()
                ? original
                : new Value(
                        name(original.name()),
                        original.hasDataType() ? original.dataType() : null,
                        original.hasShape() ? shape(original.shape()) : null);
    }

    private Shape shape(Shape original) {
        Object[] sizes = original.dimensions();
        for (int i = 0; i < sizes.length; i++) {
            String symbol = original.symbol(i);
            if (symbol != null && !symbol.equals(Shape.UNKNOWN) && !known.contains(symbol)) {
                sizes[i] = step + "." + symbol;
            }
        }
        return Shape.symbolic(sizes);
    }
}
