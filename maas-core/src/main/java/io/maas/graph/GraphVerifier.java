package io.maas.graph;

import io.maas.error.GraphException;
import io.maas.tensor.Shape;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Checks that a graph is well formed: every name is made once and before it is read, operators exist in the graph's opset and
 * have a fitting number of inputs, and the declared types and shapes are those that the operators give.
 */
public final class GraphVerifier {
    private final Graph graph;
    private final Map<String, Value> made = new HashMap<>();

    private GraphVerifier(Graph graph) {
        this.graph = graph;
    }

    /**
     * Checks a graph.
     *
     * @throws GraphException naming the first node or value that is wrong, and why
     */
    public static void verify(Graph graph) {
        new GraphVerifier(graph).run();
    }

    private void run() {
        graph.inputs().forEach(value -> make(value, "input"));
        graph.constants()
                .forEach((name, tensor) -> make(new Value(name, tensor.dataType(), tensor.shape()), "constant"));
        graph.nodes().forEach(this::check);
        for (Value output : graph.outputs()) {
            read(output, "output of the graph");
        }
        if (graph.outputs().stream().map(Value::name).distinct().count()
                != graph.outputs().size()) {
            throw new GraphException("output named twice: " + graph.outputs());
        }
    }

    private void check(Node node) {
        for (Value input : node.inputs()) {
            if (!input.isOmitted()) {
                read(input, node.title());
            }
        }
        node.captured().forEach(name -> read(new Value(name, null, null), node.title()));
        if (node.op() != Op.OTHER) {
            checkOperator(node);
        }
        for (Value output : node.outputs()) {
            if (!output.isOmitted()) {
                make(output, node.title());
            }
        }
    }

    private void checkOperator(Node node) {
        Op op = node.op();
        if (op.sinceOpset() > graph.opset()) {
            throw new GraphException(node.title() + ": needs opset " + op.sinceOpset() + ", the graph has "
                    + graph.opset() + "; export the model with a newer opset");
        }
        List<Value> inferred = ShapeInference.infer(node, graph::constant);
        for (int i = 0; i < inferred.size(); i++) {
            checkOutput(node, node.outputs().get(i), inferred.get(i));
        }
    }

    private static void checkOutput(Node node, Value declared, Value inferred) {
        boolean sameType =
                !inferred.hasDataType() || !declared.hasDataType() || inferred.dataType() == declared.dataType();
        boolean sameShape =
                !inferred.hasShape() || !declared.hasShape() || compatible(inferred.shape(), declared.shape());
        if (!sameType || !sameShape) {
            throw new GraphException(node.title() + ": declared as " + declared + ", but its inputs give " + inferred);
        }
    }

    private void make(Value value, String by) {
        if (value.isOmitted() || made.put(value.name(), value) != null) {
            throw new GraphException("value \"" + value.name() + "\" is made twice or has no name (second time by " + by
                    + "); rename one of the two, or export the model again");
        }
    }

    private void read(Value value, String by) {
        @Nullable Value source = made.get(value.name());
        if (source == null) {
            throw new GraphException("value \"" + value.name() + "\" is read by " + by
                    + " but nothing before it makes it: it dangles, or the nodes form a cycle; put the nodes in the"
                    + " order in which they run, or export the model again");
        }
    }

    /** Whether two descriptions of one shape do not contradict each other. */
    static boolean compatible(Shape a, Shape b) {
        if (a.rank() != b.rank()) {
            return false;
        }
        for (int i = 0; i < a.rank(); i++) {
            if (a.size(i) != b.size(i) && a.size(i) != Shape.VARIABLE && b.size(i) != Shape.VARIABLE) {
                return false;
            }
        }
        return true;
    }
}
