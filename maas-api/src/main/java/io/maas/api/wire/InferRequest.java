package io.maas.api.wire;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.tensor.Tensors;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request to run a model, without the model's name, which is in the path.
 *
 * <p>Immutable and thread-safe.
 *
 * @param id what the caller wants echoed, null for nothing
 * @param timeout how long the caller waits, null for as long as it takes; microseconds on the wire
 * @param inputs the inputs by name
 * @param outputs the names of the outputs to send back, in that order; empty for all
 */
public record InferRequest(@Nullable String id, @Nullable Duration timeout, Tensors inputs, List<String> outputs) {
    public InferRequest {
        outputs = List.copyOf(outputs);
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
        for (String name : outputs) {
            var tensor = all.find(name);
            if (tensor == null) {
                throw new InvalidInputException("output " + Require.quote(name)
                        + " is asked for, but the model has none of that name (expected: some of " + all.names() + ")");
            }
            chosen.add(new Tensors.Entry(name, tensor));
        }
        return Tensors.copyOf(chosen);
    }
}
