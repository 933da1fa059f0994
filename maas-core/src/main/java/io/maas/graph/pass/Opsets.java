package io.maas.graph.pass;

import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Op;

/** Which graphs mean the same under a newer version of the operators. */
final class Opsets {
    /** From here on all that the operators known here got was new attributes, up to {@link #AXES_BECOME_INPUTS}. */
    private static final int FIRST = 13;

    private static final int AXES_BECOME_INPUTS = 18;

    private Opsets() {}

    /** Whether no node of a graph means something else under that opset. */
    static boolean canRaise(Graph graph, int opset) {
        return opset <= graph.opset()
                || (graph.opset() >= FIRST
                        && graph.nodes().stream().allMatch(node -> means(node, graph.opset(), opset)));
    }

    private static boolean means(Node node, int before, int after) {
        if (node.op() == Op.OTHER) {
            return !node.domain().isEmpty();
        }
        boolean renewed = before < AXES_BECOME_INPUTS && after >= AXES_BECOME_INPUTS;
        boolean splitsEvenly = node.op() == Op.SPLIT && node.input(1).isOmitted();
        return !renewed || !(node.attributes().has("axes") || splitsEvenly);
    }
}
