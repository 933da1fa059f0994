package io.maas.backend.nd4j;

import io.maas.backend.Cancellation;
import io.maas.backend.Program;
import io.maas.backend.Session;
import io.maas.error.BackendException;
import io.maas.error.InvalidInputException;
import io.maas.graph.Graph;
import io.maas.model.Signature;
import io.maas.model.TensorSpec;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/** A plan and the signature of its graph. */
final class Nd4jProgram implements Program {
    private final String name;
    private final Signature signature;
    private final Engine engine;
    private final Plan plan;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Nd4jProgram(Graph graph, Engine engine, Plan plan) {
        this.name = graph.name();
        this.signature = Signature.of(graph);
        this.engine = engine;
        this.plan = plan;
    }

    static Nd4jProgram open(Graph graph, Engine engine) {
        return new Nd4jProgram(graph, engine, engine.exclusively(bench -> new Plan(graph, bench)));
    }

    @Override
    public Signature signature() {
        return signature;
    }

    @Override
    public Tensors run(Tensors inputs, Cancellation cancellation) {
        requireOpen();
        check(signature, inputs);
        return engine.exclusively(bench -> {
            List<Array> given = signature.inputs().stream()
                    .map(spec -> bench.of(inputs.get(spec.name())))
                    .toList();
            List<Array> results = plan.run(bench, given, cancellation);
            try {
                return toTensors(signature.outputs(), results);
            } finally {
                results.forEach(Array::release);
            }
        });
    }

    private static Tensors toTensors(List<TensorSpec> specs, List<Array> arrays) {
        List<Tensors.Entry> entries = new ArrayList<>();
        for (int i = 0; i < specs.size(); i++) {
            entries.add(new Tensors.Entry(specs.get(i).name(), Bench.toTensor(arrays.get(i))));
        }
        return Tensors.copyOf(entries);
    }

    /** Sizes that only look right could make native code read past the end, so they are checked before it sees them. */
    void check(Signature expected, Tensors inputs) {
        try {
            expected.check(name, inputs);
        } catch (InvalidInputException e) {
            throw new BackendException(Nd4jBackend.NAME, String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    public Session newSession(Map<String, String> carried, Tensors initial) {
        requireOpen();
        return Nd4jSession.open(this, carried, initial);
    }

    Engine engine() {
        return engine;
    }

    Plan plan() {
        return plan;
    }

    void requireOpen() {
        if (closed.get()) {
            throw new IllegalStateException("program " + name + ": closed (expected: open); compile it again");
        }
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            engine.exclusively(bench -> {
                plan.release();
                return true;
            });
        }
    }
}
