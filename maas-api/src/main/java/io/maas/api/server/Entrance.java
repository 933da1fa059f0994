package io.maas.api.server;

import io.maas.api.security.AuthenticationException;
import io.maas.api.security.Credentials;
import io.maas.api.security.Principal;
import io.maas.api.security.Role;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happens to every request around its endpoint: it gets an id, its sender is found out and must have a role before anything of
 * the body is read, and what becomes of it is logged and counted.
 */
final class Entrance {
    /** One line a request. */
    private static final Logger ACCESS = LoggerFactory.getLogger("io.maas.api.access");

    private static final Logger LOG = LoggerFactory.getLogger(Entrance.class);

    private static final String REQUEST_ID = "X-Request-Id";
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final String BEARER = "Bearer ";

    /** Who everybody is where nobody is asked: such a server listens on loopback only. */
    private static final Principal ANYBODY = Principal.of("anonymous", Role.values());

    private static final Principal NOBODY = Principal.of("anonymous");

    private final Vertx vertx;
    private final Catalog catalog;
    private final ServerOptions options;
    private final Hosts hosts;
    private final UnderWay streams = new UnderWay();

    Entrance(Vertx vertx, Catalog catalog, ServerOptions options) {
        this.vertx = vertx;
        this.catalog = catalog;
        this.options = options;
        this.hosts = new Hosts(options);
    }

    /** The handler of a row of the table. */
    Handler<RoutingContext> to(Route route) {
        return context -> enter(context, route);
    }

    /** Answers what no row of the table is for, to those alone who are known. */
    Handler<RoutingContext> otherwise(int status, String code, String message) {
        return context -> {
            String id = id(context.request());
            long start = System.nanoTime();
            begin(context.request());
            context.response().putHeader(REQUEST_ID, id);
            try {
                hosts.check(context.request());
                // Who is not known learns nothing of what there is.
                principal(context.request(), Access.toAny(Role.values()));
                refuse(context.request(), new Failure.Refusal(status, code, message), id);
            } catch (RuntimeException e) {
                refuse(context.request(), e, id);
            }
            finish(context.request(), null, null, id, start);
        };
    }

    /** Answers what failed before any row of the table had it. */
    void failed(RoutingContext context, Throwable thrown) {
        refuse(context.request(), thrown, id(context.request()));
    }

    private void enter(RoutingContext context, Route route) {
        HttpServerRequest request = context.request();
        String id = id(request);
        long start = System.nanoTime();
        begin(request);
        request.response().putHeader(REQUEST_ID, id);
        Exchange exchange;
        Future<Reply> answer;
        try {
            hosts.check(request);
            Principal principal = principal(request, route.access());
            if (!route.access().permits(principal, context.pathParam("model"))) {
                throw new Failure.Refusal(
                        403, "forbidden", "not allowed (expected: a caller with " + route.access() + ")");
            }
            exchange = new Exchange(vertx, context, id, principal);
            answer = route.endpoint().answer(exchange);
        } catch (Exception e) {
            refuse(request, e, id);
            finish(request, route, null, id, start);
            return;
        }
        answer.compose(reply -> Answer.send(request, reply))
                .onFailure(thrown -> refuse(request, thrown, id))
                .onComplete(done -> finish(request, route, exchange.principal(), id, start));
    }

    private void begin(HttpServerRequest request) {
        if (request.version() == HttpVersion.HTTP_2) {
            streams.begin();
        }
    }

    /**
     * Waits for the requests by HTTP/2 that are under way. They must be answered before the connections hear that the server closes: the
     * JDK's client, which turns to HTTP/2 of itself, gives all of them up when it hears that.
     */
    void drain() {
        streams.await(options.limits().grace());
    }

    /** Who sends a request, for those who let it in themselves. */
    Principal admit(HttpServerRequest request, Access access) {
        hosts.check(request);
        return principal(request, access);
    }

    static String id(HttpServerRequest request) {
        String given = request.getHeader(REQUEST_ID);
        return given != null && ID.matcher(given).matches()
                ? given
                : UUID.randomUUID().toString();
    }

    private Principal principal(HttpServerRequest request, Access access) {
        if (options.authenticator() == null) {
            return ANYBODY;
        }
        if (access.isPublic()) {
            return NOBODY;
        }
        try {
            Optional<Principal> found = options.authenticator().authenticate(credentials(request));
            return found.orElseThrow(() -> unknown(request));
        } catch (AuthenticationException e) {
            LOG.info("refused a request from {}: {}", request.remoteAddress().host(), e.getMessage());
            throw unknown(request);
        }
    }

    private static Failure.Refusal unknown(HttpServerRequest request) {
        if (!request.response().headWritten()) { // As it is where a key expires during a stream.
            request.response().putHeader("WWW-Authenticate", "Bearer");
        }
        return new Failure.Refusal(
                401, "unauthenticated", "not authenticated (expected: a valid key or token as Authorization: Bearer)");
    }

    private static Credentials credentials(HttpServerRequest request) {
        String authorization = request.getHeader(HttpHeaders.AUTHORIZATION);
        String bearer = authorization != null && authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
                ? authorization.substring(BEARER.length()).trim()
                : request.getHeader("X-API-Key");
        return new Credentials(bearer, ClientCertificate.of(request));
    }

    private void refuse(HttpServerRequest request, Throwable thrown, String id) {
        Answer.send(request, Failure.of(thrown, catalog.isOpen(), id), id);
    }

    private void finish(
            HttpServerRequest request, @Nullable Route route, @Nullable Principal principal, String id, long start) {
        if (request.version() == HttpVersion.HTTP_2) {
            streams.end();
        }
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        int status = request.response().getStatusCode();
        // Of the path no more than the row of the table: it may hold what belongs in no log, and would make meters without end.
        String path = route == null ? "none" : route.template();
        ACCESS.info(
                "{} {} {} {} {} us, {} bytes in, {} bytes out, by {} from {}",
                id,
                request.method(),
                path,
                status,
                took.toNanos() / 1000,
                request.bytesRead(),
                request.response().bytesWritten(),
                principal == null ? "-" : principal.name(),
                request.remoteAddress().host());
        MeterRegistry meters = options.meters();
        if (meters != null) {
            Timer.builder("maas.http.requests")
                    .description("requests that were answered")
                    .tag("operation", route == null ? "none" : route.id())
                    .tag("status", Integer.toString(status))
                    .register(meters)
                    .record(took);
        }
    }
}
