package io.maas.api.security;

import com.google.common.collect.ImmutableSet;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a key, its secret not among it.
 *
 * <p>Immutable and thread-safe.
 *
 * @param id stands in the key itself, and is no secret
 * @param name of the principal that it makes of whoever brings it
 * @param expires when it ends to hold, null for never
 * @param used the hour in which it was used last, null for never
 * @param rotated until when the secret before this one holds too, null if there is none
 */
public record ApiKey(
        String id,
        String name,
        ImmutableSet<Grant> grants,
        Instant created,
        @Nullable Instant expires,
        @Nullable Instant used,
        @Nullable Instant rotated) {
    /**
     * A key as it is handed out, once: nobody can be told the secret again.
     *
     * @param secret all that a caller has to bring
     */
    public record Issued(ApiKey key, String secret) {
        /** Without the secret, which no log may hold. */
        @Override
        public String toString() {
            return "Issued[key=" + key + ", secret=***]";
        }
    }
}
