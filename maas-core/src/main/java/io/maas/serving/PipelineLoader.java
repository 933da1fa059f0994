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
import org.jspecify.annotations.Nullable;

/** Makes published pipelines ready to answer, out of what is deployed. */
final class PipelineLoader {
    private final ModelRegistry registry;
    private final Pipelines pipelines;
    private final Function<String, Deployment> deployments;
    private final Function<String, Model> models;
    private final Function<String, @Nullable PipelineDefinition> inService;

    /**
     * @param deployments by name, or throws
     * @param models those that follow a name
     * @param inService what answers under a name, if that is a pipeline
     */
    PipelineLoader(
            ModelRegistry registry,
            Pipelines pipelines,
            Function<String, Deployment> deployments,
            Function<String, Model> models,
            Function<String, @Nullable PipelineDefinition> inService) {
        this.registry = registry;
        this.pipelines = pipelines;
        this.deployments = deployments;
        this.models = models;
        this.inService = inService;
    }

    ServedPipeline load(Version version, Artifact artifact, DeployOptions options) {
        Pins pins = new Pins(registry, deployments, models);
        try {
            ServedPipeline pipeline = new ServedPipeline(
                    pipelines.load(version, artifact, pins::model, options.instances()), options.maxQueue(), pins);
            List<String> cycle = cycle(version.model(), pipeline.definition());
            if (!cycle.isEmpty()) {
                pipeline.close();
                throw new ArtifactRejectedException("pipeline " + version.title() + " would call itself: "
                        + String.join(" calls ", cycle) + " (expected: no cycle); let one of them call another model");
            }
            return pipeline;
        } catch (Throwable t) {
            pins.close();
            throw t;
        }
    }

    /** The names from a pipeline back to itself by way of what is in service now; empty if there is no such way. */
    List<String> cycle(String name, PipelineDefinition definition) {
        Deque<List<String>> paths = new ArrayDeque<>();
        Set<String> seen = new HashSet<>();
        extend(List.of(name), definition, paths);
        while (!paths.isEmpty()) {
            List<String> path = paths.remove();
            String last = path.get(path.size() - 1);
            if (last.equals(name)) {
                return path;
            }
            @Nullable PipelineDefinition next = seen.add(last) ? inService.apply(last) : null;
            if (next != null) {
                extend(path, next, paths);
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
