package io.maas.backend.nd4j;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import io.maas.error.BackendException;
import io.maas.graph.Decompositions;
import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import java.util.Locale;

/** What this engine runs; everything else is refused before it can give a wrong answer. */
final class Coverage {
    private static final ImmutableSet<DataType> TYPES =
            Sets.immutableEnumSet(DataType.FLOAT32, DataType.FLOAT64, DataType.INT32, DataType.INT64, DataType.BOOL);

    /** The specification has them for integers too; ND4J computes those in floating point. */
    private static final ImmutableSet<Op> FLOATING_ONLY = Sets.immutableEnumSet(Op.ERF, Op.GEMM, Op.MATMUL);

    private static final ImmutableSet<Op> DECOMPOSED = ImmutableSet.<Op>builder()
            .addAll(Activations.DECOMPOSED)
            .addAll(Reductions.DECOMPOSED)
            .addAll(Normalizations.DECOMPOSED)
            .addAll(Convolutions.DECOMPOSED)
            .addAll(Sequences.DECOMPOSED)
            .add(Op.DEPTH_TO_SPACE, Op.EINSUM, Op.EYE_LIKE, Op.REVERSE_SEQUENCE, Op.SPACE_TO_DEPTH)
            .build();

    private Coverage() {}

    /** The same graph in operators that are run here, as far as there are decompositions. */
    static Graph lower(Graph graph) {
        return Decompositions.apply(graph, node -> DECOMPOSED.contains(node.op()));
    }

    /** @throws BackendException naming the first node that cannot be run */
    static void check(Graph graph) {
        for (Value input : graph.inputs()) {
            if (!TYPES.contains(input.dataType())) {
                throw refused("does not run input " + input);
            }
        }
        for (Node node : graph.nodes()) {
            if (node.op() == Op.OTHER || Activations.LACKING.contains(node.op())) {
                throw refused("does not run operator " + node.title());
            }
            node.inputs().stream().filter(value -> !value.isOmitted()).forEach(value -> check(node, value));
            node.outputs().stream().filter(value -> !value.isOmitted()).forEach(value -> check(node, value));
        }
    }

    private static void check(Node node, Value value) {
        if (!runs(node.op(), value.dataType())) {
            throw refused("does not run operator " + node.title() + " on "
                    + value.dataType().name().toLowerCase(Locale.ROOT));
        }
    }

    /** Whether an operator runs with an input or output of that type. */
    static boolean runs(Op op, DataType type) {
        return TYPES.contains(type)
                && !Activations.LACKING.contains(op)
                && (type.isFloating() || !FLOATING_ONLY.contains(op));
    }

    private static BackendException refused(String what) {
        return new BackendException(Nd4jBackend.NAME, what + "; use maas-backend-onnx");
    }
}
