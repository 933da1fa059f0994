package io.maas.api.client;

import io.maas.api.wire.DeploymentDocuments.Answering;
import io.maas.api.wire.DeploymentDocuments.Deploy;
import io.maas.api.wire.DeploymentDocuments.DeploymentHistory;
import io.maas.api.wire.DeploymentDocuments.DeploymentInfo;
import io.maas.api.wire.DeploymentDocuments.DeploymentList;
import io.maas.api.wire.DeploymentDocuments.Event;
import io.maas.api.wire.DeploymentDocuments.Options;
import io.maas.api.wire.DeploymentDocuments.Policy;
import io.maas.api.wire.DeploymentDocuments.RolloutSettings;
import io.maas.api.wire.DeploymentDocuments.Weight;
import io.maas.error.ModelNotFoundException;
import io.maas.error.Require;
import io.maas.registry.Change;
import io.maas.serving.DeployOptions;
import io.maas.serving.DeploymentEvent;
import io.maas.serving.LoadPolicy;
import io.maas.serving.Rollout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a server has in service: puts versions there, tries them out and takes them back. Its methods are those of {@link io.maas.Maas} and
 * throw the same, and {@link io.maas.error.MaasException} where the network or the server failed. Each returns when it is so.
 *
 * <p>Who changes something is whom the server knows by the key; of a {@link Change} only the reason is sent.
 *
 * <p>Thread-safe. It lasts as long as its client.
 */
public final class RemoteDeployments {
    private static final String ALL = "/api/deployments";

    private final Rest rest;

    RemoteDeployments(Rest rest) {
        this.rest = rest;
    }

    private static String one(String name) {
        return ALL + "/" + Rest.part(Require.name(name, "model"));
    }

    private DeploymentStatus put(String path, Object document, Change change) {
        return DeploymentStatus.of(rest.send("PUT", path, document, change, DeploymentInfo.class));
    }

    private int post(String path, Change change) {
        return rest.send("POST", path, null, change, Answering.class).version();
    }

    /** Puts the newest version into service, served as the server sees fit. */
    public DeploymentStatus deploy(String name) {
        return deploy(name, "latest", null, Change.unsaid());
    }

    /**
     * Puts a version into service in place of the one that is, if any.
     *
     * @param reference a number, an alias such as {@code champion}, or {@code latest}
     * @param options null for what the server sees fit
     * @throws ModelNotFoundException if there is no such version
     * @throws io.maas.error.ArtifactRejectedException if it is damaged or fails its golden sample; the one in service goes on
     */
    public DeploymentStatus deploy(String name, String reference, @Nullable DeployOptions options, Change change) {
        Deploy wanted = new Deploy(reference, options == null ? null : Options.of(options));
        return put(one(name), wanted, change);
    }

    /** Takes a model out of service. */
    public void undeploy(String name, Change change) {
        rest.send("DELETE", one(name), null, change, DeploymentList.class);
    }

    /** Tries a version out beside the one that answers. */
    public DeploymentStatus rollout(String name, Rollout rollout, Change change) {
        return put(one(name) + "/rollout", RolloutSettings.of(rollout), change);
    }

    /**
     * Changes the share of the version on trial.
     *
     * @throws IllegalStateException if no rollout is under way
     */
    public DeploymentStatus setWeight(String name, double weight, Change change) {
        return put(one(name) + "/rollout/weight", new Weight(weight), change);
    }

    /**
     * Puts the version on trial into service for all.
     *
     * @return the version that answers now
     * @throws IllegalStateException if no rollout is under way
     */
    public int promote(String name, Change change) {
        return post(one(name) + "/rollout/promote", change);
    }

    /**
     * Ends the trial.
     *
     * @return the version that answers now
     * @throws IllegalStateException if no rollout is under way
     */
    public int abort(String name, Change change) {
        return post(one(name) + "/rollout/abort", change);
    }

    /**
     * Ends the trial under way; without one, goes back to the version that answered before.
     *
     * @return the version that answers now
     * @throws IllegalStateException if there is no version to go back to
     */
    public int rollback(String name, Change change) {
        return post(one(name) + "/rollback", change);
    }

    /** Says which further versions are loaded. */
    public DeploymentStatus setLoadPolicy(String name, LoadPolicy policy, Change change) {
        return put(one(name) + "/load_policy", Policy.of(policy), change);
    }

    /**
     * How a deployment stands.
     *
     * @throws ModelNotFoundException if no model of that name is deployed
     */
    public DeploymentStatus status(String name) {
        return DeploymentStatus.of(rest.get(one(name), DeploymentInfo.class));
    }

    /** All deployed models that the caller may see, by name. */
    public List<DeploymentStatus> all() {
        return rest.get(ALL, DeploymentList.class).deployments().stream()
                .map(DeploymentStatus::of)
                .toList();
    }

    /** Versions that should be in service or loaded and could not be, and why. */
    public Map<String, String> failures() {
        return rest.get(ALL, DeploymentList.class).failures();
    }

    /** What happened to a deployment, oldest first. */
    public List<DeploymentEvent> history(String name) {
        DeploymentHistory history = rest.get(one(name) + "/history", DeploymentHistory.class);
        return Rest.made(() -> history.events().stream().map(Event::event).toList());
    }

    /** What is loaded and how it does, as a table for people. */
    public String table() {
        return new String(rest.bytes("/api/status"), StandardCharsets.UTF_8);
    }
}
