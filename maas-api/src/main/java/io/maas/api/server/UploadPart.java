package io.maas.api.server;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.AsyncFile;
import io.vertx.core.file.OpenOptions;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;

/**
 * Takes a part of a file to the disk as fast as the disk is: each piece is asked for when the one before is written. What was written when
 * a connection broke stays, so that the next part goes on there. For one event loop.
 */
final class UploadPart {
    private final Exchange exchange;
    private final Upload upload;
    private final HttpServerRequest request;
    private final Promise<Void> received = Promise.promise();
    private Future<Void> writing = Future.succeededFuture();

    private UploadPart(Exchange exchange, Upload upload) {
        this.exchange = exchange;
        this.upload = upload;
        this.request = exchange.request();
    }

    /** Must be called before the handler of the request returns. */
    static Future<Void> receive(Exchange exchange, Upload upload, long from) {
        HttpServerRequest request = exchange.request();
        UploadPart part = new UploadPart(exchange, upload);
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        // The HTTP decoder has refused what is not a number.
        if (length != null && Long.parseLong(length) > upload.missing()) {
            return Future.failedFuture(part.tooLong());
        }
        upload.beginPart(from, () -> request.connection().close());
        request.pause();
        return exchange.vertx()
                .fileSystem()
                .open(
                        upload.file().toString(),
                        new OpenOptions().setCreate(false).setRead(false))
                .onFailure(broken -> upload.endPart())
                .compose(part::receive);
    }

    private Future<Void> receive(AsyncFile file) {
        request.handler(chunk -> take(file, chunk));
        request.exceptionHandler(broken -> received.tryFail(new Failure.Refusal(
                400, "body_broken", "part broke off before its end; what had come is kept, go on at the offset")));
        request.endHandler(end -> received.tryComplete());
        if ("100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT))) {
            request.response().writeContinue();
        }
        request.fetch(1);
        return received.future()
                .eventually(() -> writing.otherwiseEmpty().eventually(file::close))
                .eventually(this::giveBack)
                .onComplete(done -> upload.endPart());
    }

    /** Of a full disk no file that is not whole holds room. */
    private Future<Void> giveBack() {
        Throwable cause = received.future().cause();
        if (cause == null || !Failure.isFullDisk(cause)) {
            return Future.succeededFuture();
        }
        return exchange.work(true, () -> {
                    upload.restart();
                    return true;
                })
                .mapEmpty();
    }

    private void take(AsyncFile file, Buffer chunk) {
        if (received.future().isComplete()) {
            return;
        }
        if (chunk.length() > upload.missing()) {
            received.tryFail(tooLong());
            return;
        }
        writing = file.write(chunk, upload.offset())
                .onSuccess(written -> {
                    upload.advance(chunk.length());
                    request.fetch(1);
                })
                .onFailure(received::tryFail);
    }

    private Failure.Refusal tooLong() {
        request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        return new Failure.Refusal(
                413,
                "upload_too_long",
                "part is too long (expected: at most " + upload.missing() + " bytes, what is missing of the file)");
    }
}
