package io.maas.api.wire;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request to run a model, without the model's name, which is in the path.
 *
 * <p>Immutable and thread-safe.
 *
 * @param id what the caller wants echoed, null for nothing
 * @param inputs the inputs by name
 * @param outputs the outputs to send back, in that order; empty for all
 */
public record InferRequest(
        @Nullable String id, CallParameters parameters, Tensors inputs, List<RequestedOutput> outputs) {
    public InferRequest {
        outputs = List.copyOf(outputs);
    }

    /** A request for all outputs. */
    public static InferRequest of(Tensors inputs, CallParameters parameters) {
        return new InferRequest(null, parameters, inputs, List.of());
    }

    /** With other parameters. */
    public InferRequest with(CallParameters others) {
        return new InferRequest(id, others, inputs, outputs);
    }

    /**
     * Those of a model's outputs that this request asks for.
     *
     * @throws InvalidInputException if the model has no output of a name asked for
     */
    public Tensors select(Tensors all) {
        if (outputs.isEmpty()) {
            return all;
        }
        List<Tensors.Entry> chosen = new ArrayList<>();
        for (RequestedOutput output : outputs) {
            String name = output.name();
            var tensor = all.find(name);
            if (tensor == null) {
                throw new InvalidInputException("output " + Require.quote(name)
                        + " is asked for, but the model has none of that name (expected: some of " + all.names() + ")");
            }
            chosen.add(new Tensors.Entry(name, tensor));
        }
        return Tensors.copyOf(chosen);
    }

    /** Whether an output is to be sent as binary data. */
    public boolean wantsBinary(String name) {
        for (RequestedOutput output : outputs) {
            if (output.name().equals(name) && output.binary() != null) {
                return output.binary();
            }
        }
        return parameters.binaryOutput();
    }

    /** Whether any output is to be sent in words. */
    public boolean wantsClasses() {
        for (RequestedOutput output : outputs) {
            if (output.classes() > 0) {
                return true;
            }
        }
        return false;
    }
}
