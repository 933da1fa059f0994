package io.maas.backend.tck;

import io.maas.backend.Cancellation;
import io.maas.backend.Program;
import io.maas.backend.Session;
import io.maas.error.BackendException;
import io.maas.error.InvalidInputException;
import io.maas.graph.Graph;
import io.maas.model.Signature;
import io.maas.tensor.Tensors;
import java.util.Map;

/** A graph that is evaluated anew at each run. */
final class ReferenceProgram implements Program {
    private final Graph graph;
    private final Signature signature;
    private final ReferenceEvaluator evaluator = new ReferenceEvaluator();
    private volatile boolean closed;

    ReferenceProgram(Graph graph) {
        this.graph = graph;
        this.signature = Signature.of(graph);
    }

    @Override
    public Signature signature() {
        return signature;
    }

    @Override
    public Tensors run(Tensors inputs, Cancellation cancellation) {
        if (closed) {
            throw new IllegalStateException("program " + graph.name() + ": closed (expected: open); compile it again");
        }
        try {
            signature.check(graph.name(), inputs);
        } catch (InvalidInputException e) {
            throw new BackendException(ReferenceEvaluator.NAME, "" + e.getMessage(), e);
        }
        return evaluator.evaluate(graph, inputs, cancellation);
    }

    @Override
    public Session newSession(Map<String, String> carried, Tensors initial) {
        return new ReferenceSession(this, carried, initial);
    }

    @Override
    public void close() {
        closed = true;
    }
}
