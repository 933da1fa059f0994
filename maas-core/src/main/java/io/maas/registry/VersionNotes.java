package io.maas.registry;

import io.maas.error.ArtifactRejectedException;
import io.maas.error.ModelNotFoundException;
import io.maas.registry.signing.Signer;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What is noted about versions after they were published: tags, signatures, and everything that happened to them.
 *
 * <p>Thread-safe, also between processes. Every method throws {@link io.maas.error.RegistryException} if the store fails, {@link
 * ModelNotFoundException} for a model or version that is not there, and {@link IllegalArgumentException} for a name or text that is not
 * allowed.
 */
public interface VersionNotes {
    /** What is known about a version now. */
    VersionDetails details(Version version);

    /** What is known about each version of a model that is not deleted, by number. */
    List<VersionDetails> details(String name);

    /**
     * Sets or removes a tag of a version, in place of the one that it was published with, if any.
     *
     * @param tag a name such as those of models
     * @param value a text of at most 1,024 characters; null to remove it
     */
    void setTag(String name, int number, String tag, @Nullable String value, Change change);

    /**
     * Adds a signature to a version, in place of an earlier one by the same key.
     *
     * @throws ArtifactRejectedException if it does not hold although its key is trusted, or its key was revoked
     */
    void sign(Version version, Signer signer, Change change);

    /** Everything that happened to a model and its aliases, oldest first. */
    List<RegistryEvent> history(String name);

    /** The names of the models to look for. */
    List<String> models();

    /** The versions that a query looks for, in its order. */
    default List<VersionDetails> search(VersionQuery query) {
        String model = query.model();
        Stream<String> names = model == null ? models().stream() : Stream.of(model);
        return query.of(names.flatMap(name -> detailsOrNone(name).stream()));
    }

    /** A model may lose its last version while it is looked for among others. */
    private List<VersionDetails> detailsOrNone(String name) {
        try {
            return details(name);
        } catch (ModelNotFoundException e) {
            return List.of();
        }
    }
}
