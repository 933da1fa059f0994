package io.maas.api.server;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;

/**
 * Collects the raw bytes of a request, whatever content type it claims, up to a limit. For one event loop.
 */
final class Body {
    private final int limit;
    private final Pending.Share share;
    private final long announced;
    private final Promise<byte[]> complete = Promise.promise();
    private Pieces pieces;

    private Body(int limit, Pending.Share share, long announced) {
        this.limit = limit;
        this.share = share;
        this.announced = announced;
        this.pieces = new Pieces(share);
    }

    /** Must be called before the handler of the request returns. */
    static Future<byte[]> read(Vertx vertx, HttpServerRequest request, int limit, Pending.Share share) {
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
        request.endHandler(end -> body.finish(vertx));
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
        if (pieces.length() + (long) chunk.length() > limit) {
            fail(tooLong(request));
            return;
        }
        try {
            pieces.add(chunk, 0, chunk.length(), (announced == 0 ? limit : announced) - pieces.length());
        } catch (Failure.Refusal e) {
            fail(e);
        }
    }

    private void fail(Failure.Refusal why) {
        pieces = new Pieces(share); // What has come is nobody's.
        complete.tryFail(why);
    }

    private void finish(Vertx vertx) {
        if (!complete.future().isComplete()) {
            Work.run(vertx, pieces.length() >= Work.LONG_FROM_BINARY_BYTES, pieces::all)
                    .onSuccess(complete::tryComplete)
                    .onFailure(complete::tryFail);
        }
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
