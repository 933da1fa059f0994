package io.maas.api.server;

import com.google.common.base.Ticker;
import com.google.common.collect.ImmutableSortedMap;
import io.maas.api.security.AuditLog;
import io.maas.api.security.Principal;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What is written into the audit log: every change, whatever became of it, and who was turned away. The latter only so often: whoever
 * floods the door must not flood the disk.
 *
 * <p>Thread-safe.
 */
final class Audit {
    private static final double REFUSED_PER_SECOND = 1;
    private static final int REFUSED_AT_ONCE = 60;
    private static final int MAX_NAME = 128;

    /** Under which a request carries the names that are not in its path. */
    private static final String NAMED = "io.maas.api.audit";

    private final @Nullable AuditLog log;
    private final Buckets refused;
    private final AtomicLong unlisted = new AtomicLong();

    Audit(@Nullable AuditLog log, Ticker ticker) {
        this.log = log;
        this.refused = new Buckets(REFUSED_PER_SECOND, REFUSED_AT_ONCE, ticker);
    }

    /**
     * Before the client hears of it.
     *
     * @param route null if the path is none of the table's
     */
    void note(RoutingContext context, @Nullable Route route, @Nullable Principal principal, String id, int status) {
        if (log != null) {
            Asked asked = new Asked(
                    id, route == null ? "none" : route.id(), route != null && route.isChange(), target(context));
            note(context.request(), asked, principal, status);
        }
    }

    /** Adds a name to what the line will say that a request was about; never a secret. On the request's event loop. */
    static void about(RoutingContext context, String name, String value) {
        Map<String, String> named = new HashMap<>(target(context));
        named.put(name, value);
        context.put(NAMED, named);
    }

    private static Map<String, String> target(RoutingContext context) {
        Map<String, String> named = context.get(NAMED);
        return named == null ? context.pathParams() : named;
    }

    /**
     * What was asked for.
     *
     * @param id of the request
     * @param target what it was about, by name
     */
    record Asked(String id, String operation, boolean isChange, Map<String, String> target) {}

    /** @param status of HTTP, whatever the protocol */
    void note(HttpServerRequest request, Asked asked, @Nullable Principal principal, int status) {
        if (log == null) {
            return;
        }
        boolean isRefused = status == 401 || status == 403 || status == 421 || (status == 429 && principal == null);
        if (isRefused && !refused.take("").isZero()) {
            unlisted.incrementAndGet();
        } else if (isRefused || asked.isChange) {
            log.add(new AuditLog.Entry(
                    Instant.now().truncatedTo(ChronoUnit.MILLIS).toString(),
                    asked.id,
                    principal == null ? null : principal.name(),
                    String.valueOf(request.remoteAddress().hostAddress()),
                    asked.operation,
                    target(asked.target),
                    status,
                    isRefused ? unlisted.getAndSet(0) : 0));
        }
    }

    private static Map<String, String> target(Map<String, String> parameters) {
        ImmutableSortedMap.Builder<String, String> target = ImmutableSortedMap.naturalOrder();
        parameters.forEach((name, value) ->
                target.put(name, value.length() <= MAX_NAME ? value : value.substring(0, MAX_NAME) + "…"));
        return target.buildOrThrow();
    }
}
