package io.maas.pipeline;

import io.maas.error.MaasException;
import io.maas.error.StepException;
import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.model.Artifact;
import io.maas.model.Lineage;
import io.maas.model.TensorSpec;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensors;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Writes a definition that has been checked as one graph, where that computes the same. */
final class Fusion {
    private final PipelineDefinition definition;
    private final Function<String, Graph> graphs;
    private final GraphBuilder builder = new GraphBuilder("pipeline");
    /** By the text that a source is written as. */
    private final Map<String, Value> values = new HashMap<>();

    private final Map<String, String> made = new TreeMap<>();

    Fusion(PipelineDefinition definition, Function<String, Graph> graphs) {
        this.definition = definition;
        this.graphs = graphs;
    }

    Artifact artifact() {
        for (TensorSpec input : definition.inputs()) {
            Shape shape = input.shape();
            if (shape == null) {
                throw new IllegalArgumentException(
                        "input: " + input + " (expected: a shape, to be the input of a graph)");
            }
            values.put(input.name(), builder.input(input.name(), input.dataType(), shape));
        }
        definition.order().forEach(this::add);
        definition.outputs().forEach((name, source) -> builder.output(name, value(source)));
        return Artifact.of(builder.build()).withLineage(Lineage.unknown().withSettings(made));
    }

    private Value value(String source) {
        Value value = values.get(source);
        if (value == null) {
            throw new IllegalStateException("source: " + source + " (expected: one that was checked)");
        }
        return value;
    }

    private void add(Step step) {
        if (step.timeout() != null || step.fallback() != null) {
            throw refusal(step, "it has a timeout or a fallback of its own, and one graph runs as a whole", null);
        }
        Map<String, Value> given = new TreeMap<>();
        step.inputs().forEach((input, source) -> given.put(input, value(source)));
        try {
            made(step, given).forEach((output, value) -> values.put(step.name() + "." + output, value));
        } catch (StepException e) {
            throw e;
        } catch (MaasException e) {
            throw refusal(step, String.valueOf(e.getMessage()), e);
        }
    }

    private Map<String, Value> made(Step step, Map<String, Value> given) {
        Work work = step.work();
        if (work instanceof Work.CallModel call) {
            made.put("step." + step.name(), call.reference());
            return append(step, graphs.apply(call.reference()), given);
        } else if (work instanceof Work.Mean mean) {
            return Map.of("mean", builder.scope(step.name(), () -> mean(mean, given)));
        } else if (work instanceof Work.Join) {
            return Map.of("joined", builder.scope(step.name(), () -> join(given)));
        } else if (work instanceof Work.Give give) {
            return constants(step, give.tensors());
        } else if (work instanceof Work.Pass pass) {
            Map<String, Value> passed = new LinkedHashMap<>();
            pass.inputs().forEach((output, input) -> passed.put(output, given.get(input)));
            return passed;
        }
        throw refusal(step, "what it does is Java, not a graph: " + work, null);
    }

    private Map<String, Value> append(Step step, Graph graph, Map<String, Value> given) {
        StepGraph own = new StepGraph(graph, step.name());
        Map<String, Value> renamed = new LinkedHashMap<>();
        given.forEach((input, value) -> renamed.put(own.name(input), value));
        Map<String, Value> appended = builder.append(own.graph(), renamed);
        Map<String, Value> outputs = new LinkedHashMap<>();
        graph.outputs().forEach(output -> outputs.put(output.name(), appended.get(own.name(output.name()))));
        return outputs;
    }

    private Value mean(Work.Mean mean, Map<String, Value> given) {
        Map<String, Double> weights = mean.weights();
        double sum = weights.isEmpty()
                ? given.size()
                : weights.values().stream().mapToDouble(Double::doubleValue).sum();
        Value total = null;
        for (Map.Entry<String, Value> input : given.entrySet()) {
            Value part = builder.mul(input.getValue(), weights.getOrDefault(input.getKey(), 1.0) / sum);
            total = total == null ? part : builder.add(total, part);
        }
        if (total == null) {
            throw new IllegalStateException("inputs: none (expected: some, as was checked)");
        }
        return total;
    }

    private Value join(Map<String, Value> given) {
        Value[] columns = given.values().stream()
                .map(value -> value.rank() == 1 ? builder.unsqueeze(value, 1) : value)
                .toArray(Value[]::new);
        return builder.node(Op.CONCAT, Attributes.of("axis", 1L), columns);
    }

    private Map<String, Value> constants(Step step, Tensors tensors) {
        Map<String, Value> constants = new LinkedHashMap<>();
        for (Tensors.Entry entry : tensors) {
            constants.put(entry.name(), builder.constant(step.name() + "/" + entry.name(), entry.tensor()));
        }
        return constants;
    }

    private static StepException refusal(Step step, String why, @Nullable Throwable cause) {
        return new StepException(
                step.name(),
                step.title() + " cannot be part of one graph: " + why + "; run the pipeline in steps",
                cause);
    }
}
