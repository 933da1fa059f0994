package io.maas.api.server;

import com.google.common.base.Ticker;
import io.maas.api.security.Credentials;
import io.maas.api.security.Principal;
import io.maas.api.security.Role;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
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

    private static final String REQUEST_ID = "X-Request-Id";
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final String BEARER = "Bearer ";

    /** As a request that was given up by whoever sent it is logged. */
    private static final int GONE = 499;

    private final Vertx vertx;
    private final Catalog catalog;
    private final ServerOptions options;
    private final Health health;
    private final Hosts hosts;
    private final UnderWay underWay = new UnderWay();
    private final Callers callers;
    private final Audit audit;
    private final Pending pending;
    private final Timers timers;

    /** A row of the table, and how the log calls it, which is found out once. */
    private record Row(Route route, String template) {}

    Entrance(Vertx vertx, Catalog catalog, Health health, ServerOptions options) {
        this.vertx = vertx;
        this.catalog = catalog;
        this.health = health;
        this.options = options;
        this.hosts = new Hosts(options);
        this.callers = new Callers(
                options.authenticator(), options.guard().callers(), options.meters(), Ticker.systemTicker());
        this.timers = new Timers(options.meters(), "maas.http.requests", "requests that were answered");
        this.pending = new Pending(options.limits());
        this.audit = new Audit(options.guard().audit(), Ticker.systemTicker());
    }

    /** The handler of a row of the table. */
    Handler<RoutingContext> to(Route route) {
        Row row = new Row(route, route.template());
        return context -> enter(context, row);
    }

    /** Answers what no row of the table is for, to those alone who are known. */
    Handler<RoutingContext> otherwise(int status, String code, String message) {
        return context -> {
            String id = id(context.request());
            long start = System.nanoTime();
            begin();
            context.response().putHeader(REQUEST_ID, id);
            try {
                Access any = Access.toAny(Role.values());
                hosts.check(context.request(), any);
                // Who is not known learns nothing of what there is.
                principal(context.request(), any);
                refuse(context, null, null, new Failure.Refusal(status, code, message), id);
            } catch (RuntimeException e) {
                refuse(context, null, null, e, id);
            }
            finish(context, null, null, id, start);
        };
    }

    /** Answers what failed before any row of the table had it. */
    void failed(RoutingContext context, Throwable thrown) {
        refuse(context, null, null, thrown, id(context.request()));
    }

    private void enter(RoutingContext context, Row row) {
        Route route = row.route;
        HttpServerRequest request = context.request();
        String id = id(request);
        long start = System.nanoTime();
        begin();
        request.response().putHeader(REQUEST_ID, id);
        Pending.Share share = pending.share();
        Principal principal = null;
        Future<Reply> answer;
        try {
            requireOpen(route.access());
            hosts.check(request, route.access());
            principal = principal(request, route.access());
            callers.require(principal, route, context.pathParam("model"));
            Contents.check(request, route);
            answer = route.endpoint()
                    .answer(new Exchange(vertx, context, id, principal, share, () -> again(context, route)));
        } catch (Exception e) {
            refuse(context, row, principal, e, id);
            finish(context, row, principal, id, start);
            return;
        }
        Principal known = principal;
        Future<Void> over = answer.compose(reply -> {
                    audit.note(context, route, known, id, reply.status());
                    return send(request, reply);
                })
                .onFailure(thrown -> refuse(context, row, known, thrown, id))
                .onComplete(done -> finish(context, row, known, id, start));
        expectBody(context, row, known, share, id, over);
    }

    /** Gives up on a client that does not read its answer; a stream looks after that itself. */
    private Future<Void> send(HttpServerRequest request, Reply reply) {
        Future<Void> sent = Answer.send(request, reply);
        if (!(reply.content() instanceof Reply.Content.Stream)) {
            giveUpUnless(sent, () -> {
                if (request.version() == HttpVersion.HTTP_2) {
                    request.response().reset();
                } else {
                    Connections.abort(request.connection());
                }
            });
        }
        return sent;
    }

    /** Does something if the time of a request is over first. Most are over within this turn of the event loop, and need no timer. */
    private void giveUpUnless(Future<?> over, Runnable action) {
        vertx.runOnContext(later -> {
            if (!over.isComplete()) {
                long alarm = vertx.setTimer(options.limits().requestTimeout().toMillis(), timer -> action.run());
                over.onComplete(done -> vertx.cancelTimer(alarm));
            }
        });
    }

    /** Gives up on a body that does not come in time, whoever reads it; files that are taken to disk may take theirs. */
    private void expectBody(
            RoutingContext context, Row row, Principal principal, Pending.Share share, String id, Future<Void> over) {
        HttpServerRequest request = context.request();
        Route route = row.route;
        boolean isFile = route.isChange() && route.shape().request() == byte[].class;
        if (request.isEnded() || isFile) {
            return;
        }
        giveUpUnless(over, () -> {
            if (!request.isEnded() && !request.response().ended()) {
                Failure.Refusal slow = new Failure.Refusal(
                        408, "too_slow", "the request did not come in time (expected: all of it at once)");
                refuse(context, row, principal, slow, id);
                // Nobody else says that it is over: not the connection either, which ends behind an answer.
                share.giveUp(slow);
            }
        });
    }

    /** Probes are answered to the end. */
    private void requireOpen(Access access) {
        if (health.isClosing() && !access.isPublic()) {
            throw closing();
        }
    }

    /** What those are told who come, or would stay, while the server is being stopped. */
    static Failure.Refusal closing() {
        return new Failure.Refusal(
                503, "closing", "the server is being stopped (expected: another one)", Duration.ofSeconds(1));
    }

    /** Of every request, by all protocols; {@link #end} follows once its answer is sent. */
    void begin() {
        underWay.begin();
    }

    void end() {
        underWay.end();
    }

    /**
     * Waits for the requests that are under way, while probes hear that the server is not ready. They must be answered before the
     * connections hear that the server closes: the JDK's client, which turns to HTTP/2 of itself, gives all of them up when it hears that,
     * and Vert.x does so where one more comes then.
     *
     * @return whether all have ended; the grace is over otherwise
     */
    boolean drain() {
        return underWay.await(options.limits().grace());
    }

    /** Who sends a request, for those who let it in themselves. */
    Principal admit(HttpServerRequest request, Access access) {
        requireOpen(access);
        return known(request, access);
    }

    /** Who sends a request that was let in before. */
    Principal known(HttpServerRequest request, Access access) {
        hosts.check(request, access);
        return principal(request, access);
    }

    private Principal again(RoutingContext context, Route route) {
        Principal principal = known(context.request(), route.access());
        Callers.requirePermitted(principal, route.access(), context.pathParam("model"));
        return principal;
    }

    Pending pending() {
        return pending;
    }

    Callers callers() {
        return callers;
    }

    Audit audit() {
        return audit;
    }

    static String id(HttpServerRequest request) {
        String given = request.getHeader(REQUEST_ID);
        return given != null && ID.matcher(given).matches() ? given : newId();
    }

    /** Nobody gains anything by guessing it, so that it need not be of the random numbers that cost more. */
    static String newId() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return new UUID(random.nextLong(), random.nextLong()).toString();
    }

    private Principal principal(HttpServerRequest request, Access access) {
        return callers.find(credentials(request), request.remoteAddress().hostAddress(), access);
    }

    private static Credentials credentials(HttpServerRequest request) {
        String authorization = request.getHeader(HttpHeaders.AUTHORIZATION);
        String bearer = authorization != null && authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
                ? authorization.substring(BEARER.length()).trim()
                : request.getHeader("X-API-Key");
        return new Credentials(bearer, ClientCertificate.of(request));
    }

    private void refuse(
            RoutingContext context, @Nullable Row row, @Nullable Principal principal, Throwable thrown, String id) {
        HttpServerRequest request = context.request();
        HttpServerResponse response = request.response();
        Throwable told = principal == null ? thrown : Failure.toldTo(principal, thrown);
        Failure failure = Failure.of(told, catalog.isOpen(), id);
        if (row != null && row.route.isRun() && principal != null && failure.isOfTheCaller()) {
            callers.wasted(principal);
        }
        if (!response.ended()) {
            audit.note(context, row == null ? null : row.route, principal, id, failure.status());
        }
        if (!response.headWritten()) {
            response.putHeader(REQUEST_ID, id);
            if (failure.status() == 401) {
                response.putHeader("WWW-Authenticate", "Bearer");
            }
        }
        Answer.refuse(request, failure, id);
    }

    private void finish(
            RoutingContext context, @Nullable Row row, @Nullable Principal principal, String id, long start) {
        HttpServerRequest request = context.request();
        end();
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        // Who has hung up was answered nothing, and nobody set a status.
        int status = request.response().headWritten() ? request.response().getStatusCode() : GONE;
        // Of the path no more than the row of the table: it may hold what belongs in no log, and would make meters
        // without end.
        if (ACCESS.isInfoEnabled()) {
            // One text, as the compiler joins it in a third of the time that a logger takes to fill one in.
            ACCESS.info(id + " " + request.method() + " " + (row == null ? "none" : row.template) + " " + status + " "
                    + took.toNanos() / 1000 + " us, " + request.bytesRead() + " bytes in, "
                    + request.response().bytesWritten() + " bytes out, by "
                    + (principal == null ? "-" : principal.name()) + " from "
                    + request.remoteAddress().host());
        }
        timers.record(row == null ? "none" : row.route.id(), Integer.toString(status), took);
    }
}
