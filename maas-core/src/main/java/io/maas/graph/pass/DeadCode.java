package io.maas.graph.pass;

import io.maas.graph.Graph;
import java.util.List;

/** Leaves out nodes and constants that no output needs. The graph's inputs stay. */
final class DeadCode implements Pass {
    @Override
    public Graph apply(Graph graph) {
        return Sweep.run(graph, (node, sweep) -> List.of());
    }
}
