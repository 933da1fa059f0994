package io.maas.pipeline;

import io.maas.model.TensorSpec;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A work together with what does it.
 *
 * @param takes the names of the inputs that it takes, among those of its step
 * @param outputs in the symbols of the pipeline
 * @param rowsIndependent as in a signature
 */
record Bound(List<String> takes, List<TensorSpec> outputs, boolean rowsIndependent, Start start) {
    /** Begins to work, without waiting for anything. */
    @FunctionalInterface
    interface Start {
        CompletableFuture<Tensors> on(Tensors inputs, Attempt attempt);
    }

    /** As it is done on the thread that begins it. */
    static Start here(java.util.function.UnaryOperator<Tensors> body) {
        return (inputs, attempt) -> CompletableFuture.completedFuture(body.apply(inputs));
    }

    /** Begins with all inputs of the step; failures come with the future. */
    CompletableFuture<Tensors> on(Tensors all, Attempt attempt) {
        try {
            return attempt.track(start.on(pick(all), attempt));
        } catch (Throwable t) {
            return CompletableFuture.failedFuture(t);
        }
    }

    private Tensors pick(Tensors all) {
        if (all.size() == takes.size()) {
            return all;
        }
        List<Tensors.Entry> picked = new ArrayList<>();
        takes.forEach(name -> picked.add(new Tensors.Entry(name, all.get(name))));
        return Tensors.copyOf(picked);
    }

    @Nullable
    TensorSpec output(String name) {
        for (TensorSpec output : outputs) {
            if (output.name().equals(name)) {
                return output;
            }
        }
        return null;
    }
}
