package io.maas.backend.onnxruntime;

import ai.onnxruntime.OrtException;
import io.maas.backend.Cancellation;
import io.maas.backend.Session;
import io.maas.error.Require;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** State in two sets of pinned memory whose roles are swapped after each step. */
final class OnnxRuntimeSession implements Session {
    private final Engine engine;
    private final Map<String, CarriedTensor> state;
    private final Workspace workspace;
    private int phase;
    private boolean closed;

    private OnnxRuntimeSession(Engine engine, Map<String, CarriedTensor> state) {
        this.engine = engine;
        this.state = state;
        this.workspace = new Workspace(engine, List.copyOf(state.values()));
    }

    static OnnxRuntimeSession open(Engine engine, Map<String, String> carried, Tensors initial) {
        requireSameNames(carried, initial);
        Map<String, CarriedTensor> state = new LinkedHashMap<>();
        Set<String> used = new HashSet<>();
        try {
            for (Tensors.Entry entry : initial) {
                Port input = port(engine.inputs(), entry.name(), "input");
                Port output = port(engine.outputs(), carried.getOrDefault(entry.name(), ""), "output");
                Require.that(used.add(output.name()), "output", Require.quote(output.name()), "each output once");
                requireFit(input, output, entry.tensor());
                state.put(entry.name(), CarriedTensor.open(engine, input, output, entry.tensor()));
            }
            return new OnnxRuntimeSession(engine, state);
        } catch (OrtException e) {
            state.values().forEach(CarriedTensor::close);
            throw Engine.failure(e);
        } catch (RuntimeException | OutOfMemoryError e) {
            state.values().forEach(CarriedTensor::close);
            throw e;
        }
    }

    private static void requireSameNames(Map<String, String> carried, Tensors initial) {
        List<String> names = initial.names();
        Require.that(
                carried.keySet().equals(new HashSet<>(names)),
                "initial",
                names,
                "a value for each of " + carried.keySet());
    }

    private static Port port(Port[] ports, String name, String what) {
        for (Port port : ports) {
            if (port.name().equals(name)) {
                return port;
            }
        }
        throw Require.failure(
                what,
                Require.quote(name),
                "one of " + Arrays.stream(ports).map(Port::name).toList());
    }

    private static void requireFit(Port input, Port output, Tensor first) {
        String title = "state " + Require.quote(input.name());
        if (input.isText()) {
            throw Require.failure(title, input.spec(), "a type of fixed size");
        }
        if (input.dataType() != output.dataType()) {
            throw Require.failure(title, output.spec(), "an output of the type of " + input.spec());
        }
        if (first.dataType() != input.dataType() || !accepts(input, first.shape())) {
            throw Require.failure(title, first, input.spec().toString());
        }
        if (!accepts(output, first.shape())) {
            throw Require.failure(title, output.spec(), "an output of the shape " + first.shape());
        }
    }

    private static boolean accepts(Port port, Shape shape) {
        Shape declared = port.shape();
        return declared == null || declared.accepts(shape);
    }

    @Override
    public Tensors step(Tensors inputs, Cancellation cancellation) {
        requireOpen();
        Tensors answer = workspace.run(inputs, phase, cancellation);
        if (!state.isEmpty()) {
            phase = 1 - phase;
        }
        return answer;
    }

    @Override
    public Tensor read(String input) {
        requireOpen();
        CarriedTensor carried = state.get(input);
        if (carried == null) {
            throw Require.failure("input", Require.quote(input), "one of " + new ArrayList<>(state.keySet()));
        }
        return carried.read(phase);
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("session: closed (expected: open)");
        }
        engine.requireOpen();
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            workspace.close();
            state.values().forEach(CarriedTensor::close);
        }
    }
}
