package io.maas.api.server;

import io.maas.api.security.ApiKeys;
import io.maas.api.security.Grant;
import io.maas.api.security.Role;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;

/** What tests of the door share: options that do not get in their way, and keys. */
final class Doors {
    private Doors() {}

    /** Nobody has to rest between two failures. */
    static ServerOptions options(ApiKeys keys) {
        return ServerOptions.defaults()
                .withKeys(keys)
                .withCallers(CallerLimits.defaults()
                        .withFailures(1_000_000, Duration.ofMillis(1))
                        .withRequests(1_000_000, 1_000_000));
    }

    static String key(ApiKeys keys, String... grants) {
        Set<Grant> parsed = Arrays.stream(grants).map(Grant::parse).collect(Collectors.toSet());
        return keys.issue("test", parsed, null).secret();
    }

    static String admin(ApiKeys keys) {
        return keys.issue("admin", Set.of(Grant.of(Role.ADMIN)), null).secret();
    }

    /** A path that the row is for. */
    static String path(Route route) {
        return route.path().replace(":model", "m").replace(":version", "1").replaceAll(":[a-z][a-z0-9_]*", "x");
    }
}
