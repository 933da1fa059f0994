package io.maas.serving;

import io.maas.error.ArtifactRejectedException;
import io.maas.model.Artifact;
import io.maas.model.Model;
import io.maas.pipeline.PipelineDefinition;
import io.maas.pipeline.Pipelines;
import io.maas.registry.ModelRegistry;
import io.maas.registry.Version;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** Makes published pipelines ready to answer, out of what is deployed. */
final class PipelineLoader {
    private final ModelRegistry registry;
    private final Pipelines pipelines;
    private final Function<String, Deployment> deployments;
    private final Function<String, Model> models;
    private final Function<String, List<PipelineDefinition>> inService;

    /**
     * @param deployments by name, or throws
     * @param models those that follow a name
     * @param inService the pipelines that answer under a name
     */
    PipelineLoader(
            ModelRegistry registry,
            Pipelines pipelines,
            Function<String, Deployment> deployments,
            Function<String, Model> models,
            Function<String, List<PipelineDefinition>> inService) {
        this.registry = registry;
        this.pipelines = pipelines;
        this.deployments = deployments;
        this.models = models;
        this.inService = inService;
    }

    /** Whether a version is a pipeline, and no model. */
    static boolean isPipeline(Version version) {
        return version.manifest().files().containsKey(Artifact.PIPELINE_FILE);
    }

    ServedPipeline load(Version version, Artifact artifact, DeployOptions options) {
        Pins pins = new Pins(registry, deployments, models);
        try {
            ServedPipeline pipeline = new ServedPipeline(
                    pipelines.load(version, artifact, pins::model, options.instances()), options.maxQueue(), pins);
            try {
                requireNoCycle(version, pipeline.definition());
            } catch (ArtifactRejectedException e) {
                pipeline.close();
                throw e;
            }
            return pipeline;
        } catch (Throwable t) {
            pins.close();
            throw t;
        }
    }

    /** Refuses a pipeline that would call itself by way of what is in service now. */
    void requireNoCycle(Version version, PipelineDefinition definition) {
        List<String> cycle = cycle(version.model(), definition);
        if (!cycle.isEmpty()) {
            throw new ArtifactRejectedException("pipeline " + version.title() + " would call itself: "
                    + String.join(" calls ", cycle) + " (expected: no cycle); let one of them call another model");
        }
    }

    /** The names from a pipeline back to itself; empty if there is no such way. */
    private List<String> cycle(String name, PipelineDefinition definition) {
        Deque<List<String>> paths = new ArrayDeque<>();
        Set<String> seen = new HashSet<>();
        extend(List.of(name), definition, paths);
        while (!paths.isEmpty()) {
            List<String> path = paths.remove();
            String last = path.get(path.size() - 1);
            if (last.equals(name)) {
                return path;
            }
            if (seen.add(last)) {
                inService.apply(last).forEach(next -> extend(path, next, paths));
            }
        }
        return List.of();
    }

    private static void extend(List<String> path, PipelineDefinition definition, Deque<List<String>> paths) {
        for (String model : definition.models()) {
            List<String> longer = new ArrayList<>(path);
            longer.add(model);
            paths.add(longer);
        }
    }
}
