package io.maas.pipeline;

import io.maas.error.Require;
import io.maas.model.Signature;
import io.maas.model.TensorSpec;
import io.maas.tensor.Shape;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Writes the definitions of ensembles, cascades and routers. */
final class Patterns {
    private static final String BATCH = "batch";

    private final Function<String, Signature> models;
    private final Function<String, PipelineFunction> functions;
    private final PipelineDefinition.Builder builder = PipelineDefinition.builder();
    private final Set<String> inputs = new HashSet<>();
    private final Set<String> names = new HashSet<>();

    /** For one definition. */
    Patterns(Function<String, Signature> models, Function<String, PipelineFunction> functions) {
        this.models = models;
        this.functions = functions;
    }

    PipelineDefinition mean(String output, List<String> members, List<Double> weights) {
        Map<String, String> given = members(output, members);
        Map<String, Double> weighed = new LinkedHashMap<>();
        for (int i = 0; i < weights.size(); i++) {
            weighed.put(place(i), weights.get(i));
        }
        String mean = unused("mean");
        builder.step(Step.of(mean, new Work.Mean(weighed), given));
        return builder.output(output, mean + ".mean").build();
    }

    PipelineDefinition vote(String output, List<String> members) {
        Map<String, String> given = members(output, members);
        String vote = unused("vote");
        builder.step(Step.of(vote, new Work.Vote(), given));
        return builder.output("label", vote + ".label").build();
    }

    PipelineDefinition stacked(String output, List<String> members, String top) {
        Signature signature = models.apply(top);
        Require.that(
                signature.inputs().size() == 1,
                "inputs of " + top,
                signature.inputs(),
                "one, for what the members give side by side");
        Map<String, String> given = members(output, members);
        String join = unused("join");
        String name = unused("top");
        builder.step(Step.of(join, new Work.Join(), given));
        builder.step(
                Step.of(name, Work.model(top), Map.of(signature.inputs().get(0).name(), join + ".joined")));
        signature.outputs().forEach(spec -> builder.output(spec.name(), name + "." + spec.name()));
        return builder.build();
    }

    PipelineDefinition cascade(String output, Work.Unsure unsure, List<String> cascade) {
        Require.that(cascade.size() > 1, "models", cascade, "at least two");
        List<String> outputs = common(cascade, true);
        Require.that(outputs.contains(output), "output", Require.quote(output), "one that all models give: " + outputs);
        String last = member(cascade.get(0));
        for (int i = 1; i < cascade.size(); i++) {
            String gate = unused("unsure");
            String answer = unused("answer");
            builder.step(Step.of(gate, unsure, Map.of("scores", last + "." + output)));
            builder.step(escalation(answer, cascade.get(i), gate, last, outputs));
            last = answer;
        }
        for (String each : outputs) {
            builder.output(each, last + "." + each);
        }
        return builder.build();
    }

    /** The rows that are unsure go to a model, the others keep what they have. */
    private Step escalation(String name, String model, String gate, String last, List<String> outputs) {
        Map<String, String> bound = inputsOf(models.apply(model));
        Map<String, String> kept = new LinkedHashMap<>();
        for (String output : outputs) {
            // No model's input begins like this, as the inputs of this step are those of the model and these.
            kept.put(output, "sure/" + output);
            bound.put("sure/" + output, last + "." + output);
        }
        choose(bound, gate + ".unsure");
        return Step.of(name, new Work.Choose(Map.of("true", Work.model(model), "false", new Work.Pass(kept))), bound);
    }

    PipelineDefinition route(String function, Map<String, String> cases) {
        Signature chooser = functions.apply(function).signature();
        Require.that(
                chooser.outputs().size() == 1,
                "outputs of function " + function,
                chooser.outputs(),
                "one, to choose by");
        builder.step(Step.of("choice", Work.function(function), inputsOf(chooser)));
        TensorSpec by = chooser.outputs().get(0);
        Map<String, Work> works = new LinkedHashMap<>();
        Map<String, String> bound = new LinkedHashMap<>();
        cases.forEach((label, model) -> {
            works.put(label, Work.model(model));
            bound.putAll(inputsOf(models.apply(model)));
        });
        choose(bound, "choice." + by.name());
        builder.step(Step.of("answer", new Work.Choose(works), bound));
        for (String each : common(List.copyOf(cases.values()), !Binder.rows(by).isEmpty())) {
            builder.output(each, "answer." + each);
        }
        return builder.build();
    }

    // ---- parts

    private static void choose(Map<String, String> bound, String source) {
        Require.that(
                bound.put(Work.BY, source) == null,
                "input",
                Require.quote(Work.BY),
                "no model with an input of that name, as that is what is chosen by; put a pipeline of one step before it");
    }

    /** A step for each member; where each one's output goes in a step that puts them together. */
    private Map<String, String> members(String output, List<String> members) {
        Require.that(!members.isEmpty(), "members", members, "at least one");
        Map<String, String> given = new LinkedHashMap<>();
        for (int i = 0; i < members.size(); i++) {
            given.put(place(i), member(members.get(i)) + "." + output);
        }
        return given;
    }

    /** Names that sort like the members do. */
    private static String place(int index) {
        return String.format(java.util.Locale.ROOT, "member-%04d", index);
    }

    private String member(String reference) {
        String name = unused(reference.replace(':', '-').replace('.', '-'));
        builder.step(Step.of(name, Work.model(reference), inputsOf(models.apply(reference))));
        return name;
    }

    /** A step's name that no other has yet. */
    private String unused(String name) {
        String candidate = name;
        for (int i = 2; !names.add(candidate); i++) {
            candidate = name + "-" + i;
        }
        return candidate;
    }

    /** Inputs of the pipeline of the same names. Where all of them have rows, those are the rows of the request. */
    private Map<String, String> inputsOf(Signature signature) {
        Map<String, String> bound = new LinkedHashMap<>();
        Set<String> rows = new HashSet<>();
        signature.inputs().forEach(spec -> rows.add(Binder.rows(spec)));
        for (TensorSpec spec : signature.inputs()) {
            if (inputs.add(spec.name())) {
                builder.input(rows.size() == 1 && !rows.contains("") ? ofBatch(spec) : spec);
            }
            bound.put(spec.name(), spec.name());
        }
        return bound;
    }

    private static TensorSpec ofBatch(TensorSpec spec) {
        Shape shape = spec.shape();
        return shape == null ? spec : new TensorSpec(spec.name(), spec.dataType(), shape.with(0, BATCH));
    }

    /** The outputs that all models give. */
    private List<String> common(List<String> references, boolean byRow) {
        List<Signature> signatures = references.stream().map(models).toList();
        List<String> common = new ArrayList<>();
        for (TensorSpec output : signatures.get(0).outputs()) {
            boolean fits = signatures.stream()
                    .allMatch(signature -> signature.outputs().stream()
                            .anyMatch(other -> other.name().equals(output.name())
                                    && Fit.compatible(output, other)
                                    && (!byRow || !Binder.rows(other).isEmpty())));
            if (fits) {
                common.add(output.name());
            }
        }
        return common;
    }
}
