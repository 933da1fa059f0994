package io.maas.backend.tck;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.backend.Backend;
import io.maas.backend.Capability;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.error.BackendException;
import io.maas.graph.Graph;
import io.maas.graph.Op;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensors;
import java.util.Map;
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

    /**
     * Whether the engine carries no state; then it is made sure that it says so, in place of what is asked of those that do.
     *
     * @return true if the rest of a test is not for this engine
     */
    final boolean refusesState() {
        if (has(Capability.CARRIED_STATE)) {
            return false;
        }
        try (Program program = compile(SampleGraphs.counter())) {
            assertThatThrownBy(() -> program.newSession(Map.of("count", "next"), SampleGraphs.counterStart()))
                    .isInstanceOf(BackendException.class);
        }
        return true;
    }

    final Program compile(Graph graph) {
        return backend().compile(graph, ProgramOptions.serving());
    }

    static Tensors expected(Graph graph, Tensors inputs) {
        return new ReferenceEvaluator().evaluate(graph, inputs);
    }
}
