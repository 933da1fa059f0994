package io.maas.api.server;

import io.maas.api.security.Principal;
import io.maas.api.security.Role;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happens to every call by gRPC around its endpoint, as {@link Entrance} has it for all other requests: an id, who sent it and
 * whether they may, before anything of a message is read; a line in the log, and a meter.
 *
 * <p>The framing is this server's own, on HTTP/2 as Vert.x has it: compressed messages are inflated up to the limit and no further,
 * deadlines may be shorter than a millisecond, and who reads slowly is answered slowly.
 */
final class GrpcGate implements Handler<HttpServerRequest> {
    private static final Logger ACCESS = LoggerFactory.getLogger("io.maas.api.access");
    private static final String REQUEST_ID = "X-Request-Id";
    private static final Pattern CONTENT_TYPE = Pattern.compile("application/grpc(\\+proto)?(;.*)?");

    /** Longer is as good as forever, and still fits a count of nanoseconds. */
    private static final Duration LONGEST = Duration.ofDays(365);

    /** The code of HTTP/2 that says that nothing is wrong, only that nothing more is wanted. */
    private static final long NO_ERROR = 0;

    private final Vertx vertx;
    private final Entrance entrance;
    private final Catalog catalog;
    private final ServerOptions options;
    private final Map<String, GrpcMethod> methods;
    private final Timers timers;

    /** @throws IllegalStateException if two methods have the same path */
    GrpcGate(Vertx vertx, Entrance entrance, Catalog catalog, ServerOptions options, List<GrpcMethod> methods) {
        this.vertx = vertx;
        this.entrance = entrance;
        this.catalog = catalog;
        this.options = options;
        this.timers = new Timers(options.meters(), "maas.grpc.requests", "calls by gRPC that ended");
        this.methods = methods.stream().collect(Collectors.toUnmodifiableMap(GrpcMethod::path, Function.identity()));
    }

    /** Whether a request is one by gRPC; all others have another handler. */
    static boolean takes(HttpServerRequest request) {
        if (request.version() != HttpVersion.HTTP_2) {
            return false;
        }
        String type = request.getHeader(HttpHeaders.CONTENT_TYPE);
        return type != null && type.startsWith(GrpcCall.CONTENT_TYPE);
    }

    @Override
    public void handle(HttpServerRequest request) {
        String id = Entrance.id(request);
        long start = System.nanoTime();
        entrance.begin();
        request.response().putHeader(REQUEST_ID, id).putHeader("grpc-accept-encoding", GrpcEncoding.NAMES);
        GrpcMethod method = methods.get(String.valueOf(request.path()));
        Principal principal = null;
        try {
            principal = entrance.admit(request, method == null ? Access.toAny(Role.values()) : method.access());
            requireGrpc(request);
            if (method == null) {
                throw new Failure.Refusal(
                        501, "no_such_method", "no such method (expected: one of the Open Inference Protocol)");
            }
            // For which model is in the message; who has no role for any need not send it.
            Access access = method.access().scope() == Access.Scope.MODEL
                    ? new Access(method.access().roles(), Access.Scope.ANYTHING)
                    : method.access();
            Callers.requirePermitted(principal, access, null);
            if (method.isRun()) {
                callers().requireCredit(principal);
            } else {
                callers().count(principal, access);
            }
            GrpcCall.Terms terms = new GrpcCall.Terms(
                    id,
                    GrpcEncoding.of(request.getHeader("grpc-encoding")),
                    options.limits(),
                    entrance.pending(),
                    deadline(request, start));
            GrpcCall call = new GrpcCall(vertx, request, this, method, principal, terms);
            call.start(status -> note(request, method, asked(call, id, start), status))
                    .onSuccess(status -> finish(request, method, asked(call, id, start), status));
        } catch (RuntimeException e) {
            GrpcStatus status = GrpcStatus.of(failure(e, id), id);
            Asked asked = new Asked(id, start, principal, null);
            note(request, method, asked, status);
            refuse(request, status).onComplete(sent -> finish(request, method, asked, status));
        }
    }

    /** Who sent a request that was let in before: a key may have expired since. */
    Principal known(HttpServerRequest request, Access access) {
        return entrance.known(request, access);
    }

    Callers callers() {
        return entrance.callers();
    }

    Failure failure(Throwable thrown, String id) {
        return Failure.of(thrown, catalog.isOpen(), id);
    }

    private static void requireGrpc(HttpServerRequest request) {
        if (!request.method().equals(HttpMethod.POST)) {
            throw new Failure.Refusal(501, "method_not_allowed", "method is not allowed here (expected: POST)");
        }
        if (!CONTENT_TYPE.matcher(request.getHeader(HttpHeaders.CONTENT_TYPE)).matches()) {
            throw new Failure.Refusal(
                    415,
                    "unsupported_type",
                    "content type is not supported (expected: application/grpc, messages as protobuf)");
        }
    }

    private static @Nullable Long deadline(HttpServerRequest request, long start) {
        String timeout = request.getHeader("grpc-timeout");
        if (timeout == null) {
            return null;
        }
        Duration patience = Deadlines.grpc(timeout);
        return start + (patience.compareTo(LONGEST) < 0 ? patience : LONGEST).toNanos();
    }

    /** Tells a client how its call ended, and to send no more of it; the future ends when that is sent. */
    Future<Void> refuse(HttpServerRequest request, GrpcStatus status) {
        HttpServerResponse response = request.response();
        if (response.ended() || response.closed()) {
            return Future.succeededFuture();
        }
        boolean alone = !response.headWritten();
        if (alone) {
            // All in the head of the answer, which is its end as well.
            response.putHeader(HttpHeaders.CONTENT_TYPE, GrpcCall.CONTENT_TYPE)
                    .putHeader("grpc-status", Integer.toString(status.code().value()))
                    .putHeader("grpc-message", status.encodedMessage())
                    .putHeader("grpc-status-details-bin", status.details());
        } else {
            response.putTrailer("grpc-status", Integer.toString(status.code().value()))
                    .putTrailer("grpc-message", status.encodedMessage())
                    .putTrailer("grpc-status-details-bin", status.details());
        }
        Future<Void> sent = response.end();
        if (alone && !request.isEnded()) {
            response.reset(NO_ERROR);
        }
        return sent;
    }

    /** By whom a call was made, when, and for which model, as far as that is known. */
    private record Asked(
            String id,
            long start,
            @Nullable Principal principal,
            @Nullable String model) {}

    private static Asked asked(GrpcCall call, String id, long start) {
        return new Asked(id, start, call.principal(), call.subject());
    }

    private static String path(@Nullable GrpcMethod method) {
        return method == null ? "none" : method.path();
    }

    /** Into the audit log, before the client hears of it. */
    private void note(HttpServerRequest request, @Nullable GrpcMethod method, Asked asked, GrpcStatus status) {
        Map<String, String> target = asked.model == null ? Map.of() : Map.of("model", asked.model);
        entrance.audit()
                .note(
                        request,
                        new Audit.Asked(asked.id, path(method), method != null && method.isChange(), target),
                        asked.principal,
                        status.http());
    }

    private void finish(HttpServerRequest request, @Nullable GrpcMethod method, Asked asked, GrpcStatus status) {
        entrance.end();
        Duration took = Duration.ofNanos(System.nanoTime() - asked.start);
        String path = path(method);
        if (ACCESS.isInfoEnabled()) {
            ACCESS.info(asked.id + " gRPC " + path + " " + status.code() + " " + took.toNanos() / 1000 + " us, "
                    + request.bytesRead() + " bytes in, " + request.response().bytesWritten() + " bytes out, by "
                    + (asked.principal == null ? "-" : asked.principal.name()) + " from "
                    + request.remoteAddress().host());
        }
        timers.record(path, status.code().name(), took);
    }
}
