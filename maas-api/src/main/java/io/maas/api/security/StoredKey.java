package io.maas.api.security;

import com.google.common.collect.ImmutableSet;
import io.maas.error.Require;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A key in its file. Times are texts by ISO 8601.
 *
 * @param hash SHA-256 of the secret, in hexadecimal digits
 * @param previous the hash of the secret before, null if there is none
 * @param previousUntil how long that one holds
 */
record StoredKey(
        String id,
        String name,
        List<String> grants,
        String hash,
        String created,
        @Nullable String expires,
        @Nullable String used,
        @Nullable String previous,
        @Nullable String previousUntil) {
    /**
     * All keys of a file.
     *
     * @param format 1
     */
    record All(int format, List<StoredKey> keys) {
        All {
            Require.that(format == 1, "format", format, "1");
            keys = List.copyOf(keys);
        }
    }

    StoredKey {
        grants = List.copyOf(grants);
    }

    /** Throws if this is no key: while the file is read, not when somebody calls. */
    void check() {
        ApiKey unusedKey = about();
        Principal unusedPrincipal = principal();
    }

    ApiKey about() {
        return new ApiKey(
                id,
                name,
                parse(grants),
                Instant.parse(created),
                instant(expires),
                instant(used),
                instant(previousUntil));
    }

    Principal principal() {
        return new Principal(name, parse(grants));
    }

    StoredKey withUsed(Instant time) {
        return new StoredKey(id, name, grants, hash, created, expires, time.toString(), previous, previousUntil);
    }

    /** With a new secret; the one before holds until some time. */
    StoredKey withHash(String other, Instant until) {
        return new StoredKey(id, name, grants, other, created, expires, used, hash, until.toString());
    }

    private static ImmutableSet<Grant> parse(List<String> grants) {
        return grants.stream().map(Grant::parse).collect(ImmutableSet.toImmutableSet());
    }

    private static @Nullable Instant instant(@Nullable String text) {
        return text == null ? null : Instant.parse(text);
    }

    /** Without the hashes. */
    @Override
    public String toString() {
        return "StoredKey[id=" + id + ", name=" + name + ", grants=" + grants + "]";
    }
}
