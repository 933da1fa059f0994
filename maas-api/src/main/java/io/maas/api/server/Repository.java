package io.maas.api.server;

import io.maas.Maas;
import io.maas.api.wire.RepositoryEntry;
import io.maas.api.wire.UnsupportedRequestException;
import io.maas.error.ModelNotFoundException;
import io.maas.error.Require;
import io.maas.registry.Change;
import io.maas.registry.Version;
import io.maas.serving.DeployOptions;
import io.maas.serving.Deployment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The registry as the protocol's model repository: loading puts the newest version of a model into service, unloading takes the model
 * out of service.
 *
 * <p>Thread-safe. Everything here may read files, so nothing of it is for an event loop.
 */
final class Repository {
    private static final String NOT_LOADED = "not loaded";
    private static final String FAILED = "could not be loaded; the server's log says why";

    private final Maas maas;

    Repository(Maas maas) {
        this.maas = maas;
    }

    /**
     * The loaded versions of all models, and of models without any the newest version that there is.
     *
     * @param wanted which models to tell of
     */
    List<RepositoryEntry> index(boolean readyOnly, Predicate<String> wanted) {
        Map<String, Deployment> deployed =
                maas.deployments().stream().collect(Collectors.toMap(Deployment::name, each -> each));
        Map<String, String> failures = maas.failures();
        List<RepositoryEntry> all = new ArrayList<>();
        for (String name : maas.registry().models()) {
            if (!wanted.test(name)) {
                continue;
            }
            Deployment deployment = deployed.get(name);
            if (deployment != null) {
                all.addAll(loaded(deployment));
            } else if (!readyOnly) {
                all.addAll(newest(name, failures));
            }
        }
        return all;
    }

    private static List<RepositoryEntry> loaded(Deployment deployment) {
        try {
            return deployment.loadedVersions().stream()
                    .map(number -> new RepositoryEntry(
                            deployment.name(), Integer.toString(number), RepositoryEntry.READY, ""))
                    .toList();
        } catch (ModelNotFoundException e) {
            return List.of(); // It was taken out of service meanwhile.
        }
    }

    private List<RepositoryEntry> newest(String name, Map<String, String> failures) {
        try {
            Version version = maas.registry().resolve(name, "latest");
            String reason = failures.containsKey(version.title()) ? FAILED : NOT_LOADED;
            return List.of(new RepositoryEntry(
                    name, Integer.toString(version.number()), RepositoryEntry.UNAVAILABLE, reason));
        } catch (ModelNotFoundException e) {
            return List.of(); // It was deleted meanwhile.
        }
    }

    /**
     * Refuses parameters of loading and unloading that ask for what this server does not do: what is loaded is what was published.
     *
     * @param value as of {@link io.maas.api.wire.CallParameters#with}
     */
    static void requireSupported(String parameter, Object value) {
        if (parameter.equals("unload_dependents") && value.equals(false)) {
            return;
        }
        throw new UnsupportedRequestException("parameter " + Require.quote(parameter)
                + " is not supported (expected: none; models are published, and loaded as they are)");
    }

    /**
     * Puts the newest version into service, served as the one before it or else by {@link DeployOptions#defaults}.
     *
     * @throws ModelNotFoundException if none is published
     * @throws io.maas.error.ArtifactRejectedException if it does not pass its tests; the one before goes on
     */
    void load(String name, Change change) {
        requireName(name);
        maas.deploy(name, "latest", options(name), change);
    }

    /** What cannot be the name of a model is none. */
    private void requireName(String name) {
        try {
            Version unused = maas.registry().resolve(name, "latest");
        } catch (IllegalArgumentException e) {
            throw new ModelNotFoundException(
                    "no model " + Require.quote(name) + " is published (expected: one of the index); publish it first");
        }
    }

    private DeployOptions options(String name) {
        try {
            Deployment deployment = maas.deployment(name);
            return deployment.options(deployment.version());
        } catch (ModelNotFoundException e) {
            return DeployOptions.defaults();
        }
    }

    /**
     * Takes a model out of service.
     *
     * @throws ModelNotFoundException if it is not in service
     */
    void unload(String name, Change change) {
        maas.undeploy(name, change);
    }
}
