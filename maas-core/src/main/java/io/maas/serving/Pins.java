package io.maas.serving;

import io.maas.error.ModelNotFoundException;
import io.maas.model.Model;
import io.maas.model.Prediction;
import io.maas.model.RequestOptions;
import io.maas.model.Signature;
import io.maas.pipeline.Work;
import io.maas.registry.ModelRegistry;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** The models that a pipeline calls. Those that it follows by name are left alone; versions that it pins stay loaded until it closes. */
final class Pins implements AutoCloseable {
    private final ModelRegistry registry;
    private final Function<String, Deployment> deployments;
    private final Function<String, Model> models;
    private final List<LoadedVersion> held = new ArrayList<>();

    /** @param models those that follow a name */
    Pins(ModelRegistry registry, Function<String, Deployment> deployments, Function<String, Model> models) {
        this.registry = registry;
        this.deployments = deployments;
        this.models = models;
    }

    /**
     * The model that a reference such as {@code minilm} or {@code minilm:3} means.
     *
     * @throws ModelNotFoundException if no model of that name is deployed, or there is no such version
     */
    synchronized Model model(String reference) {
        Work.CallModel call = Work.model(reference);
        Deployment deployment = deployments.apply(call.model());
        Integer number = call.version();
        if (number == null) {
            // Is it in service?
            deployment.version();
            return models.apply(call.model());
        }
        LoadedVersion version = deployment.pin(registry.version(call.model(), number));
        held.add(version);
        return new Pinned(deployment, version);
    }

    @Override
    public synchronized void close() {
        held.forEach(LoadedVersion::release);
        held.clear();
    }

    /** One version, whatever else answers under its name. */
    private record Pinned(Deployment deployment, LoadedVersion version) implements Model {
        @Override
        public String name() {
            return deployment.name();
        }

        @Override
        public Signature signature() {
            return version.signature();
        }

        @Override
        public Prediction predict(Tensors inputs, RequestOptions options) {
            return deployment.requests().predictOn(leased(), inputs, options);
        }

        @Override
        public CompletableFuture<Prediction> predictAsync(Tensors inputs, RequestOptions options) {
            try {
                return deployment.requests().predictAsyncOn(leased(), inputs, options);
            } catch (RuntimeException e) {
                return CompletableFuture.failedFuture(e);
            }
        }

        private LoadedVersion leased() {
            if (!version.acquire()) {
                throw new ModelNotFoundException(
                        "model " + version.version().title() + " is not loaded any more; make the pipeline again");
            }
            return version;
        }
    }
}
