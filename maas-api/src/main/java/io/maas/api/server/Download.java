package io.maas.api.server;

import com.google.common.io.ByteSource;
import com.google.common.io.ByteStreams;
import io.maas.error.ArtifactRejectedException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Sends a file bit by bit, each when the one before is on its way: nothing is read ahead for a client that does not read, and no worker
 * waits for one.
 */
final class Download implements Reply.Content.Stream {
    private static final int CHUNK = 256 << 10;
    private static final Pattern RANGE = Pattern.compile("bytes=([0-9]{1,18})-");

    private final Exchange exchange;
    private final ByteSource source;
    private final long from;
    private final long size;

    private Download(Exchange exchange, ByteSource source, long from, long size) {
        this.exchange = exchange;
        this.source = source;
        this.from = from;
        this.size = size;
    }

    /** All of it. */
    static Reply whole(Exchange exchange, ByteSource source, long size) {
        return reply(200, new Download(exchange, source, 0, size));
    }

    /** All of it, or the rest from where the header {@code Range} says; its bytes must be the same each time. */
    static Reply resumable(Exchange exchange, ByteSource source, long size) {
        Matcher range = RANGE.matcher(exchange.header("Range").orElse(""));
        long from = range.matches() ? Long.parseLong(range.group(1)) : 0;
        if (from == 0) {
            return whole(exchange, source, size).withHeader("Accept-Ranges", "bytes");
        }
        if (from >= size) {
            exchange.request().response().putHeader("Content-Range", "bytes */" + size);
            throw new Failure.Refusal(
                    416, "range_too_far", "range begins behind the end (expected: less than " + size + ")");
        }
        return reply(206, new Download(exchange, source, from, size))
                .withHeader("Content-Range", "bytes " + from + "-" + (size - 1) + "/" + size);
    }

    private static Reply reply(int status, Download download) {
        Reply plain = Reply.stream(Reply.BYTES, download)
                .withHeader(HttpHeaders.CONTENT_LENGTH.toString(), Long.toString(download.size - download.from));
        return new Reply(status, plain.type(), plain.headers(), plain.content());
    }

    @Override
    public Future<Void> write(HttpServerResponse response) {
        Promise<Void> ended = Promise.promise();
        response.closeHandler(gone -> ended.tryComplete());
        response.exceptionHandler(gone -> ended.tryComplete());
        return exchange.work(true, this::open).compose(in -> {
            next(response, in, from, ended);
            return ended.future().eventually(() -> exchange.work(true, () -> close(in)));
        });
    }

    private InputStream open() throws IOException {
        InputStream in = source.openStream();
        try {
            // Read, not skipped: what comes later is as it should be only if all of it is.
            ByteStreams.limit(in, from).transferTo(OutputStream.nullOutputStream());
            return in;
        } catch (ArtifactRejectedException e) {
            in.close();
            throw Calls.inside(e);
        } catch (IOException | RuntimeException e) {
            in.close();
            throw e;
        }
    }

    private static boolean close(InputStream in) throws IOException {
        in.close();
        return true;
    }

    private void next(HttpServerResponse response, InputStream in, long sent, Promise<Void> ended) {
        exchange.work(true, () -> in.readNBytes(CHUNK)).onComplete(read -> {
            if (read.failed()) {
                Throwable cause = read.cause();
                ended.tryFail(cause instanceof ArtifactRejectedException damaged ? Calls.inside(damaged) : cause);
            } else if (!ended.future().isComplete()) {
                send(response, in, sent, read.result(), ended);
            }
        });
    }

    private void send(HttpServerResponse response, InputStream in, long sent, byte[] bytes, Promise<Void> ended) {
        long after = sent + bytes.length;
        if (bytes.length == 0 && after < size) {
            ended.tryFail(new IOException("file ended after " + after + " of " + size + " bytes"));
            return;
        }
        Buffer buffer = Buffer.buffer(bytes);
        boolean isLast = after >= size;
        (isLast ? response.end(buffer) : response.write(buffer))
                .onSuccess(written -> {
                    if (isLast) {
                        ended.tryComplete();
                    } else {
                        next(response, in, after, ended);
                    }
                })
                .onFailure(ended::tryFail);
    }
}
