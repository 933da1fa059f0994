package io.maas.training.finetune;

import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

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
    /** Operators that give out the memory they were given. */
    private static final Set<Op> VIEWS = EnumSet.of(Op.RESHAPE, Op.SQUEEZE, Op.UNSQUEEZE, Op.FLATTEN, Op.IDENTITY);

    /** All of it. */
    public long total() {
        return frozen + state + activations;
    }

    /** Follows a step from node to node: each value lives from the node that makes it to the last that reads it. */
    static StepMemory of(Graph step, Map<String, Shape> inputs, Set<String> carried) {
        StepMemory kept = kept(step, carried);
        return new StepMemory(kept.frozen, kept.state, peak(Sizes.of(step, inputs)));
    }

    /** What is there between the steps. */
    static StepMemory kept(Graph step, Set<String> carried) {
        long frozen =
                step.constants().values().stream().mapToLong(Tensor::byteSize).sum();
        long state = step.inputs().stream()
                .filter(input -> carried.contains(input.name()))
                .mapToLong(StepMemory::bytes)
                .sum();
        return new StepMemory(frozen, 2 * state, 0);
    }

    private static long peak(Graph graph) {
        Map<String, String> owners = new HashMap<>();
        Map<String, Integer> lastUse = new HashMap<>();
        for (int i = 0; i < graph.nodes().size(); i++) {
            Node node = graph.nodes().get(i);
            for (Value output : node.outputs()) {
                String owner = VIEWS.contains(node.op())
                        ? owners.getOrDefault(
                                node.input(0).name(), node.input(0).name())
                        : output.name();
                owners.put(output.name(), owner);
            }
            int now = i;
            Parts.read(node).forEach(name -> lastUse.put(owners.getOrDefault(name, name), now));
        }
        // Outputs are written to memory that was counted as state.
        Set<String> outputs = graph.outputs().stream().map(Value::name).collect(Collectors.toSet());
        Map<Integer, Long> freed = new HashMap<>();
        long live = 0;
        long peak = 0;
        for (int i = 0; i < graph.nodes().size(); i++) {
            for (Value output : graph.nodes().get(i).outputs()) {
                boolean own = output.name().equals(owners.get(output.name())) && !outputs.contains(output.name());
                if (own) {
                    live += bytes(output);
                    freed.merge(lastUse.getOrDefault(output.name(), i), bytes(output), Long::sum);
                }
            }
            peak = Math.max(peak, live);
            live -= freed.getOrDefault(i, 0L);
        }
        return peak;
    }

    /** Sizes that only the run shows belong to small helpers of the backward pass. */
    private static long bytes(Value value) {
        boolean known = value.hasShape() && value.hasDataType() && value.shape().isFixed();
        return known ? value.shape().elements() * Math.max(1, value.dataType().byteSize()) : 0;
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
