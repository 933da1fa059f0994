package io.maas.api.server;

import io.maas.Maas;
import io.maas.api.wire.ModelMetadata;
import io.maas.error.ModelNotFoundException;
import io.maas.error.Require;
import io.maas.model.Model;
import io.maas.model.Signature;
import io.maas.registry.Version;
import io.maas.serving.Deployment;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a path may name: the deployed models, and of each the one version that answers.
 *
 * <p>Thread-safe. Every method throws {@link ModelNotFoundException} for what is not deployed.
 */
final class Catalog {
    /** Every model is an ONNX model. */
    private static final String PLATFORM = "onnx_onnxv1";

    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}");

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

    Model model(String name) {
        return maas.model(name);
    }

    ModelMetadata metadata(String name) {
        Deployment deployment = maas.deployment(name);
        int version = deployment.version();
        while (true) {
            Signature signature = deployment.signature();
            int after = deployment.version();
            if (after == version) {
                return new ModelMetadata(name, List.of(version), PLATFORM, signature);
            }
            version = after;
        }
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
        Version version = maas.registry().resolve(name, reference);
        return version.number();
    }

    /** Requires that the version meant is the one that answers now. */
    void requireDeployed(String name, @Nullable Integer number) {
        requireSame(name, number, maas.deployment(name).version());
    }

    /** Requires that the version meant is the one that did answer: it may have changed since it was asked for. */
    static void requireSame(String name, @Nullable Integer number, int answering) {
        if (number != null && number != answering) {
            throw new ModelNotFoundException("version " + number + " of model " + Require.quote(name)
                    + " is not deployed (expected: " + answering + "); deploy it, or leave the version out");
        }
    }
}
