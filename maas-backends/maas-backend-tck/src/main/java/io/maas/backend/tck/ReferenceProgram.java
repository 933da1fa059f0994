package io.maas.backend.tck;

import io.maas.backend.Program;
import io.maas.backend.Session;
import io.maas.error.BackendException;
import io.maas.error.InvalidInputException;
import io.maas.graph.Graph;
import io.maas.model.Signature;
import io.maas.model.TensorSpec;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
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
    public Tensors run(Tensors inputs) {
        if (closed) {
            throw new IllegalStateException("program " + graph.name() + ": closed (expected: open); compile it again");
        }
        try {
            signature.check(graph.name(), inputs);
        } catch (InvalidInputException e) {
            throw new BackendException(ReferenceEvaluator.NAME, "" + e.getMessage(), e);
        }
        return evaluator.evaluate(graph, inputs);
    }

    @Override
    public List<Tensors> runBatch(List<Tensors> requests) {
        if (!signature.isBatchable()) {
            throw new IllegalStateException("program " + graph.name()
                    + ": not batchable (expected: one symbol as first size of all inputs and outputs); use run(…)");
        }
        if (requests.isEmpty()) {
            return List.of();
        }
        List<Tensors.Entry> stacked = new ArrayList<>();
        for (TensorSpec spec : signature.inputs()) {
            List<Tensor> parts =
                    requests.stream().map(request -> request.get(spec.name())).toList();
            stacked.add(new Tensors.Entry(spec.name(), Tensor.concat(parts)));
        }
        return cut(run(Tensors.copyOf(stacked)), requests);
    }

    private List<Tensors> cut(Tensors whole, List<Tensors> requests) {
        String first = signature.inputs().get(0).name();
        List<Tensors> answers = new ArrayList<>();
        long from = 0;
        for (Tensors request : requests) {
            long to = from + request.get(first).shape().size(0);
            List<Tensors.Entry> answer = new ArrayList<>();
            for (Tensors.Entry entry : whole) {
                answer.add(new Tensors.Entry(entry.name(), entry.tensor().rows(from, to)));
            }
            answers.add(Tensors.copyOf(answer));
            from = to;
        }
        return answers;
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
