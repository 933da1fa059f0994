package io.maas.api.server;

import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.AsyncFile;
import io.vertx.core.file.OpenOptions;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes a part of a file to the disk as fast as the disk is. What had come when a connection broke stays, so that the next part goes on
 * there. For one event loop.
 */
final class UploadPart {
    private final Upload upload;
    private final HttpServerRequest request;
    private final long limit;
    private final long from;
    private final Promise<Void> received = Promise.promise();
    private final List<Future<Void>> writing = new ArrayList<>();
    private long bytes;

    private UploadPart(Upload upload, HttpServerRequest request, long from) {
        this.upload = upload;
        this.request = request;
        this.from = from;
        this.limit = upload.missing();
    }

    /** Must be called before the handler of the request returns. */
    static Future<Void> receive(Exchange exchange, Upload upload, long from) {
        HttpServerRequest request = exchange.request();
        UploadPart part = new UploadPart(upload, request, from);
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        // The HTTP decoder has refused what is not a number.
        if (length != null && Long.parseLong(length) > part.limit) {
            return Future.failedFuture(part.tooLong());
        }
        upload.beginPart(from, () -> request.connection().close());
        request.pause();
        return exchange.vertx()
                .fileSystem()
                .open(upload.file().toString(), new OpenOptions().setCreate(false).setRead(false))
                .onFailure(broken -> upload.endPart(0))
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
        request.resume();
        return received.future()
                .transform(done -> Future.join(writing).transform(written -> close(file, written.succeeded(), done)));
    }

    private Future<Void> close(AsyncFile file, boolean written, AsyncResult<Void> done) {
        return file.close().transform(closed -> {
            // Where one of the writes failed nobody knows which bytes are there: those of this part come again.
            upload.endPart(written && closed.succeeded() ? bytes : 0);
            if (done.failed()) {
                return Future.failedFuture(done.cause());
            }
            if (!written || closed.failed()) {
                return Future.failedFuture("a part of an upload could not be written");
            }
            return Future.succeededFuture();
        });
    }

    private void take(AsyncFile file, Buffer chunk) {
        if (received.future().isComplete()) {
            return;
        }
        if (bytes + chunk.length() > limit) {
            received.tryFail(tooLong());
            return;
        }
        writing.removeIf(Future::succeeded);
        writing.add(file.write(chunk, from + bytes));
        bytes += chunk.length();
        if (file.writeQueueFull()) {
            request.pause();
            file.drainHandler(drained -> request.resume());
        }
    }

    private Failure.Refusal tooLong() {
        request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        return new Failure.Refusal(
                413, "upload_too_long", "part is too long (expected: at most " + limit + " bytes, what is missing of the file)");
    }
}
