package io.maas.registry;

import com.google.protobuf.ByteString;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.DuplicateVersionException;
import io.maas.error.ModelNotFoundException;
import io.maas.error.RegistryException;
import io.maas.model.Artifact;
import java.util.List;
import java.util.Map;

/**
 * Keeps published models. A version never changes; what may change is which version an alias such as {@code champion} points
 * at, and that has a history.
 *
 * <p>Thread-safe, also between processes that use the same store. What a method has returned from is durable. Every method
 * throws {@link RegistryException} if the store fails, {@link ModelNotFoundException} for a model, version or alias that is
 * not there, and {@link IllegalArgumentException} for a name that is not allowed.
 */
public interface ModelRegistry extends VersionNotes {
    /**
     * Adds a version under the next number.
     *
     * @param name letters, digits, {@code . _ -}, starting with a letter or digit, at most 128 characters
     * @param publication by whom, why, and with whose signatures
     * @throws DuplicateVersionException if a version of this model has the same content
     * @throws ArtifactRejectedException if the artifact's files are not what its manifest says, or the trust policy refuses it
     */
    Version publish(String name, Artifact artifact, Publication publication);

    /** {@link #publish(String, Artifact, Publication)} by nobody in particular. */
    default Version publish(String name, Artifact artifact) {
        return publish(name, artifact, Publication.unsaid());
    }

    /** The names of all models with at least one version, sorted. */
    @Override
    List<String> models();

    /** The versions of a model that are not deleted, by number. */
    List<Version> versions(String name);

    /** One version. */
    Version version(String name, int number);

    /**
     * The files of a version. Each is verified against its SHA-256 when it is read, and the version against the trust policy.
     *
     * @throws ArtifactRejectedException if the stored manifest is damaged, or the trust policy refuses the version
     */
    Artifact load(Version version);

    /**
     * The manifest of a version byte for byte, as it was when the version was published: its SHA-256 is the version's digest.
     *
     * @throws ArtifactRejectedException if the stored manifest is damaged, or the trust policy refuses the version
     */
    byte[] manifest(Version version);

    /**
     * A version with its signatures as one file, which other registries import. It is read from the files of the version, verified.
     *
     * @throws ArtifactRejectedException as of {@link #load}, and when its bytes are read if a file is damaged
     */
    default VersionArchive archive(Version version) {
        return new VersionArchive(
                version.model(),
                version.number(),
                details(version).signatures(),
                ByteString.copyFrom(manifest(version)),
                load(version));
    }

    /** Points an alias at a version, from now on; an alias is a name that is not a number and not {@code latest}. */
    void setAlias(String name, String alias, int number, Change change);

    /** {@link #setAlias(String, String, int, Change)} by nobody in particular. */
    default void setAlias(String name, String alias, int number) {
        setAlias(name, alias, number, Change.unsaid());
    }

    /** Where each alias of a model points now, sorted by alias. */
    Map<String, Integer> aliases(String name);

    /** Everything that happened to an alias, oldest first. */
    List<AliasChange> aliasHistory(String name, String alias);

    /**
     * Points an alias back at the version that it pointed at before, and again before that when called again.
     *
     * @return the version that it points at now
     * @throws IllegalStateException if it never pointed at another version that still exists
     */
    Version rollback(String name, String alias, Change change);

    /** {@link #rollback(String, String, Change)} by nobody in particular. */
    default Version rollback(String name, String alias) {
        return rollback(name, alias, Change.unsaid());
    }

    /**
     * Deletes a version. Its number is not given again, its files go with the next {@link #collectGarbage}.
     *
     * @throws IllegalStateException if an alias points at it, or a deployment that is recorded in the registry's journal has it in
     *     service or on trial
     */
    void delete(String name, int number, Change change);

    /** {@link #delete(String, int, Change)} by nobody in particular. */
    default void delete(String name, int number) {
        delete(name, number, Change.unsaid());
    }

    /**
     * Removes files that no version refers to.
     *
     * @return the number of bytes freed
     */
    long collectGarbage();

    /**
     * The version that a reference means: a number such as {@code 3}, an alias such as {@code champion}, or {@code latest}
     * for the highest number.
     */
    default Version resolve(String name, String reference) {
        if (reference.equals("latest")) {
            List<Version> versions = versions(name);
            return versions.get(versions.size() - 1);
        }
        if (reference.matches("[1-9][0-9]{0,8}")) {
            return version(name, Integer.parseInt(reference));
        }
        Integer number = aliases(name).get(reference);
        if (number == null) {
            throw new ModelNotFoundException("no alias " + io.maas.error.Require.quote(reference) + " of model " + name
                    + "; found: " + aliases(name).keySet());
        }
        return version(name, number);
    }
}
