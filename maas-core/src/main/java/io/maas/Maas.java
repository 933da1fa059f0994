package io.maas;

import com.google.common.base.Ticker;
import io.maas.adapter.Adapters;
import io.maas.adapter.TypedModel;
import io.maas.backend.Backends;
import io.maas.error.ModelNotFoundException;
import io.maas.model.Model;
import io.maas.pipeline.Pipelines;
import io.maas.registry.Journal;
import io.maas.registry.ModelRegistry;
import io.maas.registry.StoredModelRegistry;
import io.maas.registry.Version;
import io.maas.serving.Change;
import io.maas.serving.DeployOptions;
import io.maas.serving.Deployment;
import io.maas.serving.DeploymentEvent;
import io.maas.serving.Deployments;
import io.maas.serving.LoadPolicy;
import io.maas.serving.Rollout;
import io.maas.serving.ServingOptions;
import io.maas.serving.ServingStatus;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;

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

    private Maas(ModelRegistry registry, Backends backends, ServingOptions options, Journal journal) {
        this.registry = registry;
        this.deployments = new Deployments(registry, backends, Ticker.systemTicker(), options, journal);
    }

    /**
     * Opens a registry in a folder, which is made if it is not there, with the backends on the class path. What is deployed is
     * recorded in that folder; {@link #restore} takes it up again.
     *
     * @return a handle that the caller closes
     * @throws io.maas.error.RegistryException if the folder cannot be used
     */
    public static Maas open(Path folder) {
        StoredModelRegistry registry = StoredModelRegistry.open(folder);
        return open(registry, Backends.load(), ServingOptions.defaults(), registry.journal());
    }

    /**
     * Opens with a registry and backends of the caller's choice. What is deployed ends with the process.
     *
     * @return a handle that the caller closes
     */
    public static Maas open(ModelRegistry registry, Backends backends) {
        return open(registry, backends, ServingOptions.defaults());
    }

    /**
     * Opens with a registry, backends and meters of the caller's choice. What is deployed ends with the process.
     *
     * @param meters where each version in service counts {@code maas.requests}, {@code maas.failures}, {@code maas.executions} and
     *     more, tagged with model and version; stays the caller's
     * @return a handle that the caller closes
     */
    public static Maas open(ModelRegistry registry, Backends backends, MeterRegistry meters) {
        return open(registry, backends, ServingOptions.defaults().withMeters(meters));
    }

    /**
     * Opens with a registry and backends of the caller's choice, watched by the caller. What is deployed ends with the process.
     *
     * @return a handle that the caller closes
     */
    public static Maas open(ModelRegistry registry, Backends backends, ServingOptions options) {
        return open(registry, backends, options, Journal.inMemory(Clock.systemUTC()));
    }

    /**
     * Opens with everything of the caller's choice.
     *
     * @param journal where each change of a deployment is recorded, such as {@link StoredModelRegistry#journal}; of one process at a
     *     time
     * @return a handle that the caller closes
     */
    public static Maas open(ModelRegistry registry, Backends backends, ServingOptions options, Journal journal) {
        return new Maas(registry, backends, options, journal);
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

    /** As {@link #deploy(String, String, DeployOptions)}, by somebody for a reason. */
    public Deployment deploy(String name, String reference, DeployOptions options, Change change) {
        return deployments.deploy(name, reference, options, change);
    }

    /**
     * Ends the rollout that is under way. Without one, puts the version that answered before the current one back into service, and
     * again the one before that when called again. The nearest one is kept loaded, so this is quick.
     *
     * @return the version that answers now
     * @throws ModelNotFoundException if no model of that name is deployed
     * @throws IllegalStateException if there is no version to go back to
     */
    public Version rollback(String name) {
        return deployments.rollback(name);
    }

    /** As {@link #rollback(String)}, by somebody for a reason. */
    public Version rollback(String name, Change change) {
        return deployments.rollback(name, change);
    }

    // ---- two versions side by side

    /**
     * Tries a version out beside the one that answers; how it does is in {@link Deployment#rollout}. Called again for the same
     * version, it goes on with the new settings.
     *
     * @throws ModelNotFoundException if no model of that name is deployed, or it has no such version
     * @throws io.maas.error.ArtifactRejectedException if its inputs or outputs are other ones
     * @throws IllegalStateException if another version is tried out
     */
    public void rollout(String name, Rollout rollout) {
        deployments.rollout(name, rollout, Change.unsaid());
    }

    /** As {@link #rollout(String, Rollout)}, by somebody for a reason. */
    public void rollout(String name, Rollout rollout, Change change) {
        deployments.rollout(name, rollout, change);
    }

    /**
     * Changes the share of the version on trial. It stays there until somebody changes it: a plan of steps ends.
     *
     * @throws IllegalStateException if no rollout is under way
     */
    public void setWeight(String name, double weight, Change change) {
        deployments.setWeight(name, weight, change);
    }

    /**
     * Puts the version on trial into service for all.
     *
     * @return the version that answers now
     * @throws IllegalStateException if no rollout is under way
     */
    public Version promote(String name, Change change) {
        return deployments.promote(name, change);
    }

    /**
     * Ends the trial; the stable version answers all.
     *
     * @return the version that answers now
     * @throws IllegalStateException if no rollout is under way
     */
    public Version abort(String name, Change change) {
        return deployments.abort(name, change);
    }

    /**
     * Loads further versions beside the one that answers, so that {@link #model(String, int)} finds them.
     *
     * @throws ModelNotFoundException if no model of that name is deployed, or one of the versions is not there
     */
    public void setLoadPolicy(String name, LoadPolicy policy, Change change) {
        deployments.setLoadPolicy(name, policy, change);
    }

    // ---- the state

    /**
     * Takes a model out of service; requests under way end normally.
     *
     * @throws ModelNotFoundException if no model of that name is deployed
     */
    public void undeploy(String name) {
        deployments.undeploy(name);
    }

    /** As {@link #undeploy(String)}, by somebody for a reason. */
    public void undeploy(String name, Change change) {
        deployments.undeploy(name, change);
    }

    /**
     * A deployed model to call.
     *
     * @param name its name, or its name and one of the loaded versions such as {@code digits:2}
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
     * One version of a model to call, whichever answers by default.
     *
     * @throws ModelNotFoundException if it is not loaded: neither current, nor on trial, nor of the load policy
     */
    public Model model(String name, int version) {
        return deployments.model(name, version);
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

    /** What happened to a deployment, oldest first: what, when, by whom and why. */
    public List<DeploymentEvent> history(String name) {
        return deployments.history(name);
    }

    /**
     * Puts back into service what was when the last process ended, with its rollouts and with what a rollback goes back to. Not done by
     * {@link #open}, as not everybody who opens a registry means to serve.
     *
     * @return {@link #failures}
     */
    public Map<String, String> restore() {
        return deployments.restore();
    }

    /** Versions that should be in service or loaded and could not be, such as {@code digits:2}, and why. */
    public Map<String, String> failures() {
        return deployments.failures();
    }

    /**
     * Ends all service, waiting for requests under way. That is not recorded as a change: {@link #restore} takes it up again.
     * Idempotent.
     */
    @Override
    public void close() {
        deployments.close();
    }
}
