package io.maas.serving;

import io.maas.backend.ProgramOptions;
import io.maas.error.Require;
import org.jspecify.annotations.Nullable;

/**
 * How a model is to be served.
 *
 * @param backend the engine's name, null for the preferred one
 * @param program how the engine runs it
 * @param instances how many runs may be under way at once, at most 1,024
 * @param batching how requests that wait are put together
 * @param maxQueue the most rows that may wait; further requests are refused as overload
 * @param maxQueueBytes the most bytes of inputs that may wait; further requests are refused as overload
 * @param cacheBytes how many bytes of inputs and outputs are remembered, to answer equal requests without a run; 0 for none. Only for
 *     models whose answers depend on nothing but their inputs
 * @param nanPolicy what to do with NaN in the inputs
 * @param outputNanPolicy what to do with NaN in the outputs; a request whose answer is refused fails alone, with {@link
 *     io.maas.error.NonFiniteException}, and counts as an error where a rollout is guarded
 * @param loading whether the model takes memory all the time, or when it is needed
 */
public record DeployOptions(
        @Nullable String backend,
        ProgramOptions program,
        int instances,
        BatchOptions batching,
        int maxQueue,
        long maxQueueBytes,
        long cacheBytes,
        NanPolicy nanPolicy,
        NanPolicy outputNanPolicy,
        Loading loading) {
    /** More than the cores of any machine: each takes one while it runs. */
    private static final int MAX_INSTANCES = 1024;

    private static final int MAX_QUEUE = 1024;
    private static final long MAX_QUEUE_BYTES = 64L << 20;

    public DeployOptions {
        Require.that(
                instances > 0 && instances <= MAX_INSTANCES,
                "instances",
                instances,
                "0 < instances <= " + MAX_INSTANCES);
        Require.positive(maxQueue, "maxQueue");
        Require.that(maxQueueBytes > 0, "maxQueueBytes", maxQueueBytes, "maxQueueBytes > 0");
        Require.that(cacheBytes >= 0, "cacheBytes", cacheBytes, "cacheBytes >= 0");
    }

    /**
     * The preferred backend, one run a core, {@link BatchOptions#defaults}, 1,024 waiting rows of at most 64 MiB, nothing remembered, NaN
     * accepted, loaded at once.
     */
    public static DeployOptions defaults() {
        int cores = Runtime.getRuntime().availableProcessors();
        return new DeployOptions(
                null,
                ProgramOptions.serving(),
                cores,
                BatchOptions.defaults(),
                MAX_QUEUE,
                MAX_QUEUE_BYTES,
                0,
                NanPolicy.ACCEPT,
                NanPolicy.ACCEPT,
                Loading.AT_ONCE);
    }

    public DeployOptions withBackend(String name) {
        return new DeployOptions(
                name,
                program,
                instances,
                batching,
                maxQueue,
                maxQueueBytes,
                cacheBytes,
                nanPolicy,
                outputNanPolicy,
                loading);
    }

    public DeployOptions withProgram(ProgramOptions other) {
        return new DeployOptions(
                backend,
                other,
                instances,
                batching,
                maxQueue,
                maxQueueBytes,
                cacheBytes,
                nanPolicy,
                outputNanPolicy,
                loading);
    }

    public DeployOptions withInstances(int number) {
        return new DeployOptions(
                backend,
                program,
                number,
                batching,
                maxQueue,
                maxQueueBytes,
                cacheBytes,
                nanPolicy,
                outputNanPolicy,
                loading);
    }

    public DeployOptions withBatching(BatchOptions other) {
        return new DeployOptions(
                backend,
                program,
                instances,
                other,
                maxQueue,
                maxQueueBytes,
                cacheBytes,
                nanPolicy,
                outputNanPolicy,
                loading);
    }

    /** With batches of at most so many rows; 1 turns batching off. */
    public DeployOptions withMaxRows(int rows) {
        return withBatching(batching.withMaxRows(rows));
    }

    public DeployOptions withMaxQueue(int rows) {
        return new DeployOptions(
                backend,
                program,
                instances,
                batching,
                rows,
                maxQueueBytes,
                cacheBytes,
                nanPolicy,
                outputNanPolicy,
                loading);
    }

    public DeployOptions withMaxQueueBytes(long bytes) {
        return new DeployOptions(
                backend,
                program,
                instances,
                batching,
                maxQueue,
                bytes,
                cacheBytes,
                nanPolicy,
                outputNanPolicy,
                loading);
    }

    public DeployOptions withCacheBytes(long bytes) {
        return new DeployOptions(
                backend,
                program,
                instances,
                batching,
                maxQueue,
                maxQueueBytes,
                bytes,
                nanPolicy,
                outputNanPolicy,
                loading);
    }

    public DeployOptions withNanPolicy(NanPolicy policy) {
        return new DeployOptions(
                backend,
                program,
                instances,
                batching,
                maxQueue,
                maxQueueBytes,
                cacheBytes,
                policy,
                outputNanPolicy,
                loading);
    }

    public DeployOptions withOutputNanPolicy(NanPolicy policy) {
        return new DeployOptions(
                backend, program, instances, batching, maxQueue, maxQueueBytes, cacheBytes, nanPolicy, policy, loading);
    }

    public DeployOptions withLoading(Loading other) {
        return new DeployOptions(
                backend,
                program,
                instances,
                batching,
                maxQueue,
                maxQueueBytes,
                cacheBytes,
                nanPolicy,
                outputNanPolicy,
                other);
    }
}
