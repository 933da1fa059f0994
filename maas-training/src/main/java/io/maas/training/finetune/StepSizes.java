package io.maas.training.finetune;

import io.maas.error.Require;
import io.maas.graph.Graph;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensors;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Holds the memory of a step against a budget; each combination of sizes is predicted once. */
final class StepSizes {
    private static final String ADVICE =
            "; give smaller or shorter batches, freeze more, use lora(…) or an optimizer with less state, or raise the budget";

    private final long budget;
    private final Map<Map<String, Shape>, StepMemory> known = new HashMap<>();
    private @Nullable Graph step;
    private Set<String> carried = Set.of();

    StepSizes(long budget) {
        this.budget = budget;
    }

    /**
     * Requires room for what a step keeps whatever its batch is.
     *
     * @param names of the inputs that it carries
     */
    void requireRoom(Graph graph, Set<String> names) {
        this.step = graph;
        this.carried = names;
        if (budget < Long.MAX_VALUE) {
            StepMemory kept = StepMemory.kept(graph, carried);
            require(kept, "the weights that learn, with the optimizer's state, and those that do not");
        }
    }

    /** Requires room for a step with such a batch. */
    void requireRoom(Tensors batch) {
        if (budget < Long.MAX_VALUE) {
            Map<String, Shape> shapes = shapes(batch);
            require(memory(batch), "a step with " + shapes);
        }
    }

    private void require(StepMemory memory, String what) {
        if (memory.total() > budget) {
            throw Require.failure(
                    "memoryBudget",
                    StepMemory.megabytes(budget) + " MB",
                    "at least " + memory + " for " + what + ADVICE);
        }
    }

    StepMemory memory(Tensors batch) {
        Graph graph = step;
        if (graph == null) {
            throw new IllegalStateException("step: not written yet (expected: requireRoom(graph) first)");
        }
        return known.computeIfAbsent(shapes(batch), shapes -> StepMemory.of(graph, shapes, carried));
    }

    private static Map<String, Shape> shapes(Tensors batch) {
        Map<String, Shape> shapes = new java.util.TreeMap<>();
        batch.forEach(entry -> shapes.put(entry.name(), entry.tensor().shape()));
        return shapes;
    }
}
