package io.maas.api.job;

import io.maas.error.Require;

/**
 * How much one training job may take. One that goes beyond it fails with the reason, and nothing of it is published.
 *
 * <p>Immutable and thread-safe; the {@code with…} methods give changed copies.
 *
 * @param seconds of running, all runs together
 * @param parameters of the network
 * @param steps of training
 * @param checkpointBytes of one checkpoint
 * @param memoryBytes that a step takes by prediction, and prepared data on disk
 */
public record JobBudget(double seconds, long parameters, long steps, long checkpointBytes, long memoryBytes) {
    public JobBudget {
        Require.positive(seconds, "seconds");
        Require.positive(parameters, "parameters");
        Require.positive(steps, "steps");
        Require.positive(checkpointBytes, "checkpoint_bytes");
        Require.positive(memoryBytes, "memory_bytes");
    }

    /** A day, 100 million parameters, 10 million steps, checkpoints of 2 GiB, 4 GiB of memory for a step. */
    public static JobBudget defaults() {
        return new JobBudget(24 * 60 * 60, 100_000_000, 10_000_000, 2L << 30, 4L << 30);
    }

    public JobBudget withSeconds(double other) {
        return new JobBudget(other, parameters, steps, checkpointBytes, memoryBytes);
    }

    public JobBudget withParameters(long other) {
        return new JobBudget(seconds, other, steps, checkpointBytes, memoryBytes);
    }

    public JobBudget withSteps(long other) {
        return new JobBudget(seconds, parameters, other, checkpointBytes, memoryBytes);
    }

    public JobBudget withCheckpointBytes(long other) {
        return new JobBudget(seconds, parameters, steps, other, memoryBytes);
    }

    public JobBudget withMemoryBytes(long other) {
        return new JobBudget(seconds, parameters, steps, checkpointBytes, other);
    }
}
