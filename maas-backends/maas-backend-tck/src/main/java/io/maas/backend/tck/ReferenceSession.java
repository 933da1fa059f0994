package io.maas.backend.tck;

import io.maas.backend.Cancellation;
import io.maas.backend.Session;
import io.maas.error.BackendException;
import io.maas.error.Require;
import io.maas.model.TensorSpec;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** State as plain tensors; a step puts all new ones in place at once, or none. */
final class ReferenceSession implements Session {
    private final ReferenceProgram program;
    private final Map<String, String> carried;
    private Map<String, Tensor> state;
    private boolean closed;

    ReferenceSession(ReferenceProgram program, Map<String, String> carried, Tensors initial) {
        this.program = program;
        this.carried = Map.copyOf(carried);
        this.state = initial.toMap();
        Require.that(
                state.keySet().equals(carried.keySet()),
                "initial",
                state.keySet(),
                "a tensor for each of " + carried.keySet());
        carried.forEach((input, output) -> check(
                find(program.signature().inputs(), input, "input"),
                find(program.signature().outputs(), output, "output"),
                initial.get(input)));
    }

    private static TensorSpec find(List<TensorSpec> specs, String name, String what) {
        return specs.stream()
                .filter(spec -> spec.name().equals(name))
                .findFirst()
                .orElseThrow(
                        () -> new IllegalArgumentException(what + ": " + Require.quote(name) + " (expected: one of "
                                + specs.stream().map(TensorSpec::name).toList() + ")"));
    }

    private static void check(TensorSpec input, TensorSpec output, Tensor initial) {
        Require.that(input.dataType() == output.dataType(), "output", output, "the type of " + input);
        Require.that(fits(input, initial), "initial", initial, input.toString());
        Require.that(agree(input.shape(), output.shape()), "output", output, "the shape of " + input);
    }

    private static boolean fits(TensorSpec spec, Tensor tensor) {
        Shape shape = spec.shape();
        return spec.dataType() == tensor.dataType() && (shape == null || shape.accepts(tensor.shape()));
    }

    /** Whether two declared shapes can be one; that they are is seen at each step. */
    private static boolean agree(@Nullable Shape a, @Nullable Shape b) {
        if (a == null || b == null) {
            return true;
        }
        for (int axis = 0; axis < a.rank() && a.rank() == b.rank(); axis++) {
            if (a.symbol(axis) == null && b.symbol(axis) == null && a.size(axis) != b.size(axis)) {
                return false;
            }
        }
        return a.rank() == b.rank();
    }

    @Override
    public Tensors step(Tensors inputs, Cancellation cancellation) {
        checkOpen();
        Map<String, Tensor> all = inputs.toMap();
        for (String name : carried.keySet()) {
            Require.that(!all.containsKey(name), "input", Require.quote(name), "only inputs that are not state");
        }
        all.putAll(state);
        Tensors outputs = program.run(Tensors.copyOf(all), cancellation);
        Map<String, Tensor> next = new HashMap<>();
        carried.forEach((input, output) -> next.put(input, successor(input, outputs.get(output))));
        state = next;
        HashSet<String> hidden = new HashSet<>(carried.values());
        List<Tensors.Entry> visible = new ArrayList<>();
        outputs.forEach(entry -> {
            if (!hidden.contains(entry.name())) {
                visible.add(entry);
            }
        });
        return Tensors.copyOf(visible);
    }

    private Tensor successor(String input, Tensor tensor) {
        TensorSpec spec = find(program.signature().inputs(), input, "input");
        if (!fits(spec, tensor)) {
            throw new BackendException(
                    ReferenceEvaluator.NAME, "state after the step: " + tensor + " (expected: " + spec + ")");
        }
        return tensor;
    }

    @Override
    public Tensor read(String input) {
        checkOpen();
        Tensor tensor = state.get(input);
        if (tensor == null) {
            throw new IllegalArgumentException(
                    "input: " + Require.quote(input) + " (expected: state, one of " + carried.keySet() + ")");
        }
        return tensor;
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("session: closed (expected: open); start a new one");
        }
    }

    @Override
    public void close() {
        closed = true;
    }
}
