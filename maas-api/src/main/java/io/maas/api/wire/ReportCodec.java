package io.maas.api.wire;

import io.maas.api.wire.inference.DataType;
import io.maas.api.wire.inference.InferBatchStatistics;
import io.maas.api.wire.inference.InferStatistics;
import io.maas.api.wire.inference.MemoryUsage;
import io.maas.api.wire.inference.ModelConfigResponse;
import io.maas.api.wire.inference.ModelDynamicBatching;
import io.maas.api.wire.inference.ModelInput;
import io.maas.api.wire.inference.ModelInstanceGroup;
import io.maas.api.wire.inference.ModelOutput;
import io.maas.api.wire.inference.ModelResponseCache;
import io.maas.api.wire.inference.ModelStatisticsResponse;
import io.maas.api.wire.inference.ModelVersionPolicy;
import io.maas.api.wire.inference.RepositoryIndexResponse;
import io.maas.api.wire.inference.StatisticDuration;
import java.util.List;

/** What a server says about its models, as protobuf messages. */
public final class ReportCodec {
    private ReportCodec() {}

    /** How a model is served. */
    public static ModelConfigResponse write(ModelConfig config) {
        var message = io.maas.api.wire.inference.ModelConfig.newBuilder()
                .setName(config.name())
                .setPlatform(config.platform())
                .setBackend(config.backend())
                .setVersionPolicy(ModelVersionPolicy.newBuilder()
                        .setSpecific(ModelVersionPolicy.Specific.newBuilder()
                                .addAllVersions(config.versionPolicy().specific().versions().stream()
                                        .map(Integer::longValue)
                                        .toList())))
                .setMaxBatchSize(config.maxBatchSize())
                .setResponseCache(ModelResponseCache.newBuilder()
                        .setEnable(config.responseCache().enable()));
        for (ModelConfig.Tensor input : config.input()) {
            message.addInput(ModelInput.newBuilder()
                    .setName(input.name())
                    .setDataType(DataType.valueOf(input.dataType()))
                    .addAllDims(input.dims()));
        }
        for (ModelConfig.Tensor output : config.output()) {
            message.addOutput(ModelOutput.newBuilder()
                    .setName(output.name())
                    .setDataType(DataType.valueOf(output.dataType()))
                    .addAllDims(output.dims()));
        }
        for (ModelConfig.InstanceGroup group : config.instanceGroup()) {
            message.addInstanceGroup(ModelInstanceGroup.newBuilder()
                    .setName(group.name())
                    .setKind(ModelInstanceGroup.Kind.valueOf(group.kind()))
                    .setCount(group.count()));
        }
        ModelConfig.DynamicBatching batching = config.dynamicBatching();
        if (batching != null) {
            message.setDynamicBatching(ModelDynamicBatching.newBuilder()
                    .addAllPreferredBatchSize(batching.preferredBatchSize())
                    .setMaxQueueDelayMicroseconds(batching.maxQueueDelayMicroseconds()));
        }
        return ModelConfigResponse.newBuilder().setConfig(message).build();
    }

    /** What models have done. */
    public static ModelStatisticsResponse write(ModelStatistics.All all) {
        ModelStatisticsResponse.Builder message = ModelStatisticsResponse.newBuilder();
        all.modelStats().forEach(statistics -> message.addModelStats(message(statistics)));
        return message.build();
    }

    private static io.maas.api.wire.inference.ModelStatistics message(ModelStatistics statistics) {
        var message = io.maas.api.wire.inference.ModelStatistics.newBuilder()
                .setName(statistics.name())
                .setVersion(statistics.version())
                .setLastInference(statistics.lastInference())
                .setInferenceCount(statistics.inferenceCount())
                .setExecutionCount(statistics.executionCount())
                .setInferenceStats(message(statistics.inferenceStats()));
        for (ModelStatistics.Batch batch : statistics.batchStats()) {
            message.addBatchStats(InferBatchStatistics.newBuilder()
                    .setBatchSize(batch.batchSize())
                    .setComputeInput(message(batch.computeInput()))
                    .setComputeInfer(message(batch.computeInfer()))
                    .setComputeOutput(message(batch.computeOutput())));
        }
        for (ModelStatistics.Memory memory : statistics.memoryUsage()) {
            message.addMemoryUsage(MemoryUsage.newBuilder()
                    .setType(memory.type())
                    .setId(memory.id())
                    .setByteSize(memory.byteSize()));
        }
        return message.build();
    }

    private static InferStatistics message(ModelStatistics.Inferences inferences) {
        return InferStatistics.newBuilder()
                .setSuccess(message(inferences.success()))
                .setFail(message(inferences.fail()))
                .setQueue(message(inferences.queue()))
                .setComputeInput(message(inferences.computeInput()))
                .setComputeInfer(message(inferences.computeInfer()))
                .setComputeOutput(message(inferences.computeOutput()))
                .setCacheHit(message(inferences.cacheHit()))
                .setCacheMiss(message(inferences.cacheMiss()))
                .build();
    }

    private static StatisticDuration message(ModelStatistics.Times times) {
        return StatisticDuration.newBuilder()
                .setCount(times.count())
                .setNs(times.ns())
                .build();
    }

    /** Which models there are. */
    public static RepositoryIndexResponse write(List<RepositoryEntry> entries) {
        RepositoryIndexResponse.Builder message = RepositoryIndexResponse.newBuilder();
        for (RepositoryEntry entry : entries) {
            message.addModels(RepositoryIndexResponse.ModelIndex.newBuilder()
                    .setName(entry.name())
                    .setVersion(entry.version())
                    .setState(entry.state())
                    .setReason(entry.reason()));
        }
        return message.build();
    }

    /** The names of the models that are in service, sorted. */
    public static List<String> readyModels(RepositoryIndexResponse message) {
        return message.getModelsList().stream()
                .filter(model -> model.getState().equals(RepositoryEntry.READY))
                .map(RepositoryIndexResponse.ModelIndex::getName)
                .distinct()
                .sorted()
                .toList();
    }
}
