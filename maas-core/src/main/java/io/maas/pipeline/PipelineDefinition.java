package io.maas.pipeline;

import com.google.common.collect.ImmutableMap;
import io.maas.error.Require;
import io.maas.model.TensorSpec;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A pipeline as data: what it takes, its steps, and which of their outputs it gives. Names are checked here; types when it meets the
 * models and functions, in {@link Pipelines#of}.
 *
 * <pre>{@code
 * PipelineDefinition.builder()
 *         .input("text", DataType.STRING, "batch")
 *         .step(Step.of("tokens", Work.function("tokenize"), Map.of("text", "text")))
 *         .step(Step.of("embed", Work.model("minilm:3"), Map.of("ids", "tokens.ids")))
 *         .output("vector", "embed.vector")
 *         .build();
 * }</pre>
 *
 * <p>Immutable and thread-safe.
 *
 * @param inputs the pipeline's own inputs
 * @param steps in any order
 * @param outputs where each output comes from, in order
 */
public record PipelineDefinition(List<TensorSpec> inputs, List<Step> steps, Map<String, String> outputs) {
    /**
     * @throws IllegalArgumentException if a name is unknown or given twice, steps form a cycle, a step is of no use, or there is no
     *     output
     */
    public PipelineDefinition {
        inputs = List.copyOf(inputs);
        steps = List.copyOf(steps);
        outputs = ImmutableMap.copyOf(outputs);
        Require.that(!outputs.isEmpty(), "outputs", outputs.size(), "at least one");
        requireNames(inputs, steps);
        requireSources(inputs, steps, outputs);
        requireUses(steps, outputs);
        requireOrder(steps);
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Puts a definition together. */
    public static final class Builder {
        private final List<TensorSpec> inputs = new ArrayList<>();
        private final List<Step> steps = new ArrayList<>();
        private final Map<String, String> outputs = new LinkedHashMap<>();

        private Builder() {}

        /**
         * Adds an input of the pipeline.
         *
         * @param shape as {@link Shape#symbolic} takes it
         */
        public Builder input(String name, DataType dataType, Object... shape) {
            return input(new TensorSpec(name, dataType, Shape.symbolic(shape)));
        }

        public Builder input(TensorSpec spec) {
            inputs.add(spec);
            return this;
        }

        public Builder step(Step step) {
            steps.add(step);
            return this;
        }

        /**
         * Adds an output of the pipeline.
         *
         * @param source such as {@code embed.vector}
         */
        public Builder output(String name, String source) {
            Require.that(outputs.put(name, source) == null, "output", Require.quote(name), "each name once");
            return this;
        }

        public PipelineDefinition build() {
            return new PipelineDefinition(inputs, steps, outputs);
        }
    }

    /** The names of all models that may be called, without versions, sorted. */
    public SortedSet<String> models() {
        Deque<Work> works = new ArrayDeque<>();
        for (Step step : steps) {
            works.add(step.work());
            if (step.fallback() != null) {
                works.add(step.fallback());
            }
        }
        SortedSet<String> models = new TreeSet<>();
        while (!works.isEmpty()) {
            Work work = works.remove();
            if (work instanceof Work.CallModel call) {
                models.add(call.model());
            } else if (work instanceof Work.Choose choose) {
                works.addAll(choose.cases().values());
            }
        }
        return models;
    }

    /** The steps in an order in which each reads only what stands before it. */
    List<Step> order() {
        return order(steps);
    }

    /** As far as there is such an order: steps on a cycle, and those that read them, are not in it. */
    private static List<Step> order(List<Step> steps) {
        Set<String> names = names(steps);
        Map<String, Integer> missing = new HashMap<>();
        Map<String, List<Step>> readers = new HashMap<>();
        List<Step> order = new ArrayList<>();
        for (Step step : steps) {
            Set<String> read = read(step, names);
            missing.put(step.name(), read.size());
            read.forEach(name ->
                    readers.computeIfAbsent(name, fresh -> new ArrayList<>()).add(step));
            if (read.isEmpty()) {
                order.add(step);
            }
        }
        for (int i = 0; i < order.size(); i++) {
            for (Step reader : readers.getOrDefault(order.get(i).name(), List.of())) {
                if (missing.merge(reader.name(), -1, Integer::sum) == 0) {
                    order.add(reader);
                }
            }
        }
        return order;
    }

    // ---- checks

    static Set<String> names(List<Step> steps) {
        Set<String> names = new LinkedHashSet<>();
        steps.forEach(step -> names.add(step.name()));
        return names;
    }

    /** The steps that a step reads. */
    private static Set<String> read(Step step, Set<String> steps) {
        Set<String> read = new LinkedHashSet<>();
        step.inputs().values().forEach(source -> read.add(Source.prefix(source)));
        read.removeIf(name -> !steps.contains(name));
        return read;
    }

    private static void requireNames(List<TensorSpec> inputs, List<Step> steps) {
        Set<String> names = new HashSet<>();
        for (Step step : steps) {
            Require.that(names.add(step.name()), "step", Require.quote(step.name()), "each name once");
        }
        Set<String> own = new HashSet<>();
        for (TensorSpec input : inputs) {
            Require.that(own.add(input.name()), "input", Require.quote(input.name()), "each name once");
            Require.that(
                    !names.contains(Source.prefix(input.name())),
                    "input",
                    Require.quote(input.name()),
                    "a name that does not look like an output of a step; rename the step");
        }
    }

    private static void requireSources(List<TensorSpec> inputs, List<Step> steps, Map<String, String> outputs) {
        Set<String> names = names(steps);
        Set<String> own = new LinkedHashSet<>();
        inputs.forEach(input -> own.add(input.name()));
        for (Step step : steps) {
            step.inputs().forEach((input, source) -> requireSource(step.title(), input, source, own, names));
        }
        outputs.forEach((output, source) -> requireSource("output", output, source, own, names));
    }

    private static void requireSource(String reader, String name, String source, Set<String> own, Set<String> steps) {
        if (!own.contains(source) && !steps.contains(Source.prefix(source))) {
            throw new IllegalArgumentException(reader + ", " + Require.quote(name) + ": nobody makes "
                    + Require.quote(source) + " (expected: one of the inputs " + own
                    + ", or step.output with one of the steps " + steps + ")");
        }
    }

    private static void requireUses(List<Step> steps, Map<String, String> outputs) {
        Set<String> used = new HashSet<>();
        steps.forEach(step -> step.inputs().values().forEach(source -> used.add(Source.prefix(source))));
        outputs.values().forEach(source -> used.add(Source.prefix(source)));
        for (Step step : steps) {
            Require.that(
                    used.contains(step.name()),
                    "step",
                    Require.quote(step.name()),
                    "an output of it to be read by another step, or to be an output of the pipeline");
        }
    }

    private static void requireOrder(List<Step> steps) {
        Map<String, Step> left = new LinkedHashMap<>();
        steps.forEach(step -> left.put(step.name(), step));
        order(steps).forEach(step -> left.remove(step.name()));
        if (!left.isEmpty()) {
            throw new IllegalArgumentException("steps: " + String.join(" reads ", cycle(left))
                    + " (expected: no cycle); bind one of them to something else");
        }
    }

    /** A cycle among steps each of which reads one of the others. */
    private static List<String> cycle(Map<String, Step> left) {
        List<String> path = new ArrayList<>();
        String at = left.keySet().iterator().next();
        while (!path.contains(at)) {
            path.add(at);
            Step step = left.get(at);
            at = step == null ? at : read(step, left.keySet()).iterator().next();
        }
        List<String> cycle = new ArrayList<>(path.subList(path.indexOf(at), path.size()));
        cycle.add(at);
        return cycle;
    }
}
