package io.maas.backend.onnxruntime;

import ai.onnxruntime.OrtException;
import io.maas.backend.Cancellation;
import io.maas.backend.Session;
import io.maas.error.Require;
import io.maas.model.Signature;
import io.maas.model.TensorSpec;
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
import org.jspecify.annotations.Nullable;

/**
 * State in two sets of pinned memory whose roles are swapped after each step, but for what an {@link Update} replaces in place after the
 * runtime's part of the step.
 */
final class OnnxRuntimeSession implements Session {
    private final Engine engine;
    private final Map<String, CarriedTensor> state;
    private final Workspace workspace;
    private final @Nullable UpdateState update;
    private final List<String> answered;
    private int phase;
    private boolean closed;

    private OnnxRuntimeSession(
            Engine engine, Map<String, CarriedTensor> state, @Nullable UpdateState update, List<String> answered) {
        this.engine = engine;
        this.state = state;
        this.update = update;
        this.answered = answered;
        List<Resident> residents = new ArrayList<>(state.values());
        if (update != null) {
            residents.addAll(update.residents());
        }
        this.workspace = new Workspace(engine, residents);
    }

    /** A session whose whole step the runtime does. */
    static OnnxRuntimeSession open(Engine engine, Map<String, String> carried, Tensors initial) {
        requireFit(engine.inputs(), engine.outputs(), carried, initial);
        return open(engine, carried, initial, null, List.of());
    }

    /**
     * A session whose step ends in an update.
     *
     * @param signature of the whole graph
     */
    static OnnxRuntimeSession open(
            Engine engine,
            Update update,
            Signature signature,
            Map<String, String> carried,
            Tensors initial,
            int threads) {
        Port[] inputs = ports(signature.inputs());
        Port[] outputs = ports(signature.outputs());
        requireFit(inputs, outputs, carried, initial);
        List<String> answered = signature.outputs().stream()
                .map(TensorSpec::name)
                .filter(name -> !carried.containsValue(name))
                .toList();
        UpdateState state;
        try {
            state = UpdateState.open(update, engine, initial, threads);
        } catch (OrtException e) {
            throw Engine.failure(e);
        }
        try {
            return open(engine, carried, initial, state, answered);
        } catch (RuntimeException | OutOfMemoryError e) {
            state.close();
            throw e;
        }
    }

    private static OnnxRuntimeSession open(
            Engine engine,
            Map<String, String> carried,
            Tensors initial,
            @Nullable UpdateState update,
            List<String> answered) {
        Map<String, CarriedTensor> state = new LinkedHashMap<>();
        try {
            for (Tensors.Entry entry : initial) {
                if (update == null || !update.holds(entry.name())) {
                    Port input = port(engine.inputs(), entry.name(), "input");
                    Port output = port(engine.outputs(), carried.getOrDefault(entry.name(), ""), "output");
                    state.put(entry.name(), CarriedTensor.open(engine, input, output, entry.tensor()));
                }
            }
            return new OnnxRuntimeSession(engine, state, update, answered);
        } catch (OrtException e) {
            state.values().forEach(CarriedTensor::close);
            throw Engine.failure(e);
        } catch (RuntimeException | OutOfMemoryError e) {
            state.values().forEach(CarriedTensor::close);
            throw e;
        }
    }

    private static Port[] ports(List<TensorSpec> specs) {
        return specs.stream().map(spec -> Port.of(spec, spec.name())).toArray(Port[]::new);
    }

    private static void requireFit(Port[] inputs, Port[] outputs, Map<String, String> carried, Tensors initial) {
        requireSameNames(carried, initial);
        Set<String> used = new HashSet<>();
        for (Tensors.Entry entry : initial) {
            Port input = port(inputs, entry.name(), "input");
            Port output = port(outputs, carried.getOrDefault(entry.name(), ""), "output");
            Require.that(used.add(output.name()), "output", Require.quote(output.name()), "each output once");
            requireFit(input, output, entry.tensor());
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

    static Port port(Port[] ports, String name, String what) {
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
        Tensors answer = workspace.run(update == null ? inputs : update.take(inputs), phase, cancellation);
        if (!state.isEmpty()) {
            phase = 1 - phase;
        }
        if (update == null) {
            return answer;
        }
        update.run();
        return complete(answer, update);
    }

    private Tensors complete(Tensors answer, UpdateState ended) {
        List<Tensors.Entry> entries = new ArrayList<>(answered.size());
        for (String name : answered) {
            Tensor tensor = ended.output(name);
            entries.add(new Tensors.Entry(name, tensor == null ? answer.get(name) : tensor));
        }
        return Tensors.copyOf(entries);
    }

    @Override
    public Tensor read(String input) {
        requireOpen();
        CarriedTensor carried = state.get(input);
        if (carried != null) {
            return carried.read(phase);
        }
        if (update != null && update.holds(input)) {
            return update.read(input);
        }
        List<String> names = new ArrayList<>(state.keySet());
        if (update != null) {
            names.addAll(update.names());
        }
        throw Require.failure("input", Require.quote(input), "one of " + names);
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
            if (update != null) {
                update.close();
            }
        }
    }
}
