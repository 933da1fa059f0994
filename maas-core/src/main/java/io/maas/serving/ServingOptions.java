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
 * @param quotas how much each caller may ask for
 * @param loadBudget what loading one version may take
 * @param admission what a model may be made of, looked at before an engine sees it
 */
public record ServingOptions(
        MeterRegistry meters,
        ObservationRegistry observations,
        ServingListener listener,
        long memoryBudget,
        Quotas quotas,
        LoadBudget loadBudget,
        AdmissionPolicy admission) {
    public ServingOptions {
        Require.that(memoryBudget > 0, "memoryBudget", memoryBudget, "memoryBudget > 0");
    }

    /** Nobody watches, neither memory nor callers are bounded, {@link LoadBudget#defaults} and {@link AdmissionPolicy#defaults}. */
    public static ServingOptions defaults() {
        return new ServingOptions(
                new CompositeMeterRegistry(),
                ObservationRegistry.NOOP,
                event -> {},
                Long.MAX_VALUE,
                Quotas.none(),
                LoadBudget.defaults(),
                AdmissionPolicy.defaults());
    }

    public ServingOptions withMeters(MeterRegistry registry) {
        return new ServingOptions(registry, observations, listener, memoryBudget, quotas, loadBudget, admission);
    }

    public ServingOptions withObservations(ObservationRegistry registry) {
        return new ServingOptions(meters, registry, listener, memoryBudget, quotas, loadBudget, admission);
    }

    public ServingOptions withListener(ServingListener other) {
        return new ServingOptions(meters, observations, other, memoryBudget, quotas, loadBudget, admission);
    }

    public ServingOptions withMemoryBudget(long bytes) {
        return new ServingOptions(meters, observations, listener, bytes, quotas, loadBudget, admission);
    }

    public ServingOptions withQuotas(Quotas other) {
        return new ServingOptions(meters, observations, listener, memoryBudget, other, loadBudget, admission);
    }

    public ServingOptions withLoadBudget(LoadBudget other) {
        return new ServingOptions(meters, observations, listener, memoryBudget, quotas, other, admission);
    }

    public ServingOptions withAdmission(AdmissionPolicy other) {
        return new ServingOptions(meters, observations, listener, memoryBudget, quotas, loadBudget, other);
    }
}
