package io.maas.graph.pass;

import io.maas.graph.Node;
import io.maas.graph.Value;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What nodes read, the values that bodies of control flow take from around them included. */
final class Uses {
    private Uses() {}

    /** The names of all values that a node reads, each once. */
    static Set<String> of(Node node) {
        Set<String> names = new LinkedHashSet<>();
        node.inputs().stream().filter(input -> !input.isOmitted()).forEach(input -> names.add(input.name()));
        names.addAll(node.captured());
        return names;
    }

    /** Those of the nodes, in their order, that one of the outputs needs; and in {@code live} all names that are read. */
    static List<Node> needed(List<Node> nodes, List<Value> outputs, Set<String> live) {
        outputs.forEach(output -> live.add(output.name()));
        List<Node> reversed = new ArrayList<>();
        for (int i = nodes.size() - 1; i >= 0; i--) {
            Node node = nodes.get(i);
            if (node.outputs().stream().anyMatch(made -> live.contains(made.name()))) {
                live.addAll(of(node));
                reversed.add(node);
            }
        }
        java.util.Collections.reverse(reversed);
        return reversed;
    }

    static Set<String> names(List<Value> values) {
        Set<String> names = new HashSet<>();
        values.forEach(value -> names.add(value.name()));
        return names;
    }
}
