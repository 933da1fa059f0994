package io.maas.serving;

import io.maas.error.Require;
import io.maas.graph.onnx.AdmissionPolicy;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.observation.ObservationRegistry;

/**
 * How a process watches the models that it serves, which it lets in, and how much they may take.
 *
 * <p>Immutable; what it holds stays the caller's.
 *
 * @param meters where each version in service counts what it does, tagged with model and version
 * @param observations where each request is an observation {@code maas.predict}; {@link ObservationRegistry#NOOP} costs nothing
 * @param listener hears what happens to models
 * @param memoryBudget the bytes that models deployed with {@link Loading#ON_DEMAND} may take together with all others before the one
 *     that was not used for longest is unloaded
 * @param loadBudget what loading one version may take
 * @param admission what a model may be made of, looked at before an engine sees it
 */
public record ServingOptions(
        MeterRegistry meters,
        ObservationRegistry observations,
        ServingListener listener,
        long memoryBudget,
        LoadBudget loadBudget,
        AdmissionPolicy admission) {
    public ServingOptions {
        Require.that(memoryBudget > 0, "memoryBudget", memoryBudget, "memoryBudget > 0");
    }

    /** Nobody watches, memory is not bounded, {@link LoadBudget#defaults} and {@link AdmissionPolicy#defaults}. */
    public static ServingOptions defaults() {
        return new ServingOptions(
                new CompositeMeterRegistry(),
                ObservationRegistry.NOOP,
                event -> {},
                Long.MAX_VALUE,
                LoadBudget.defaults(),
                AdmissionPolicy.defaults());
    }

    public ServingOptions withMeters(MeterRegistry registry) {
        return new ServingOptions(registry, observations, listener, memoryBudget, loadBudget, admission);
    }

    public ServingOptions withObservations(ObservationRegistry registry) {
        return new ServingOptions(meters, registry, listener, memoryBudget, loadBudget, admission);
    }

    public ServingOptions withListener(ServingListener other) {
        return new ServingOptions(meters, observations, other, memoryBudget, loadBudget, admission);
    }

    public ServingOptions withMemoryBudget(long bytes) {
        return new ServingOptions(meters, observations, listener, bytes, loadBudget, admission);
    }

    public ServingOptions withLoadBudget(LoadBudget other) {
        return new ServingOptions(meters, observations, listener, memoryBudget, other, admission);
    }

    public ServingOptions withAdmission(AdmissionPolicy other) {
        return new ServingOptions(meters, observations, listener, memoryBudget, loadBudget, other);
    }
}
