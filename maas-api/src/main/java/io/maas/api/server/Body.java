package io.maas.api.server;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Collects the raw bytes of a request, whatever content type it claims, up to a limit. Memory is taken for what has come, not for what is
 * announced; a body that comes in one piece is copied once. Long ones are kept in parts and put together by a worker, as to copy tens of
 * megabytes holds up the event loop for as long as all of its other requests take. For one event loop.
 */
final class Body {
    private static final byte[] NONE = {};
    private static final int LONGEST_PART = 1 << 20;

    private final int limit;
    private final Pending.Share share;
    private final long announced;
    private final Promise<byte[]> complete = Promise.promise();
    /** Those that are full. */
    private final List<byte[]> parts = new ArrayList<>(0);

    private byte[] last = NONE;
    private int end;
    private int count;

    private Body(int limit, Pending.Share share, long announced) {
        this.limit = limit;
        this.share = share;
        this.announced = announced;
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
        if (count + (long) chunk.length() > limit) {
            fail(tooLong(request));
            return;
        }
        for (int from = 0; from < chunk.length(); ) {
            if (end == last.length) {
                try {
                    grow(chunk.length() - from);
                } catch (Failure.Refusal e) {
                    fail(e);
                    return;
                }
            }
            int some = Math.min(chunk.length() - from, last.length - end);
            chunk.getBytes(from, from + some, last, end);
            from += some;
            end += some;
            count += some;
        }
    }

    /** Makes room for so many bytes, or some of them. */
    private void grow(int needed) {
        long expected = (announced == 0 ? limit : announced) - count;
        int room = (int) Math.min(LONGEST_PART, Math.max(needed, Math.min(2L * last.length, expected)));
        share.take(room);
        if (end > 0) {
            parts.add(last);
        }
        last = new byte[room];
        end = 0;
    }

    private void fail(Failure.Refusal why) {
        parts.clear();
        last = NONE;
        complete.tryFail(why);
    }

    private void finish(Vertx vertx) {
        if (!complete.future().isComplete()) {
            Work.run(vertx, count >= Work.LONG_FROM_BINARY_BYTES, this::all)
                    .onSuccess(complete::tryComplete)
                    .onFailure(complete::tryFail);
        }
    }

    private byte[] all() {
        if (parts.isEmpty()) {
            return end == last.length ? last : Arrays.copyOf(last, end);
        }
        ByteBuffer all = ByteBuffer.allocate(count);
        parts.forEach(all::put);
        return all.put(last, 0, end).array();
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
