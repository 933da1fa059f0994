package io.maas.api.server;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import io.maas.Maas;
import io.maas.api.wire.ModelMetadata;
import io.maas.error.ModelNotFoundException;
import io.maas.model.Artifact;
import io.maas.model.Model;
import io.maas.registry.Version;
import io.maas.serving.Deployment;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a request may name: the deployed models, and of each the loaded versions.
 *
 * <p>Thread-safe. Every method throws {@link ModelNotFoundException} for what is not deployed or not loaded.
 */
final class Catalog {
    private static final String ONNX = "onnx_onnxv1";
    private static final String PIPELINE = "maas_pipeline";
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}");

    /** By versions, which never change. */
    private final Cache<String, List<String>> labels =
            CacheBuilder.newBuilder().maximumSize(1000).build();

    private final Maas maas;

    Catalog(Maas maas) {
        this.maas = maas;
    }

    boolean isOpen() {
        try {
            maas.deployments();
            return true;
        } catch (IllegalStateException e) {
            return false;
        }
    }

    List<String> names() {
        return maas.deployments().stream().map(Deployment::name).toList();
    }

    /** A model, or one of its loaded versions. */
    Model model(String name, @Nullable Integer version) {
        // First: a name with a version in it is one in this process, and none on the wire.
        Deployment deployment = maas.deployment(name);
        return version == null ? maas.model(deployment.name()) : maas.model(name, version);
    }

    /** What a version takes and gives, and which others there are; where none is named, the one that answers by default. */
    ModelMetadata metadata(String name, @Nullable Integer version) {
        Deployment deployment = maas.deployment(name);
        int number = version == null ? deployment.version() : version;
        return new ModelMetadata(
                name, deployment.loadedVersions(), platform(deployment.loaded(number)), deployment.signature(number));
    }

    /** What the values of a classifier's output stand for; nothing where nobody said. May read files. */
    List<String> labels(String name, int version) {
        List<String> known = labels.getIfPresent(name + ":" + version);
        if (known == null) {
            known = readLabels(name, version);
            labels.put(name + ":" + version, known);
        }
        return known;
    }

    private List<String> readLabels(String name, int version) {
        try {
            return maas.registry().load(maas.registry().version(name, version)).labels();
        } catch (ModelNotFoundException e) {
            return List.of(); // It answers, but was deleted.
        }
    }

    static String platform(Version version) {
        return version.manifest().files().containsKey(Artifact.PIPELINE_FILE) ? PIPELINE : ONNX;
    }

    /** Whether {@link #number} has to ask the registry, which may read files. */
    static boolean isAlias(@Nullable String reference) {
        return reference != null && !NUMBER.matcher(reference).matches();
    }

    /** The number that a reference means, or null where there is no reference: then any version is meant. */
    @Nullable
    Integer number(String name, @Nullable String reference) {
        if (reference == null) {
            return null;
        }
        if (!isAlias(reference)) {
            return Integer.valueOf(reference);
        }
        maas.deployment(name);
        return maas.registry().resolve(name, reference).number();
    }

    /** Requires that a model is deployed, and the version meant loaded. */
    void requireLoaded(String name, @Nullable Integer number) {
        Deployment deployment = maas.deployment(name);
        if (number != null) {
            Version unused = deployment.loaded(number);
        }
    }
}
