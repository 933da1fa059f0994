package io.maas.api.server;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.Arrays;

/**
 * Collects the raw bytes of a request, whatever content type it claims, up to a limit. Memory is taken for what has come, not for what is
 * announced; a body that comes in one piece is copied once. For one event loop.
 */
final class Body {
    private static final byte[] NONE = {};

    private final int limit;
    private final Pending.Share share;
    private final long announced;
    private final Promise<byte[]> complete = Promise.promise();
    private byte[] bytes = NONE;
    private int count;

    private Body(int limit, Pending.Share share, long announced) {
        this.limit = limit;
        this.share = share;
        this.announced = announced;
    }

    /** Must be called before the handler of the request returns. */
    static Future<byte[]> read(HttpServerRequest request, int limit, Pending.Share share) {
        Body body = new Body(limit, share, announces(request));
        if (body.announced > limit) {
            return Future.failedFuture(body.tooLong(request));
        }
        if ("100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT))) {
            request.response().writeContinue();
        }
        request.handler(chunk -> body.take(request, chunk));
        request.exceptionHandler(broken -> body.complete.tryFail(new Failure.Refusal(
                400, "body_broken", "body broke off before its end (expected: as many bytes as announced)")));
        request.endHandler(end -> body.complete.tryComplete(body.all()));
        share.onGivenUp(body.complete::tryFail);
        return body.complete.future().onComplete(done -> body.share.release());
    }

    private static long announces(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        // The HTTP decoder has refused what is not a number.
        return length == null ? 0 : Long.parseLong(length);
    }

    private void take(HttpServerRequest request, Buffer chunk) {
        if (complete.future().isComplete()) {
            return;
        }
        long needed = count + (long) chunk.length();
        if (needed > limit) {
            bytes = NONE;
            complete.tryFail(tooLong(request));
            return;
        }
        if (needed > bytes.length) {
            long room = Math.max(needed, Math.min(2L * bytes.length, announced == 0 ? limit : announced));
            try {
                share.take(room - bytes.length);
            } catch (Failure.Refusal e) {
                bytes = NONE;
                complete.tryFail(e);
                return;
            }
            bytes = Arrays.copyOf(bytes, (int) room);
        }
        chunk.getBytes(bytes, count);
        count = (int) needed;
    }

    private byte[] all() {
        return count == bytes.length ? bytes : Arrays.copyOf(bytes, count);
    }

    private Failure.Refusal tooLong(HttpServerRequest request) {
        if (request.version() != HttpVersion.HTTP_2) { // Which has no such header.
            request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        }
        return new Failure.Refusal(
                413,
                "body_too_long",
                "body is too long (expected: at most " + limit + " bytes); send fewer rows in one request");
    }
}
