package io.maas.api.server;

import io.maas.api.job.JobLog;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.util.List;

/** The lines of a log up to some place, a piece at a time. For one event loop. */
final class LogStream implements Reply.Content.Stream {
    private static final int PIECE = 64 << 10;

    private final Exchange exchange;
    private final JobLog log;
    private final long end;
    private long from;

    LogStream(Exchange exchange, JobLog log, long from, long end) {
        this.exchange = exchange;
        this.log = log;
        this.from = from;
        this.end = end;
    }

    @Override
    public Future<Void> write(HttpServerResponse response) {
        response.setChunked(true);
        return rest(response);
    }

    private Future<Void> rest(HttpServerResponse response) {
        if (from >= end) {
            return response.end();
        }
        return exchange.work(true, () -> log.read(from, PIECE)).compose(lines -> {
            from = lines.isEmpty() ? end : lines.get(lines.size() - 1).end();
            return drained(response, response.write(buffer(lines))).compose(written -> rest(response));
        });
    }

    private static Buffer buffer(List<JobLog.Line> lines) {
        Buffer buffer = Buffer.buffer();
        lines.forEach(line -> buffer.appendBytes(line.json()).appendByte((byte) '\n'));
        return buffer;
    }

    /** Ends when there is room for more. */
    private static Future<Void> drained(HttpServerResponse response, Future<Void> written) {
        if (!response.writeQueueFull()) {
            return written;
        }
        Promise<Void> room = Promise.promise();
        response.drainHandler(drain -> room.tryComplete());
        response.closeHandler(closed -> room.tryFail(new java.io.IOException("closed")));
        return room.future();
    }
}
