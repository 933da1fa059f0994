package io.maas.api.job;

import io.maas.backend.Backend;
import io.maas.error.Require;
import io.maas.storage.Storage;
import java.time.Clock;
import org.jspecify.annotations.Nullable;

/**
 * How many training jobs there may be, and what they may take together.
 *
 * <p>Immutable and thread-safe; the {@code with…} methods give changed copies.
 *
 * @param workers jobs that run at once
 * @param queue jobs that may wait; more are refused
 * @param ofOne jobs of one caller that may wait or run
 * @param kept jobs that are over and remembered; the oldest are forgotten, with their logs
 * @param threads of the engine for one job
 * @param budget the most that a job may ask for, and what it has if it asks for nothing
 * @param dataBytes of all data sets together
 * @param backend the engine; null for the preferred one on the class path
 * @param storage the disk
 * @param clock for the times that are told
 */
public record JobOptions(
        int workers,
        int queue,
        int ofOne,
        int kept,
        int threads,
        JobBudget budget,
        long dataBytes,
        @Nullable Backend backend,
        Storage storage,
        Clock clock) {
    public JobOptions {
        Require.positive(workers, "workers");
        Require.positive(queue, "queue");
        Require.positive(ofOne, "ofOne");
        Require.positive(kept, "kept");
        Require.positive(threads, "threads");
        Require.positive(dataBytes, "dataBytes");
    }

    /**
     * One job at a time with half of the processors, 100 that wait, 50 of one caller, 1,000 that are remembered, {@link
     * JobBudget#defaults}, 64 GiB of data sets.
     */
    public static JobOptions defaults() {
        int half = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        return new JobOptions(
                1, 100, 50, 1_000, half, JobBudget.defaults(), 64L << 30, null, Storage.disk(), Clock.systemUTC());
    }

    public JobOptions withWorkers(int other) {
        return new JobOptions(other, queue, ofOne, kept, threads, budget, dataBytes, backend, storage, clock);
    }

    public JobOptions withQueue(int other) {
        return new JobOptions(workers, other, ofOne, kept, threads, budget, dataBytes, backend, storage, clock);
    }

    public JobOptions withOfOne(int other) {
        return new JobOptions(workers, queue, other, kept, threads, budget, dataBytes, backend, storage, clock);
    }

    public JobOptions withKept(int other) {
        return new JobOptions(workers, queue, ofOne, other, threads, budget, dataBytes, backend, storage, clock);
    }

    public JobOptions withThreads(int other) {
        return new JobOptions(workers, queue, ofOne, kept, other, budget, dataBytes, backend, storage, clock);
    }

    public JobOptions withBudget(JobBudget other) {
        return new JobOptions(workers, queue, ofOne, kept, threads, other, dataBytes, backend, storage, clock);
    }

    public JobOptions withDataBytes(long other) {
        return new JobOptions(workers, queue, ofOne, kept, threads, budget, other, backend, storage, clock);
    }

    public JobOptions withBackend(Backend other) {
        return new JobOptions(workers, queue, ofOne, kept, threads, budget, dataBytes, other, storage, clock);
    }

    public JobOptions withStorage(Storage other) {
        return new JobOptions(workers, queue, ofOne, kept, threads, budget, dataBytes, backend, other, clock);
    }

    public JobOptions withClock(Clock other) {
        return new JobOptions(workers, queue, ofOne, kept, threads, budget, dataBytes, backend, storage, other);
    }
}
