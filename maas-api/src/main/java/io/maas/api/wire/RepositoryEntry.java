package io.maas.api.wire;

/**
 * A version of a model in the repository's index.
 *
 * <p>Immutable and thread-safe.
 *
 * @param version its number, as text
 * @param state {@code READY} if requests may name it, else {@code UNAVAILABLE}
 * @param reason why it is not ready; empty if it is
 */
public record RepositoryEntry(String name, String version, String state, String reason) {
    public static final String READY = "READY";
    public static final String UNAVAILABLE = "UNAVAILABLE";
}
