package io.maas.pipeline;

import io.maas.error.ArtifactRejectedException;
import io.maas.error.Require;
import io.maas.model.Artifact;
import io.maas.model.Model;
import io.maas.model.Signature;
import io.maas.model.TensorSpec;
import io.maas.registry.Version;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * Puts models together: checks and runs definitions, writes those of ensembles, cascades and routers, and fuses them into one graph.
 * The host's functions are registered here.
 *
 * <p>Thread-safe.
 */
public final class Pipelines {
    private final PipelineHost host;
    private final ConcurrentHashMap<String, PipelineFunction> functions = new ConcurrentHashMap<>();

    public Pipelines(PipelineHost host) {
        this.host = host;
    }

    /**
     * Makes a function known by its name, from now on.
     *
     * @throws IllegalArgumentException if another one has that name
     */
    public void register(PipelineFunction function) {
        PipelineFunction before = functions.putIfAbsent(function.name(), function);
        Require.that(
                before == null || before.equals(function),
                "function",
                Require.quote(function.name()),
                "a name that no other function has");
    }

    /**
     * Binds a definition to the models that are deployed and the functions that are registered, to be called or published. Versions
     * that it pins stay loaded as long as what these pipelines belong to is open.
     *
     * @param name to call it in answers, messages and meters
     * @throws io.maas.error.StepException if steps do not fit each other, naming both, or a function is not registered
     * @throws io.maas.error.ModelNotFoundException if a model is not deployed
     */
    public Pipeline of(String name, PipelineDefinition definition) {
        Require.name(name, "pipeline");
        int cores = Runtime.getRuntime().availableProcessors();
        return bind(name, 0, definition, host.models(), cores);
    }

    /**
     * Binds a published pipeline; for what puts versions into service.
     *
     * @param models as in {@link PipelineHost}, for this pipeline
     * @param functionsAtOnce how many of its functions may run at the same time
     * @throws ArtifactRejectedException if its definition is damaged, or the models have other signatures than when it was published
     */
    public Pipeline load(Version version, Artifact artifact, Function<String, Model> models, int functionsAtOnce) {
        PipelineDefinition definition = definition(version, artifact);
        Pipeline pipeline = bind(version.model(), version.number(), definition, models, functionsAtOnce);
        if (!sameOutputs(pipeline.signature(), artifact.signature())) {
            pipeline.removeMeters();
            throw new ArtifactRejectedException("pipeline " + version.title() + " was published with outputs "
                    + artifact.signature().outputs() + ", and with the models of now it gives "
                    + pipeline.signature().outputs() + "; deploy the models that it was made of, or publish it again");
        }
        return pipeline;
    }

    /**
     * Reads the definition of a published pipeline, bound to nothing.
     *
     * @throws ArtifactRejectedException if it is damaged
     */
    public static PipelineDefinition definition(Version version, Artifact artifact) {
        try {
            return DefinitionJson.read(artifact.file(Artifact.PIPELINE_FILE).read(), version.title());
        } catch (IOException e) {
            throw new ArtifactRejectedException(
                    "definition of pipeline " + version.title() + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static boolean sameOutputs(Signature one, Signature other) {
        List<TensorSpec> left = one.outputs();
        List<TensorSpec> right = other.outputs();
        boolean same = left.size() == right.size();
        for (int i = 0; same && i < left.size(); i++) {
            same = left.get(i).name().equals(right.get(i).name()) && Fit.compatible(left.get(i), right.get(i));
        }
        return same;
    }

    private Pipeline bind(
            String name, int version, PipelineDefinition definition, Function<String, Model> models, int atOnce) {
        PipelineHost own = host.with(models, new LimitedExecutor(host.executor(), atOnce));
        return new Pipeline(name, version, own, new Plan(definition, own, functions::get));
    }

    // ---- definitions of what is often wanted

    /**
     * An ensemble that gives the mean of one of its members' outputs, under the name of that output.
     *
     * @param output floating-point numbers that each member gives
     * @param members such as {@code a} or {@code a:3}, all with the same inputs
     */
    public PipelineDefinition mean(String output, List<String> members) {
        return patterns().mean(output, members, List.of());
    }

    /**
     * An ensemble that gives a weighted mean.
     *
     * @param members how much each one counts, {@code > 0}; only the proportions matter
     */
    public PipelineDefinition mean(String output, Map<String, Double> members) {
        Map<String, Double> sorted = new TreeMap<>(members);
        return patterns().mean(output, List.copyOf(sorted.keySet()), List.copyOf(sorted.values()));
    }

    /**
     * An ensemble that gives the label most members say, as output {@code label}.
     *
     * @param output labels or scores, as {@link Work.Vote} takes them
     * @param members where several labels are said as often, the earliest of them counts
     */
    public PipelineDefinition vote(String output, List<String> members) {
        return patterns().vote(output, members);
    }

    /**
     * A stacked ensemble: a model on top takes what the members give, side by side, as its only input. Outputs are those of the model
     * on top.
     *
     * @param output {@code [batch, n]} or {@code [batch]} of each member
     */
    public PipelineDefinition stacked(String output, List<String> members, String top) {
        return patterns().stacked(output, members, top);
    }

    /**
     * A cascade: the first model sees all rows, each further one those that are unsure until then. Outputs are those that begin with
     * the rows and that all of them give.
     *
     * @param output the scores {@code [batch, classes]} that say how sure a row is
     * @param models from the smallest to the largest
     */
    public PipelineDefinition cascade(String output, Work.Unsure unsure, List<String> models) {
        return patterns().cascade(output, unsure, models);
    }

    /**
     * A router: a function of the request, or of each row, says which model answers. Outputs are those that all models give.
     *
     * @param function a registered one, whose only output is what {@link Work.Choose} chooses by
     * @param models by what the function gives
     */
    public PipelineDefinition route(String function, Map<String, String> models) {
        return patterns().route(function, new TreeMap<>(models));
    }

    private Patterns patterns() {
        return new Patterns(reference -> host.models().apply(reference).signature(), this::function);
    }

    private PipelineFunction function(String name) {
        PipelineFunction function = functions.get(name);
        if (function == null) {
            throw Require.failure("function", Require.quote(name), "a registered one, of " + functions.keySet());
        }
        return function;
    }

    // ---- one graph

    /**
     * Writes a pipeline of models as one ONNX model, which an engine runs in one piece: nothing is handed from step to step, and the
     * engine optimizes across. Versions are those of now.
     *
     * @return an artifact to be published as a model of its own
     * @throws io.maas.error.StepException if a step is not to be written as a graph, naming it: a function, a vote, a choice, a step
     *     with a timeout or a fallback, a model that is a pipeline or that our graph cannot hold
     */
    public Artifact fuse(PipelineDefinition definition) {
        // Binding checks the types with messages that name both steps.
        Pipeline pipeline = of("fused", definition);
        pipeline.removeMeters();
        return new Fusion(definition, host.graphs()).artifact();
    }
}
