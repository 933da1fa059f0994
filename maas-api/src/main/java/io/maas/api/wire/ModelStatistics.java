package io.maas.api.wire;

import java.util.List;

/**
 * What one version of a model has done since it was loaded, by the protocol's extension for statistics.
 *
 * <p>Immutable and thread-safe.
 *
 * @param version its number, as text
 * @param lastInference when its last run ended, in milliseconds since 1970; 0 if there was none
 * @param inferenceCount rows that were run; what was remembered is not among them
 * @param executionCount runs; by them the rows of a mean batch
 */
public record ModelStatistics(
        String name,
        String version,
        long lastInference,
        long inferenceCount,
        long executionCount,
        Inferences inferenceStats,
        List<Batch> batchStats,
        List<Memory> memoryUsage) {
    public ModelStatistics {
        batchStats = List.copyOf(batchStats);
        memoryUsage = List.copyOf(memoryUsage);
    }

    /** The document of several. */
    public record All(List<ModelStatistics> modelStats) {
        public All {
            modelStats = List.copyOf(modelStats);
        }
    }

    /** How often, and how long together. */
    public record Times(long count, long ns) {}

    /**
     * By requests.
     *
     * @param success answered, from coming to the answer; what was remembered is among them
     * @param fail ended with an error
     * @param queue waited, which most do not when there is little to do
     * @param computeInput put in order; a part of the run here, so it takes no time
     * @param computeInfer run, each as long as the batch that it stood in
     * @param computeOutput taken apart; a part of the run here, so it takes no time
     * @param cacheHit answered by what was remembered
     * @param cacheMiss looked for in what is remembered, in vain
     */
    public record Inferences(
            Times success,
            Times fail,
            Times queue,
            Times computeInput,
            Times computeInfer,
            Times computeOutput,
            Times cacheHit,
            Times cacheMiss) {}

    /**
     * By runs of as many rows.
     *
     * @param batchSize rows that were run together
     */
    public record Batch(long batchSize, Times computeInput, Times computeInfer, Times computeOutput) {}

    /**
     * What it takes.
     *
     * @param type of memory, such as {@code CPU}
     * @param id which one of that type
     */
    public record Memory(String type, long id, long byteSize) {}
}
