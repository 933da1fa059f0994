package io.maas.api.server;

import io.maas.api.wire.MetadataCodec;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;

/** Sends documents. */
final class Answer {
    /** Bare: KServe's client takes the text of an error only from exactly this content type. */
    private static final String JSON = "application/json";

    private static final MetadataCodec CODEC = new MetadataCodec();

    private Answer() {}

    static void send(HttpServerRequest request, int status, byte[] document) {
        HttpServerResponse response = request.response();
        if (response.ended() || response.closed()) {
            return;
        }
        response.setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, JSON)
                .putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(document.length));
        if (request.method().equals(HttpMethod.HEAD)) {
            response.end();
        } else {
            response.end(Buffer.buffer(document));
        }
    }

    static void send(HttpServerRequest request, Failure failure) {
        Duration retryAfter = failure.retryAfter();
        if (retryAfter != null && !request.response().headWritten()) {
            long seconds = Math.max(1, retryAfter.plusNanos(999_999_999).toSeconds());
            request.response().putHeader(HttpHeaders.RETRY_AFTER, Long.toString(seconds));
        }
        send(request, failure.status(), CODEC.writeError(failure.message()));
    }

    static void refuse(HttpServerRequest request, int status, String message) {
        send(request, status, CODEC.writeError(message));
    }

    /** Answers what is not HTTP, and closes the connection: nobody knows where the next request would begin. */
    static void malformed(HttpServerRequest request) {
        Throwable cause = request.decoderResult().cause();
        request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        if (cause instanceof TooLongHttpLineException) {
            refuse(request, 414, "the address is too long (expected: a path of this server)");
        } else if (cause instanceof TooLongHttpHeaderException) {
            refuse(request, 431, "the headers are too long (expected: fewer or shorter ones)");
        } else {
            refuse(request, 400, "the request is not valid HTTP/1.1");
        }
        request.connection().close();
    }
}
