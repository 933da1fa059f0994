package io.maas.training.finetune;

import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Takes graphs apart and puts them together. */
final class Parts {
    private static final int EXTENDED_UP_TO = 17;

    private Parts() {}

    /** What the outputs need of a graph; its inputs all stay. */
    static Graph cut(Graph graph, List<Value> outputs) {
        Set<String> needed = new HashSet<>();
        outputs.forEach(output -> needed.add(output.name()));
        List<Node> nodes = new ArrayList<>();
        for (int i = graph.nodes().size() - 1; i >= 0; i--) {
            Node node = graph.nodes().get(i);
            if (node.outputs().stream().anyMatch(made -> needed.contains(made.name()))) {
                nodes.add(node);
                read(node).forEach(needed::add);
            }
        }
        Collections.reverse(nodes);
        Map<String, Tensor> constants = new LinkedHashMap<>();
        graph.constants().forEach((name, tensor) -> {
            if (needed.contains(name)) {
                constants.put(name, tensor);
            }
        });
        return new Graph(graph.name(), graph.inputs(), outputs, nodes, constants, graph.opsets());
    }

    /** The names of all values that a node reads, also inside of it. */
    static Stream<String> read(Node node) {
        return Stream.concat(
                node.inputs().stream().map(Value::name),
                node.attributes().asMap().values().stream()
                        .flatMap(attribute -> attribute instanceof Attributes.Opaque opaque
                                ? opaque.captured().stream()
                                : Stream.empty()));
    }

    /** The graph with some of its constants, and possibly new ones, as inputs. */
    static Graph withInputs(Graph graph, Map<String, Tensor> constants) {
        List<Value> inputs = new ArrayList<>(graph.inputs());
        constants.forEach((name, tensor) -> inputs.add(new Value(name, tensor.dataType(), tensor.shape())));
        Map<String, Tensor> others = new LinkedHashMap<>(graph.constants());
        others.keySet().removeAll(constants.keySet());
        return new Graph(graph.name(), inputs, graph.outputs(), graph.nodes(), others, graph.opsets());
    }

    /** The graph with other values for some of its constants. */
    static Graph withConstants(Graph graph, Map<String, Tensor> changed) {
        Map<String, Tensor> constants = new LinkedHashMap<>(graph.constants());
        constants.replaceAll((name, tensor) -> changed.getOrDefault(name, tensor));
        return new Graph(graph.name(), graph.inputs(), graph.outputs(), graph.nodes(), constants, graph.opsets());
    }

    /**
     * The graph in opset 17, which gradients need: from 13 up to there operators were only extended, but for ones that are not known
     * here.
     */
    static Graph raised(Graph graph) {
        boolean fixed = graph.opset() < 13
                || graph.opset() >= EXTENDED_UP_TO
                || graph.nodes().stream()
                        .anyMatch(node -> node.op() == Op.OTHER && node.domain().isEmpty());
        if (fixed) {
            return graph;
        }
        Map<String, Integer> opsets = new LinkedHashMap<>(graph.opsets());
        opsets.put("", EXTENDED_UP_TO);
        return new Graph(graph.name(), graph.inputs(), graph.outputs(), graph.nodes(), graph.constants(), opsets);
    }
}
