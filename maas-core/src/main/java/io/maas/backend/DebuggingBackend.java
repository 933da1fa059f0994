package io.maas.backend;

import com.google.common.io.ByteSource;
import io.maas.error.Require;
import io.maas.graph.Graph;
import io.maas.graph.onnx.OnnxReader;
import io.maas.model.Signature;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Another backend that is slower and says where numbers stop being finite: a run whose outputs hold NaN or an infinity fails with
 * a {@link io.maas.error.NonFiniteException} that names the first node that made one. For training that diverges and for models
 * that answer NaN:
 *
 * <pre>{@code
 * trainer.withBackend(new DebuggingBackend(Backends.load().preferred()))
 * }</pre>
 *
 * <p>State is carried on the Java side, so that a failed step can be looked at. Thread-safe.
 */
public final class DebuggingBackend implements Backend {
    private final Backend engine;

    /** @param engine does the work */
    public DebuggingBackend(Backend engine) {
        this.engine = engine;
    }

    @Override
    public String name() {
        return engine.name();
    }

    @Override
    public String version() {
        return engine.version();
    }

    @Override
    public int priority() {
        return engine.priority();
    }

    @Override
    public Set<Capability> capabilities() {
        return engine.capabilities();
    }

    @Override
    public Program compile(Graph graph, ProgramOptions options) {
        return new Debugged(engine.compile(graph, options), new NonFiniteSearch(engine, graph, options));
    }

    @Override
    public Program load(ByteSource onnx, ProgramOptions options) {
        Graph graph = OnnxReader.read(onnx);
        return new Debugged(engine.load(onnx, options), new NonFiniteSearch(engine, graph, options));
    }

    private record Debugged(Program program, NonFiniteSearch search) implements Program {
        @Override
        public Signature signature() {
            return program.signature();
        }

        @Override
        public Tensors run(Tensors inputs, Cancellation cancellation) {
            Tensors outputs = program.run(inputs, cancellation);
            search.check(inputs, outputs);
            return outputs;
        }

        @Override
        public Session newSession(Map<String, String> carried, Tensors initial) {
            // The engine says what does not fit.
            program.newSession(carried, initial).close();
            return new DebuggedSession(this, Map.copyOf(carried), initial);
        }

        @Override
        public void close() {
            program.close();
        }
    }

    private static final class DebuggedSession implements Session {
        private final Program program;
        private final Map<String, String> carried;
        private Map<String, Tensor> state;
        private boolean closed;

        DebuggedSession(Program program, Map<String, String> carried, Tensors initial) {
            this.program = program;
            this.carried = carried;
            this.state = initial.toMap();
        }

        @Override
        public Tensors step(Tensors inputs, Cancellation cancellation) {
            requireOpen();
            Map<String, Tensor> all = inputs.toMap();
            all.putAll(state);
            Tensors outputs = program.run(Tensors.copyOf(all), cancellation);
            Map<String, Tensor> next = new LinkedHashMap<>();
            state.keySet().forEach(name -> next.put(name, outputs.get(carried.getOrDefault(name, ""))));
            state = next;
            Set<String> hidden = new HashSet<>(carried.values());
            List<Tensors.Entry> visible = new ArrayList<>();
            outputs.forEach(entry -> {
                if (!hidden.contains(entry.name())) {
                    visible.add(entry);
                }
            });
            return Tensors.copyOf(visible);
        }

        @Override
        public Tensor read(String input) {
            requireOpen();
            Tensor tensor = state.get(input);
            if (tensor == null) {
                throw Require.failure("input", Require.quote(input), "state, one of " + carried.keySet());
            }
            return tensor;
        }

        private void requireOpen() {
            if (closed) {
                throw new IllegalStateException("session: closed (expected: open); start a new one");
            }
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
