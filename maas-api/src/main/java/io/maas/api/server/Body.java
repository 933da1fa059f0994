package io.maas.api.server;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;

/** Collects the raw bytes of a request, whatever content type it claims, up to a limit. For one event loop. */
final class Body {
    private final int limit;
    private final Buffer bytes = Buffer.buffer();
    private final Promise<byte[]> complete = Promise.promise();

    private Body(int limit) {
        this.limit = limit;
    }

    /** Must be called before the handler of the request returns. */
    static Future<byte[]> read(HttpServerRequest request, int limit) {
        Body body = new Body(limit);
        if (body.declares(request) > limit) {
            return Future.failedFuture(body.tooLong(request));
        }
        if ("100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT))) {
            request.response().writeContinue();
        }
        request.handler(chunk -> body.take(request, chunk));
        request.exceptionHandler(broken -> body.complete.tryFail(
                new Failure.Refusal(
                        400, "body_broken", "body broke off before its end (expected: as many bytes as announced)")));
        request.endHandler(end -> body.complete.tryComplete(body.bytes.getBytes()));
        return body.complete.future();
    }

    private long declares(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        // The HTTP decoder has refused what is not a number.
        return length == null ? 0 : Long.parseLong(length);
    }

    private void take(HttpServerRequest request, Buffer chunk) {
        if (complete.future().isComplete()) {
            return;
        }
        if (bytes.length() + (long) chunk.length() > limit) {
            complete.tryFail(tooLong(request));
        } else {
            bytes.appendBuffer(chunk);
        }
    }

    private Failure.Refusal tooLong(HttpServerRequest request) {
        if (request.version() != HttpVersion.HTTP_2) { // Which has no such header.
            request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        }
        return new Failure.Refusal(
                413, "body_too_long", "body is too long (expected: at most " + limit + " bytes); send fewer rows in one request");
    }
}
