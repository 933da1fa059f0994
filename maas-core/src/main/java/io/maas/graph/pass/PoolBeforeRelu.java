package io.maas.graph.pass;

import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Op;
import java.util.List;

/**
 * The greatest of some values cut off at 0 is the greatest of them, cut off at 0: so the pool goes first, and Relu has a fraction
 * of the elements. The results are the same bits.
 */
final class PoolBeforeRelu implements Pass {
    @Override
    public Graph apply(Graph graph) {
        return Sweep.run(graph, (node, sweep) -> {
            // With a second output the pool tells places, which differ where values were cut off.
            Node relu = node.op() == Op.MAX_POOL && node.outputs().size() == 1
                    ? sweep.producer(node.input(0), Op.RELU)
                    : null;
            boolean own = relu != null && sweep.uses(relu.output()) == 1 && !sweep.isPinned(relu.output());
            return relu != null && own
                    ? List.of(sweep.node(
                            Op.RELU, Attributes.none(), sweep.node(Op.MAX_POOL, node.attributes(), relu.input(0))))
                    : List.of();
        });
    }
}
