package io.maas.api.wire;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a model is served, in the words of Triton's {@code ModelConfig}.
 *
 * <p>Immutable and thread-safe.
 *
 * @param platform the format of the model, such as {@code onnx_onnxv1}
 * @param backend the engine's name; empty if none was asked for by name
 * @param maxBatchSize the most rows of a batch; 0 where requests cannot be batched, and then {@code dims} are all sizes
 * @param dynamicBatching null where requests cannot be batched
 */
public record ModelConfig(
        String name,
        String platform,
        String backend,
        VersionPolicy versionPolicy,
        int maxBatchSize,
        List<Tensor> input,
        List<Tensor> output,
        @Nullable DynamicBatching dynamicBatching,
        List<InstanceGroup> instanceGroup,
        ResponseCache responseCache) {
    public ModelConfig {
        input = List.copyOf(input);
        output = List.copyOf(output);
        instanceGroup = List.copyOf(instanceGroup);
    }

    /** Which versions requests may name: these. */
    public record VersionPolicy(Specific specific) {
        public static VersionPolicy of(List<Integer> versions) {
            return new VersionPolicy(new Specific(versions));
        }
    }

    /** By their numbers. */
    public record Specific(List<Integer> versions) {
        public Specific {
            versions = List.copyOf(versions);
        }
    }

    /**
     * An input or an output.
     *
     * @param dataType such as {@code TYPE_FP32}
     * @param dims its sizes but that of the batch, -1 for those that vary
     */
    public record Tensor(String name, String dataType, List<Long> dims) {
        public Tensor {
            dims = List.copyOf(dims);
        }
    }

    /**
     * How batches are formed.
     *
     * @param preferredBatchSize empty for any
     * @param maxQueueDelayMicroseconds always 0: nothing waits for a batch to fill
     */
    public record DynamicBatching(List<Integer> preferredBatchSize, long maxQueueDelayMicroseconds) {
        public DynamicBatching {
            preferredBatchSize = List.copyOf(preferredBatchSize);
        }
    }

    /**
     * How many runs may be under way at once.
     *
     * @param kind {@code KIND_CPU}
     */
    public record InstanceGroup(String name, String kind, int count) {}

    /** Whether answers are remembered. */
    public record ResponseCache(boolean enable) {}
}
