package io.maas.training.finetune;

import io.maas.graph.Graph;
import io.maas.graph.pass.MemoryEstimate;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What one training step takes of an engine's memory, predicted from shapes, in bytes. The Java virtual machine and the engine's
 * code come on top, and the model itself for as long as it is held in Java.
 *
 * @param frozen weights that do not learn, and other constants
 * @param state weights that learn and what the optimizer keeps for each, in two sets that take turns
 * @param activations the most that the values in between take at one time: what the backward pass needs of the forward one, and
 *     the gradients
 */
public record StepMemory(long frozen, long state, long activations) {
    /** All of it. */
    public long total() {
        return frozen + state + activations;
    }

    static StepMemory of(Graph step, Map<String, Shape> inputs, Set<String> carried) {
        StepMemory kept = kept(step, carried);
        // Outputs are written to memory that was counted as state.
        long activations = MemoryEstimate.ofInputs(step, inputs).intermediateBytes();
        return new StepMemory(kept.frozen, kept.state, activations);
    }

    /** What is there between the steps. */
    static StepMemory kept(Graph step, Set<String> carried) {
        long frozen =
                step.constants().values().stream().mapToLong(Tensor::byteSize).sum();
        long state = step.inputs().stream()
                .filter(input -> carried.contains(input.name()))
                .mapToLong(input -> input.shape().elements() * input.dataType().byteSize())
                .sum();
        return new StepMemory(frozen, 2 * state, 0);
    }

    /** Such as {@code 412 MB: frozen 47, state 256, activations 109}. */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%d MB: frozen %d, state %d, activations %d",
                megabytes(total()),
                megabytes(frozen),
                megabytes(state),
                megabytes(activations));
    }

    static long megabytes(long bytes) {
        return (bytes + 999_999) / 1_000_000;
    }
}
