package io.maas.api.server;

import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.Future;
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

    /** Whether more of the request is to come, or has come and nobody has looked at it. */
    private static boolean hasUnreadBody(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        return !request.isEnded()
                && (request.getHeader(HttpHeaders.TRANSFER_ENCODING) != null
                        || (length != null && !length.equals("0"))
                        || request.version() == HttpVersion.HTTP_2);
    }

    /** Nobody reads on for a request that was refused: its connection ends, or with HTTP/2 its stream. */
    static void refuse(HttpServerRequest request, Failure failure, String id) {
        boolean isUnread = hasUnreadBody(request);
        boolean isStream = request.version() == HttpVersion.HTTP_2;
        if (isUnread && !isStream) {
            sendLast(request, failure, id);
            return;
        }
        send(request, failure, id);
        if (isUnread) {
            request.response().reset(0);
        }
    }

    /** Nothing of a connection by HTTP/1 is looked at behind the answer to this request. */
    private static void sendLast(HttpServerRequest request, Failure failure, String id) {
        HttpServerResponse response = request.response();
        if (!response.headWritten()) {
            response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        }
        Connections.endSoon(request.connection());
        send(request, failure, id).onComplete(sent -> Connections.endOutput(request.connection()));
    }

    private static Future<Void> send(HttpServerRequest request, Failure failure, String id) {
        HttpServerResponse response = request.response();
        if (response.ended() || response.closed()) {
            return Future.succeededFuture();
        }
        if (response.headWritten()) {
            // Too late to say so: only a connection that breaks tells the other side that this is not all.
            response.reset();
            return Future.succeededFuture();
        }
        Duration retryAfter = failure.retryAfter();
        if (retryAfter != null) {
            long seconds = Math.max(1, retryAfter.plusNanos(999_999_999).toSeconds());
            response.putHeader(HttpHeaders.RETRY_AFTER, Long.toString(seconds));
        }
        return send(request, failure.reply(request.path(), id));
    }

    /** Answers what is not HTTP, and closes the connection: nobody knows where the next request would begin. */
    static void malformed(HttpServerRequest request) {
        Throwable cause = request.decoderResult().cause();
        Failure.Refusal refusal;
        if (cause instanceof Failure.Refusal known) {
            refusal = known;
        } else if (cause instanceof TooLongHttpLineException) {
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
        Failure failure = Failure.of(refusal, true, id);
        if (request.version() == HttpVersion.HTTP_2) {
            send(request, failure, id);
            request.connection().close();
        } else {
            sendLast(request, failure, id);
        }
    }
}
