package io.maas.api.server;

import io.maas.Maas;
import io.maas.api.wire.Datatypes;
import io.maas.api.wire.ModelConfig;
import io.maas.api.wire.ModelStatistics;
import io.maas.api.wire.ModelStatistics.Times;
import io.maas.model.Signature;
import io.maas.model.TensorSpec;
import io.maas.serving.BatchOptions;
import io.maas.serving.DeployOptions;
import io.maas.serving.Deployment;
import io.maas.serving.VersionStatistics;
import io.maas.tensor.Shape;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * How models are served and what they have done, in the words of the protocol.
 *
 * <p>Thread-safe. Throws {@link io.maas.error.ModelNotFoundException} for what is not deployed or not loaded.
 */
final class ModelReports {
    private final Maas maas;
    private final Clock clock;

    ModelReports(Maas maas, Clock clock) {
        this.maas = maas;
        this.clock = clock;
    }

    // ---- statistics

    /** Of every loaded version of every model that one wants to hear of, by name and number. */
    ModelStatistics.All statistics(Predicate<String> wanted) {
        List<ModelStatistics> all = new ArrayList<>();
        for (Deployment deployment : maas.deployments()) {
            if (wanted.test(deployment.name())) {
                deployment.loadedVersions().forEach(number -> all.add(statistics(deployment, number)));
            }
        }
        return new ModelStatistics.All(all);
    }

    /** Of one loaded version of a model, or of all. */
    ModelStatistics.All statistics(String name, @Nullable Integer version) {
        Deployment deployment = maas.deployment(name);
        List<Integer> versions = version == null ? deployment.loadedVersions() : List.of(version);
        return new ModelStatistics.All(versions.stream()
                .map(number -> statistics(deployment, number))
                .toList());
    }

    private ModelStatistics statistics(Deployment deployment, int number) {
        VersionStatistics found = deployment.statistics(number);
        return new ModelStatistics(
                deployment.name(),
                Integer.toString(number),
                found.sinceLastRun() == null ? 0 : clock.millis() - found.sinceLastRun().toMillis(),
                found.rows(),
                found.executions(),
                inferences(found),
                found.batches().entrySet().stream()
                        .map(batch -> batch(batch.getKey(), batch.getValue()))
                        .toList(),
                List.of(new ModelStatistics.Memory("CPU", 0, found.residentBytes())));
    }

    private static ModelStatistics.Inferences inferences(VersionStatistics found) {
        Times nothing = new Times(found.computed().count(), 0);
        return new ModelStatistics.Inferences(
                times(found.answered()),
                times(found.failed()),
                // Every request that was answered has been through the queue, most of them without waiting.
                new Times(found.answered().count(), found.queued().nanos()),
                nothing,
                times(found.computed()),
                nothing,
                times(found.cacheHits()),
                times(found.cacheMisses()));
    }

    private static ModelStatistics.Batch batch(long rows, VersionStatistics.Times runs) {
        Times nothing = new Times(runs.count(), 0);
        return new ModelStatistics.Batch(rows, nothing, times(runs), nothing);
    }

    private static Times times(VersionStatistics.Times times) {
        return new Times(times.count(), times.nanos());
    }

    // ---- configuration

    /** How one loaded version is served; where none is named, the one that answers by default. */
    ModelConfig config(String name, @Nullable Integer version) {
        Deployment deployment = maas.deployment(name);
        int number = version == null ? deployment.version() : version;
        Signature signature = deployment.signature(number);
        DeployOptions options = deployment.options(number);
        BatchOptions batching = options.batching();
        boolean batches = batching.dependentRows() ? signature.isStackable() : signature.isBatchable();
        int maxRows = batches ? batching.maxRows() : 0;
        return new ModelConfig(
                name,
                Catalog.platform(deployment.loaded(number)),
                options.backend() == null ? "" : options.backend(),
                ModelConfig.VersionPolicy.of(deployment.loadedVersions()),
                maxRows,
                tensors(signature.inputs(), batches),
                tensors(signature.outputs(), batches),
                maxRows > 1 ? new ModelConfig.DynamicBatching(batching.preferredRows().asList(), 0) : null,
                List.of(new ModelConfig.InstanceGroup(name, "KIND_CPU", options.instances())),
                new ModelConfig.ResponseCache(options.cacheBytes() > 0));
    }

    private static List<ModelConfig.Tensor> tensors(List<TensorSpec> specs, boolean batches) {
        return specs.stream()
                .map(spec -> new ModelConfig.Tensor(
                        spec.name(), "TYPE_" + typeName(spec), dims(spec.shape(), batches ? 1 : 0)))
                .toList();
    }

    private static String typeName(TensorSpec spec) {
        String name = Datatypes.name(spec.dataType());
        // The one name in which Triton's configuration differs from the protocol.
        return name.equals("BYTES") ? "STRING" : name;
    }

    /** Of a tensor of any rank no more than that its sizes vary. */
    private static List<Long> dims(@Nullable Shape shape, int skipped) {
        return shape == null
                ? List.of(Shape.VARIABLE)
                : LongStream.of(shape.toArray()).skip(skipped).boxed().toList();
    }
}
