package io.maas.api.wire;

import io.maas.error.Require;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is said of keys over the network. Times and durations are texts by ISO 8601. */
public final class KeyDocuments {
    private KeyDocuments() {}

    /**
     * Asks for a key.
     *
     * @param grants such as {@code infer:team-*}
     * @param expires when it ends to hold, null for never
     */
    public record Issue(
            String name, List<String> grants, @Nullable String expires) {
        public Issue {
            Require.that(name != null, "name", "nothing", "a text");
            Require.that(grants != null && !grants.contains(null), "grants", "nothing", "a list of texts");
            grants = List.copyOf(grants);
        }
    }

    /**
     * Asks for a new secret.
     *
     * @param overlap how long the one before holds too, such as {@code PT24H}; null for not at all
     */
    public record Rotate(@Nullable String overlap) {}

    /** What is known of a key. */
    public record Key(
            String id,
            String name,
            List<String> grants,
            String created,
            @Nullable String expires,
            @Nullable String used,
            @Nullable String rotated) {}

    /** All of them. */
    public record Keys(List<Key> keys) {}

    /**
     * A key as it is handed out, once.
     *
     * @param secret all that a caller has to bring
     */
    public record Issued(Key key, String secret) {}
}
