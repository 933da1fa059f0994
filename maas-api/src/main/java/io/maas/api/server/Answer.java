package io.maas.api.server;

import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import java.time.Duration;

/** Sends what was made. */
final class Answer {
    private Answer() {}

    static Future<Void> send(HttpServerRequest request, Reply reply) {
        HttpServerResponse response = request.response();
        if (response.ended() || response.closed()) {
            return Future.succeededFuture();
        }
        response.setStatusCode(reply.status());
        reply.headers().forEach(response::putHeader);
        response.putHeader(HttpHeaders.CONTENT_TYPE, reply.type());
        if (reply.content() instanceof Reply.Content.Whole whole) {
            response.putHeader(
                    HttpHeaders.CONTENT_LENGTH, Integer.toString(whole.bytes().length()));
            return request.method().equals(HttpMethod.HEAD) ? response.end() : response.end(whole.bytes());
        }
        if (request.method().equals(HttpMethod.HEAD)) {
            return response.end();
        }
        return ((Reply.Content.Stream) reply.content()).write(response);
    }

    /** How long the rest of a body may come after its request was refused, so that the answer is not lost in a reset connection. */
    private static final long LINGER_MS = 1000;

    /** Whether more of the request is to come, or has come and nobody has looked at it. */
    private static boolean hasUnreadBody(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        return !request.isEnded()
                && (request.getHeader(HttpHeaders.TRANSFER_ENCODING) != null
                        || (length != null && !length.equals("0"))
                        || request.version() == HttpVersion.HTTP_2);
    }

    /** Nobody reads on for a request that was refused: its connection ends, or with HTTP/2 its stream. */
    static void send(Vertx vertx, HttpServerRequest request, Failure failure, String id) {
        boolean isUnread = hasUnreadBody(request);
        if (isUnread
                && request.version() != HttpVersion.HTTP_2
                && !request.response().headWritten()) {
            request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        }
        send(request, failure, id);
        if (!isUnread) {
            return;
        }
        if (request.version() == HttpVersion.HTTP_2) {
            request.response().reset(0);
        } else {
            vertx.setTimer(LINGER_MS, timer -> request.connection().close());
        }
    }

    private static void send(HttpServerRequest request, Failure failure, String id) {
        HttpServerResponse response = request.response();
        if (response.ended() || response.closed()) {
            return;
        }
        if (response.headWritten()) {
            // Too late to say so: only a connection that breaks tells the other side that this is not all.
            response.reset();
            return;
        }
        Duration retryAfter = failure.retryAfter();
        if (retryAfter != null) {
            long seconds = Math.max(1, retryAfter.plusNanos(999_999_999).toSeconds());
            response.putHeader(HttpHeaders.RETRY_AFTER, Long.toString(seconds));
        }
        send(request, failure.reply(request.path(), id));
    }

    /** Answers what is not HTTP, and closes the connection: nobody knows where the next request would begin. */
    static void malformed(HttpServerRequest request) {
        Throwable cause = request.decoderResult().cause();
        if (request.version() != HttpVersion.HTTP_2) { // Which has no such header.
            request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        }
        Failure.Refusal refusal;
        if (cause instanceof TooLongHttpLineException) {
            refusal = new Failure.Refusal(
                    414, "address_too_long", "the address is too long (expected: a path of this server)");
        } else if (cause instanceof TooLongHttpHeaderException) {
            refusal = new Failure.Refusal(
                    431, "headers_too_long", "the headers are too long (expected: fewer or shorter ones)");
        } else {
            refusal = new Failure.Refusal(400, "not_http", "the request is not valid HTTP");
        }
        String id = Entrance.newId();
        request.response().putHeader("X-Request-Id", id);
        send(request, Failure.of(refusal, true, id), id);
        request.connection().close();
    }
}
