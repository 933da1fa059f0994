package io.maas.api.server;

import com.google.common.collect.ImmutableSet;
import io.maas.api.security.ApiKey;
import io.maas.api.security.ApiKeys;
import io.maas.api.security.Grant;
import io.maas.api.security.Role;
import io.maas.api.wire.Documents;
import io.maas.api.wire.KeyDocuments;
import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Keys given out, changed and taken back, by administrators of everything. */
final class KeyRoutes {
    private static final String KEYS = "/api/keys";
    private static final String KEY = KEYS + "/:key";
    private static final Access ADMINISTRATORS = Access.toAll(Role.ADMIN);
    private static final int MAX_BODY_BYTES = 64 << 10;

    private final ApiKeys keys;

    KeyRoutes(ApiKeys keys) {
        this.keys = keys;
    }

    List<Route> routes() {
        return List.of(
                new Route(
                        HttpMethod.GET,
                        KEYS,
                        ADMINISTRATORS,
                        "keys",
                        "All keys, without their secrets",
                        Route.Shape.of(null, KeyDocuments.Keys.class),
                        Endpoint.blocking(exchange -> list())),
                new Route(
                        HttpMethod.POST,
                        KEYS,
                        ADMINISTRATORS,
                        "keyIssue",
                        "A new key; its secret is shown this once",
                        Route.Shape.of(KeyDocuments.Issue.class, KeyDocuments.Issued.class),
                        exchange -> body(exchange, this::issue)),
                new Route(
                        HttpMethod.POST,
                        KEY + "/rotate",
                        ADMINISTRATORS,
                        "keyRotate",
                        "A new secret for a key, shown this once",
                        Route.Shape.of(KeyDocuments.Rotate.class, KeyDocuments.Issued.class),
                        exchange -> body(exchange, body -> rotate(exchange.path("key"), body))),
                new Route(
                        HttpMethod.DELETE,
                        KEY,
                        ADMINISTRATORS,
                        "keyRevoke",
                        "Ends a key at once",
                        Route.Shape.of(null, KeyDocuments.Key.class),
                        Endpoint.blocking(exchange -> revoke(exchange.path("key")))));
    }

    private interface Change {
        ApiKey.Issued of(byte[] body);
    }

    private static Future<Reply> body(Exchange exchange, Change change) {
        return exchange.body(MAX_BODY_BYTES)
                .compose(body -> exchange.work(true, () -> change.of(body)))
                .map(issued -> {
                    exchange.about("key", issued.key().id());
                    exchange.about("name", issued.key().name());
                    return issued(issued);
                });
    }

    private Reply list() {
        return Reply.json(Documents.write(new KeyDocuments.Keys(
                keys.list().stream().map(KeyRoutes::document).toList())));
    }

    private ApiKey.Issued issue(byte[] body) {
        KeyDocuments.Issue issue = Documents.read(body, KeyDocuments.Issue.class);
        try {
            ImmutableSet<Grant> grants =
                    issue.grants().stream().map(Grant::parse).collect(ImmutableSet.toImmutableSet());
            Instant expires = issue.expires() == null ? null : Instant.parse(issue.expires());
            return keys.issue(issue.name(), grants, expires);
        } catch (IllegalArgumentException | DateTimeException e) {
            throw refused(e);
        }
    }

    private ApiKey.Issued rotate(String id, byte[] body) {
        String overlap = body.length == 0
                ? null
                : Documents.read(body, KeyDocuments.Rotate.class).overlap();
        try {
            return known(id, keys.rotate(id, overlap == null ? Duration.ZERO : Duration.parse(overlap)));
        } catch (IllegalArgumentException | DateTimeException e) {
            throw refused(e);
        }
    }

    private Reply revoke(String id) {
        return Reply.json(Documents.write(document(known(id, keys.revoke(id)))));
    }

    private static <T> T known(String id, Optional<T> found) {
        return found.orElseThrow(() ->
                new Failure.Refusal(404, "no_such_key", "no key " + Require.quote(id) + " (expected: the id of one)"));
    }

    private static InvalidInputException refused(RuntimeException e) {
        return new InvalidInputException(
                e instanceof DateTimeException
                        ? "a time is none (expected: ISO 8601, such as 2030-12-31T00:00:00Z, or PT24H for how long)"
                        : String.valueOf(e.getMessage()),
                e);
    }

    /** A secret is for whoever asked, and for no cache on the way. */
    private static Reply issued(ApiKey.Issued issued) {
        return Reply.json(Documents.write(new KeyDocuments.Issued(document(issued.key()), issued.secret())))
                .withHeader("Cache-Control", "no-store");
    }

    private static KeyDocuments.Key document(ApiKey key) {
        return new KeyDocuments.Key(
                key.id(),
                key.name(),
                key.grants().stream().map(Grant::toString).toList(),
                key.created().toString(),
                text(key.expires()),
                text(key.used()),
                text(key.rotated()));
    }

    private static @Nullable String text(@Nullable Instant time) {
        return time == null ? null : time.toString();
    }
}
