package io.maas;

import com.google.common.base.Ticker;
import io.maas.adapter.Adapters;
import io.maas.adapter.TypedModel;
import io.maas.backend.Backends;
import io.maas.error.ModelNotFoundException;
import io.maas.model.Model;
import io.maas.pipeline.Pipelines;
import io.maas.registry.FileModelRegistry;
import io.maas.registry.ModelRegistry;
import io.maas.registry.Version;
import io.maas.serving.DeployOptions;
import io.maas.serving.Deployment;
import io.maas.serving.Deployments;
import io.maas.serving.ServingOptions;
import io.maas.serving.ServingStatus;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.file.Path;
import java.util.List;

/**
 * A model's whole life in one handle: publish it into the registry, deploy a version, call it, replace it, roll it back.
 *
 * <pre>{@code
 * try (Maas maas = Maas.open(Path.of("models"))) {
 *     maas.registry().publish("digits", trained.toArtifact());
 *     maas.deploy("digits");
 *     Prediction prediction = maas.model("digits").predict(Tensors.of("pixels", image));
 * }
 * }</pre>
 *
 * <p>Thread-safe. Two of them in one JVM share nothing. After {@link #close} every method throws {@link
 * IllegalStateException}, but what the registry holds stays readable through a registry of its own.
 */
public final class Maas implements AutoCloseable {
    private final ModelRegistry registry;
    private final Deployments deployments;
    private final Adapters adapters = Adapters.load();

    private Maas(ModelRegistry registry, Backends backends, ServingOptions options) {
        this.registry = registry;
        this.deployments = new Deployments(registry, backends, Ticker.systemTicker(), options);
    }

    /**
     * Opens a registry in a folder, which is made if it is not there, with the backends on the class path.
     *
     * @return a handle that the caller closes
     * @throws io.maas.error.RegistryException if the folder cannot be used
     */
    public static Maas open(Path folder) {
        return open(FileModelRegistry.open(folder), Backends.load());
    }

    /**
     * Opens with a registry and backends of the caller's choice.
     *
     * @return a handle that the caller closes
     */
    public static Maas open(ModelRegistry registry, Backends backends) {
        return open(registry, backends, ServingOptions.defaults());
    }

    /**
     * Opens with a registry, backends and meters of the caller's choice.
     *
     * @param meters where each version in service counts {@code maas.requests}, {@code maas.failures}, {@code maas.executions} and
     *     more, tagged with model and version; stays the caller's
     * @return a handle that the caller closes
     */
    public static Maas open(ModelRegistry registry, Backends backends, MeterRegistry meters) {
        return open(registry, backends, ServingOptions.defaults().withMeters(meters));
    }

    /**
     * Opens with a registry and backends of the caller's choice, watched by the caller.
     *
     * @return a handle that the caller closes
     */
    public static Maas open(ModelRegistry registry, Backends backends, ServingOptions options) {
        return new Maas(registry, backends, options);
    }

    /** The published models. */
    public ModelRegistry registry() {
        return registry;
    }

    /** Deploys the newest version, with {@link DeployOptions#defaults}. */
    public Deployment deploy(String name) {
        return deploy(name, "latest", DeployOptions.defaults());
    }

    /** Deploys one version, with {@link DeployOptions#defaults}. */
    public Deployment deploy(String name, int version) {
        return deploy(name, Integer.toString(version), DeployOptions.defaults());
    }

    /**
     * Puts a version into service in place of the one that is, if any. The new version is loaded, checked against its golden
     * sample and warmed up while the old one still answers; requests under way end on the old one.
     *
     * @param reference a number, an alias such as {@code champion}, or {@code latest}
     * @throws ModelNotFoundException if there is no such version
     * @throws io.maas.error.ArtifactRejectedException if it is damaged or fails its golden sample; the old one goes on
     */
    public Deployment deploy(String name, String reference, DeployOptions options) {
        return deployments.deploy(name, reference, options);
    }

    /**
     * Puts the version that answered before the current one back into service, and again the one before that when called
     * again. The nearest one is kept loaded, so this is quick.
     *
     * @return the version that answers now
     * @throws ModelNotFoundException if no model of that name is deployed
     * @throws IllegalStateException if there is no version to go back to
     */
    public Version rollback(String name) {
        return deployments.rollback(name);
    }

    /**
     * Takes a model out of service; requests under way end normally.
     *
     * @throws ModelNotFoundException if no model of that name is deployed
     */
    public void undeploy(String name) {
        deployments.undeploy(name);
    }

    /**
     * A deployed model to call.
     *
     * @throws ModelNotFoundException if no model of that name is deployed
     */
    public Model model(String name) {
        return deployments.model(name);
    }

    /**
     * A deployed model that takes and gives values of Java, by what its versions declare and the adapters on the class path: {@code
     * maas.model("mood", String.class, Label.class)}.
     *
     * @throws ModelNotFoundException if no model of that name is deployed
     * @throws io.maas.error.InvalidInputException if no adapter fits the version that answers now, naming those that there are
     * @throws io.maas.error.ArtifactRejectedException if what the version declares is damaged or contradicts its signature
     */
    public <I, O> TypedModel<I, O> model(String name, Class<I> input, Class<O> output) {
        return adapters.typed(model(name), () -> deployments.deployment(name).version(), registry, input, output);
    }

    /**
     * The state of a deployed model.
     *
     * @throws ModelNotFoundException if no model of that name is deployed
     */
    public Deployment deployment(String name) {
        return deployments.deployment(name);
    }

    /** Several models together: pipelines, ensembles, cascades, routers, and the Java functions that they call. */
    public Pipelines pipelines() {
        return deployments.pipelines();
    }

    /** All deployed models, by name. */
    public List<Deployment> deployments() {
        return deployments.all();
    }

    /** What is loaded and how it does, as a table for people. */
    public ServingStatus status() {
        return deployments.status();
    }

    /** Takes everything out of service, waiting for requests under way. Idempotent. */
    @Override
    public void close() {
        deployments.close();
    }
}
