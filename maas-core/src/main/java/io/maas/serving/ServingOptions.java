package io.maas.serving;

import io.maas.error.Require;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.observation.ObservationRegistry;

/**
 * How a process watches the models that it serves, and how much memory they may take together.
 *
 * <p>Immutable; what it holds stays the caller's.
 *
 * @param meters where each version in service counts what it does, tagged with model and version
 * @param observations where each request is an observation {@code maas.predict}; {@link ObservationRegistry#NOOP} costs nothing
 * @param listener hears what happens to models
 * @param memoryBudget the bytes that models deployed with {@link Loading#ON_DEMAND} may take together with all others before the one
 *     that was not used for longest is unloaded
 * @param quotas how much each caller may ask for
 */
public record ServingOptions(
        MeterRegistry meters,
        ObservationRegistry observations,
        ServingListener listener,
        long memoryBudget,
        Quotas quotas) {
    public ServingOptions {
        Require.that(memoryBudget > 0, "memoryBudget", memoryBudget, "memoryBudget > 0");
    }

    /** Nobody watches, and neither memory nor callers are bounded. */
    public static ServingOptions defaults() {
        return new ServingOptions(
                new CompositeMeterRegistry(), ObservationRegistry.NOOP, event -> {}, Long.MAX_VALUE, Quotas.none());
    }

    public ServingOptions withMeters(MeterRegistry registry) {
        return new ServingOptions(registry, observations, listener, memoryBudget, quotas);
    }

    public ServingOptions withObservations(ObservationRegistry registry) {
        return new ServingOptions(meters, registry, listener, memoryBudget, quotas);
    }

    public ServingOptions withListener(ServingListener other) {
        return new ServingOptions(meters, observations, other, memoryBudget, quotas);
    }

    public ServingOptions withMemoryBudget(long bytes) {
        return new ServingOptions(meters, observations, listener, bytes, quotas);
    }

    public ServingOptions withQuotas(Quotas other) {
        return new ServingOptions(meters, observations, listener, memoryBudget, other);
    }
}
