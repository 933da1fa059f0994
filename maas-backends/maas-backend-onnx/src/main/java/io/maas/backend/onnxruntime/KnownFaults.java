package io.maas.backend.onnxruntime;

import io.maas.error.BackendException;
import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;

/** What the runtime takes and computes wrongly without a word. */
final class KnownFaults {
    private KnownFaults() {}

    /**
     * Gather of text copies the first string of each block only (seen in 1.29.0); a block is a single string where the axis
     * is the last one.
     */
    static void refuse(Graph graph) {
        for (Node node : graph.nodes()) {
            Value data = node.input(0);
            if (node.op() == Op.GATHER
                    && data.hasDataType()
                    && data.dataType() == DataType.STRING
                    && !isLast(node, data)) {
                throw new BackendException(
                        OnnxRuntimeBackend.NAME,
                        node.title() + ": text gathered along axis "
                                + node.attributes().longValue("axis", 0) + " of " + data
                                + " (expected: the last axis); this runtime loses all but the first string of each row");
            }
        }
    }

    private static boolean isLast(Node node, Value data) {
        long axis = node.attributes().longValue("axis", 0);
        return axis == -1 || (data.hasShape() && axis == data.rank() - 1);
    }
}
