package io.maas.api.server;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.nio.ByteBuffer;

/**
 * Pours the body of a request into something slow, a piece at a time: no more is read from the network than was taken. For one event loop.
 */
final class Inflow {
    /** Takes a piece, on a worker's thread. */
    interface Sink {
        void take(ByteBuffer piece) throws Exception;
    }

    private final Exchange exchange;
    private final Sink sink;
    private final Promise<Void> done = Promise.promise();
    private boolean taking;
    private boolean ended;

    private Inflow(Exchange exchange, Sink sink) {
        this.exchange = exchange;
        this.sink = sink;
    }

    /** Stops the body from coming, which must be done before the handler of the request returns. */
    static void hold(HttpServerRequest request) {
        request.pause();
    }

    /** Lets a body come that was held. */
    static Future<Void> pour(Exchange exchange, Sink sink) {
        Inflow inflow = new Inflow(exchange, sink);
        HttpServerRequest request = exchange.request();
        if (Compression.isNeeded(request.getHeader(HttpHeaders.CONTENT_ENCODING))) {
            return Future.failedFuture(new Failure.Refusal(
                    415, "unsupported_encoding", "files are taken as they are (expected: no Content-Encoding)"));
        }
        if ("100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT))) {
            request.response().writeContinue();
        }
        request.handler(inflow::take);
        request.endHandler(end -> inflow.end());
        request.exceptionHandler(broken -> inflow.done.tryFail(new Failure.Refusal(
                400, "body_broken", "body broke off before its end (expected: as many bytes as announced)")));
        request.fetch(1);
        return inflow.done.future();
    }

    private void take(Buffer piece) {
        if (done.future().isComplete()) {
            return;
        }
        taking = true;
        byte[] bytes = piece.getBytes();
        exchange.work(true, () -> {
                    sink.take(ByteBuffer.wrap(bytes));
                    return true;
                })
                .onComplete(taken -> {
                    taking = false;
                    if (taken.failed()) {
                        done.tryFail(taken.cause());
                    } else if (ended) {
                        done.tryComplete();
                    } else {
                        exchange.request().fetch(1);
                    }
                });
    }

    private void end() {
        ended = true;
        if (!taking) {
            done.tryComplete();
        }
    }

    /** After a refusal: what still comes is thrown away, and the connection closes behind the answer. */
    static void refuseRest(HttpServerRequest request) {
        if (!request.isEnded()) {
            request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
            request.handler(piece -> {});
            request.resume();
        }
    }
}
