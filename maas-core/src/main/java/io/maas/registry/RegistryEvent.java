package io.maas.registry;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened to a model.
 *
 * @param at when it was acknowledged, by the registry's clock
 * @param version the version that it was about, or that an alias pointed at from then on
 * @param subject the name of the alias or tag, or the id of the key; empty for what is about the version as a whole
 * @param value what a tag was from then on, null if it was removed; what an imported version was called where it was exported; else null
 */
public record RegistryEvent(
        Instant at,
        Action action,
        int version,
        String subject,
        @Nullable String value,
        Change change) {
    /** What happened. */
    public enum Action {
        PUBLISH,
        /** An alias was pointed at a version. */
        ALIAS,
        /** An alias was pointed back: what it pointed at since then is forgotten by the next one. */
        ROLLBACK,
        DELETE,
        /** A tag was set or removed. */
        TAG,
        /** A signature was added. */
        SIGN
    }
}
