package io.maas.backend.nd4j;

import io.maas.backend.Cancellation;
import io.maas.backend.Session;
import io.maas.error.BackendException;
import io.maas.error.Require;
import io.maas.model.Signature;
import io.maas.model.TensorSpec;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** State in native memory; a step puts all new arrays in place at once, or none. */
final class Nd4jSession implements Session {
    private final Nd4jProgram program;
    private final Map<String, String> carried;
    private final Set<String> hidden;
    private final Signature perStep;
    private Map<String, Array> state;
    private boolean closed;

    private Nd4jSession(Nd4jProgram program, Map<String, String> carried, Map<String, Array> state) {
        this.program = program;
        this.carried = Map.copyOf(carried);
        this.hidden = new HashSet<>(carried.values());
        this.state = state;
        Signature whole = program.signature();
        this.perStep = new Signature(
                whole.inputs().stream()
                        .filter(spec -> !carried.containsKey(spec.name()))
                        .toList(),
                whole.outputs().stream()
                        .filter(spec -> !hidden.contains(spec.name()))
                        .toList());
    }

    static Nd4jSession open(Nd4jProgram program, Map<String, String> carried, Tensors initial) {
        Signature signature = program.signature();
        Require.that(
                carried.keySet().equals(new HashSet<>(initial.names())),
                "initial",
                initial.names(),
                "a value for each of " + carried.keySet());
        carried.forEach((input, output) -> requireFit(
                find(signature.inputs(), input, "input"),
                find(signature.outputs(), output, "output"),
                initial.get(input)));
        Map<String, Array> state = program.engine().exclusively(bench -> {
            Map<String, Array> arrays = new HashMap<>();
            initial.forEach(entry -> arrays.put(entry.name(), bench.of(entry.tensor())));
            arrays.values().forEach(Array::retain);
            return arrays;
        });
        return new Nd4jSession(program, carried, state);
    }

    private static TensorSpec find(List<TensorSpec> specs, String name, String what) {
        return specs.stream()
                .filter(spec -> spec.name().equals(name))
                .findFirst()
                .orElseThrow(() -> Require.failure(
                        what,
                        Require.quote(name),
                        "one of " + specs.stream().map(TensorSpec::name).toList()));
    }

    private static void requireFit(TensorSpec input, TensorSpec output, Tensor initial) {
        Require.that(input.dataType() == output.dataType(), "output", output, "the type of " + input);
        Require.that(
                initial.dataType() == input.dataType() && accepts(input, initial.shape()),
                "initial",
                initial,
                input.toString());
        Require.that(accepts(output, initial.shape()), "output", output, "the shape " + initial.shape());
    }

    private static boolean accepts(TensorSpec spec, Shape shape) {
        @Nullable Shape declared = spec.shape();
        return declared == null || declared.accepts(shape);
    }

    @Override
    public Tensors step(Tensors inputs, Cancellation cancellation) {
        requireOpen();
        program.check(perStep, inputs);
        return program.engine().exclusively(bench -> {
            List<Array> given = program.signature().inputs().stream()
                    .map(spec ->
                            carried.containsKey(spec.name()) ? piece(spec.name()) : bench.of(inputs.get(spec.name())))
                    .toList();
            List<Array> results = program.plan().run(bench, given, cancellation);
            try {
                return replace(results);
            } finally {
                results.forEach(Array::release);
            }
        });
    }

    /** Makes the outputs that are state the new state, and tensors of the others. */
    private Tensors replace(List<Array> results) {
        Map<String, Array> named = new HashMap<>();
        List<Tensors.Entry> visible = new ArrayList<>();
        List<TensorSpec> specs = program.signature().outputs();
        for (int i = 0; i < specs.size(); i++) {
            String name = specs.get(i).name();
            named.put(name, results.get(i));
            if (!hidden.contains(name)) {
                visible.add(new Tensors.Entry(name, Bench.toTensor(results.get(i))));
            }
        }
        Map<String, Array> next = new HashMap<>();
        for (TensorSpec spec : program.signature().inputs()) {
            Array array = named.get(carried.getOrDefault(spec.name(), ""));
            if (array != null) {
                next.put(spec.name(), successor(spec, array));
            }
        }
        next.values().forEach(Array::retain);
        state.values().forEach(Array::release);
        state = next;
        return Tensors.copyOf(visible);
    }

    private static Array successor(TensorSpec spec, Array array) {
        if (!accepts(spec, Shape.of(array.shape()))) {
            throw new BackendException(
                    Nd4jBackend.NAME, "state after the step: " + array + " (expected: " + spec + ")");
        }
        return array;
    }

    private Array piece(String input) {
        Array array = state.get(input);
        if (array == null) {
            throw Require.failure("input", Require.quote(input), "state, one of " + carried.keySet());
        }
        return array;
    }

    @Override
    public Tensor read(String input) {
        requireOpen();
        return program.engine().exclusively(bench -> Bench.toTensor(piece(input)));
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("session: closed (expected: open); start a new one");
        }
        program.requireOpen();
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            program.engine().exclusively(bench -> {
                state.values().forEach(Array::release);
                return true;
            });
        }
    }
}
