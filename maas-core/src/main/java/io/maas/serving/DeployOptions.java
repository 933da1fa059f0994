package io.maas.serving;

import io.maas.backend.ProgramOptions;
import io.maas.error.Require;
import org.jspecify.annotations.Nullable;

/**
 * How a model is to be served.
 *
 * @param backend the engine's name, null for the preferred one
 * @param program how the engine runs it
 * @param instances how many runs may be under way at once
 * @param maxRows the most rows that are run as one batch; 1 turns batching off
 * @param maxQueue the most requests that may wait; further ones are refused as overload
 * @param nanPolicy what to do with NaN in the inputs
 */
public record DeployOptions(
        @Nullable String backend,
        ProgramOptions program,
        int instances,
        int maxRows,
        int maxQueue,
        NanPolicy nanPolicy) {
    private static final int MAX_ROWS = 64;
    private static final int MAX_QUEUE = 1024;

    public DeployOptions {
        Require.positive(instances, "instances");
        Require.positive(maxRows, "maxRows");
        Require.positive(maxQueue, "maxQueue");
    }

    /** The preferred backend, one run a core, batches of up to 64 rows, 1,024 waiting requests, NaN accepted. */
    public static DeployOptions defaults() {
        int cores = Runtime.getRuntime().availableProcessors();
        return new DeployOptions(null, ProgramOptions.serving(), cores, MAX_ROWS, MAX_QUEUE, NanPolicy.ACCEPT);
    }

    public DeployOptions withBackend(String name) {
        return new DeployOptions(name, program, instances, maxRows, maxQueue, nanPolicy);
    }

    public DeployOptions withProgram(ProgramOptions other) {
        return new DeployOptions(backend, other, instances, maxRows, maxQueue, nanPolicy);
    }

    public DeployOptions withInstances(int number) {
        return new DeployOptions(backend, program, number, maxRows, maxQueue, nanPolicy);
    }

    public DeployOptions withMaxRows(int rows) {
        return new DeployOptions(backend, program, instances, rows, maxQueue, nanPolicy);
    }

    public DeployOptions withMaxQueue(int requests) {
        return new DeployOptions(backend, program, instances, maxRows, requests, nanPolicy);
    }

    public DeployOptions withNanPolicy(NanPolicy policy) {
        return new DeployOptions(backend, program, instances, maxRows, maxQueue, policy);
    }
}
