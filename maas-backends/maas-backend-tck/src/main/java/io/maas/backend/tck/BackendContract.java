package io.maas.backend.tck;

import io.maas.backend.Backend;
import io.maas.backend.Capability;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.graph.Graph;
import io.maas.graph.Op;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensors;
import java.util.Set;

/**
 * What the contracts share: the backend under test, and what it says that it lacks. Everything not named as lacking is
 * expected to work; what is named is expected to fail with a {@link io.maas.error.BackendException}, never to give an answer.
 */
public abstract class BackendContract {
    /** For subclasses, which are test classes. */
    protected BackendContract() {}

    /** The backend under test; asked for once a test or more, and never closed. */
    protected abstract Backend backend();

    /** The capabilities that the backend lacks. */
    protected Set<Capability> lacks() {
        return Set.of();
    }

    /**
     * Whether the backend lacks an operator, or a part of it, for an element type. For {@link Op#CAST} and {@link Op#POW} a case is about two
     * types, and lacking one is enough; for {@link Op#ONE_HOT} the type is that of the values.
     */
    protected boolean lacks(Op op, DataType type) {
        return false;
    }

    final boolean has(Capability capability) {
        return !lacks().contains(capability);
    }

    final Program compile(Graph graph) {
        return backend().compile(graph, ProgramOptions.serving());
    }

    static Tensors expected(Graph graph, Tensors inputs) {
        return new ReferenceEvaluator().evaluate(graph, inputs);
    }
}
