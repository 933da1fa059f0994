package io.maas.backend.onnxruntime;

import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.maas.backend.Cancellation;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A run prepared for inputs of certain shapes: where each tensor lies and under which name the runtime finds it, so that
 * another run of the same shapes needs copying and nothing else.
 *
 * <p>For one thread at a time.
 */
final class Plan {
    private final boolean pins;
    private final InputSlot[] inputs;
    private final OutputSlot[] outputs;
    private final Bindings[] given;
    private final Set<String> requested;
    private final Bindings[] pinned;

    /**
     * @param pins whether it was made while outputs were pinned
     * @param inputs one slot for each input that requests bring
     * @param outputs one slot for each output that answers hold
     * @param residents tensors that are neither in requests nor in answers
     */
    Plan(boolean pins, InputSlot[] inputs, OutputSlot[] outputs, List<? extends Resident> residents) {
        this.pins = pins;
        this.inputs = inputs;
        this.outputs = outputs;
        this.requested = new LinkedHashSet<>();
        for (OutputSlot slot : outputs) {
            if (slot.entry() == null) {
                requested.add(slot.port().engineName());
            }
        }
        int phases = residents.isEmpty() ? 1 : 2;
        this.given = new Bindings[phases];
        this.pinned = new Bindings[phases];
        for (int phase = 0; phase < phases; phase++) {
            bind(residents, phase);
        }
    }

    private void bind(List<? extends Resident> residents, int phase) {
        List<Bindings.Entry> sources = new ArrayList<>();
        List<Bindings.Entry> targets = new ArrayList<>();
        for (Resident each : residents) {
            Bindings.Entry source = each.source(phase);
            if (source != null) {
                sources.add(source);
            }
            Bindings.Entry target = each.target(phase);
            if (target != null) {
                targets.add(target);
            }
        }
        for (InputSlot slot : inputs) {
            sources.add(slot.entry());
        }
        for (OutputSlot slot : outputs) {
            Bindings.Entry entry = slot.entry();
            if (entry != null) {
                targets.add(entry);
            }
        }
        given[phase] = new Bindings(sources.toArray(new Bindings.Entry[0]));
        pinned[phase] = new Bindings(targets.toArray(new Bindings.Entry[0]));
    }

    boolean pins() {
        return pins;
    }

    /** Whether the inputs of one request have the shapes of this plan, {@code rows} being the first size if >= 0. */
    boolean fits(Tensor[] request, long rows) {
        for (int i = 0; i < inputs.length; i++) {
            if (!inputs[i].fits(request[i].shape(), rows)) {
                return false;
            }
        }
        return true;
    }

    /** Whether a run may have failed because of a prediction that this plan relied on. */
    boolean relies() {
        for (OutputSlot output : outputs) {
            if (output.entry() != null) {
                return true;
            }
        }
        return false;
    }

    /** Runs the requests together and gives the answer of each. */
    Tensors[] run(Engine engine, Tensor[][] requests, int phase, Cancellation cancellation) throws OrtException {
        try {
            for (int i = 0; i < inputs.length; i++) {
                inputs[i].feed(requests, i);
            }
            for (OutputSlot output : outputs) {
                output.prepare(requests.length);
            }
            try (OrtSession.Result result = engine.run(given[phase], requested, pinned[phase], cancellation)) {
                int allocated = pinned[phase].size();
                return requests.length == 1
                        ? new Tensors[] {collect(result, allocated)}
                        : scatter(result, allocated, requests);
            }
        } finally {
            for (InputSlot input : inputs) {
                input.release();
            }
            for (OutputSlot output : outputs) {
                output.release();
            }
        }
    }

    private Tensors collect(OrtSession.Result result, int firstAllocated) throws OrtException {
        int allocated = firstAllocated;
        Tensors.Entry[] answer = new Tensors.Entry[outputs.length];
        for (int i = 0; i < outputs.length; i++) {
            OutputSlot slot = outputs[i];
            @Nullable OnnxValue value = slot.entry() == null ? result.get(allocated++) : null;
            answer[i] = new Tensors.Entry(slot.port().name(), slot.read(value));
        }
        return group(answer);
    }

    private Tensors[] scatter(OrtSession.Result result, int firstAllocated, Tensor[][] requests) throws OrtException {
        long[] rows = new long[requests.length];
        long total = 0;
        for (int i = 0; i < rows.length; i++) {
            rows[i] = requests[i][0].shape().size(0);
            total += rows[i];
        }
        int allocated = firstAllocated;
        Tensor[][] parts = new Tensor[outputs.length][];
        for (int i = 0; i < outputs.length; i++) {
            parts[i] = outputs[i].split(outputs[i].entry() == null ? result.get(allocated++) : null, rows, total);
        }
        Tensors[] groups = new Tensors[requests.length];
        for (int i = 0; i < groups.length; i++) {
            Tensors.Entry[] answer = new Tensors.Entry[outputs.length];
            for (int j = 0; j < outputs.length; j++) {
                answer[j] = new Tensors.Entry(outputs[j].port().name(), parts[j][i]);
            }
            groups[i] = group(answer);
        }
        return groups;
    }

    private static Tensors group(Tensors.Entry[] entries) {
        return entries.length == 1
                ? Tensors.of(entries[0].name(), entries[0].tensor())
                : Tensors.copyOf(Arrays.asList(entries));
    }

    void close() {
        for (InputSlot input : inputs) {
            input.close();
        }
        for (OutputSlot output : outputs) {
            output.close();
        }
    }
}
