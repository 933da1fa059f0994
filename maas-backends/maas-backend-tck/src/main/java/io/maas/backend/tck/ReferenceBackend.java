package io.maas.backend.tck;

import com.google.common.io.ByteSource;
import io.maas.backend.Backend;
import io.maas.backend.Capability;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.onnx.OnnxReader;
import java.util.Set;

/**
 * The {@link ReferenceEvaluator} as a backend, so that training and serving can be tested without an engine. Correct and slow;
 * it is not found by {@link io.maas.backend.Backends#load}, only taken on purpose.
 *
 * <p>Thread-safe.
 */
public final class ReferenceBackend implements Backend {
    @Override
    public String name() {
        return ReferenceEvaluator.NAME;
    }

    @Override
    public int priority() {
        return Integer.MIN_VALUE;
    }

    @Override
    public Set<Capability> capabilities() {
        return Set.of(Capability.CARRIED_STATE, Capability.STRINGS, Capability.HALF_PRECISION);
    }

    /** Makes a graph ready to run; the options are for engines and change nothing here. */
    @Override
    public Program compile(Graph graph, ProgramOptions options) {
        for (Node node : graph.nodes()) {
            if (node.op() == Op.OTHER) {
                throw ReferenceEvaluator.unknown(node);
            }
        }
        return new ReferenceProgram(graph);
    }

    @Override
    public Program load(ByteSource onnx, ProgramOptions options) {
        return compile(OnnxReader.read(onnx), options);
    }
}
