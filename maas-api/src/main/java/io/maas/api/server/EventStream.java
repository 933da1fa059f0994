package io.maas.api.server;

import io.maas.api.job.JobLog;
import io.maas.api.security.Principal;
import io.maas.api.wire.Documents;
import io.maas.api.wire.JobEvent;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a job's log as server-sent events, from a place on, until the job is over. It keeps that place and one piece of the log: a
 * client that stops reading stops this stream, and nothing else.
 *
 * <p>For one event loop, but for what wakes it.
 */
final class EventStream implements Reply.Content.Stream {
    static final String TYPE = "text/event-stream";

    private static final int PIECE = 32 << 10;

    /** How often callers are looked at again: a key may be revoked, or expire. */
    private static final long LOOK_MILLIS = 1000;

    private static final Buffer HEARTBEAT = Buffer.buffer(": still here\n\n");

    private final Exchange exchange;
    private final Health health;
    private final JobLog log;
    private final Watched watched;
    private final Promise<Void> done = Promise.promise();
    private final AtomicBoolean woken = new AtomicBoolean();
    private final long heartbeatMillis;
    private long from;
    private boolean reading;
    private boolean again;
    private @Nullable Runnable release;

    /**
     * How it is cared for.
     *
     * @param heartbeatMillis after how long something is sent though nothing happens
     */
    record Care(Health health, long heartbeatMillis) {}

    /** What happens. */
    interface Watched {
        /** Whether it is over, and its last line written; asked on a worker's thread. */
        boolean isOver();

        /** Throws if somebody may not watch it any more. */
        void require(Principal principal);
    }

    EventStream(Exchange exchange, Care care, JobLog log, Watched watched, long from) {
        this.exchange = exchange;
        this.health = care.health;
        this.heartbeatMillis = care.heartbeatMillis;
        this.log = log;
        this.watched = watched;
        this.from = from;
    }

    @Override
    public Future<Void> write(HttpServerResponse response) {
        response.setChunked(true);
        Context context = exchange.vertx().getOrCreateContext();
        Runnable wake = () -> {
            if (woken.compareAndSet(false, true)) {
                context.runOnContext(go -> {
                    woken.set(false);
                    pump(response);
                });
            }
        };
        Runnable drain = () -> context.runOnContext(go -> finish(response));
        long timer = exchange.vertx().setPeriodic(heartbeatMillis, tick -> beat(response));
        long looks = exchange.vertx().setPeriodic(LOOK_MILLIS, tick -> look(response));
        release = () -> {
            log.unwatch(wake);
            health.forget(drain);
            exchange.vertx().cancelTimer(timer);
            exchange.vertx().cancelTimer(looks);
        };
        response.exceptionHandler(broken -> stop());
        response.closeHandler(closed -> stop());
        response.drainHandler(room -> pump(response));
        log.watch(wake);
        health.onDrain(drain);
        // Headers at once, so that the client knows that it is heard.
        response.write(HEARTBEAT).onFailure(broken -> stop());
        pump(response);
        return done.future();
    }

    /** Who would not be let in now hears nothing more but why. */
    private void look(HttpServerResponse response) {
        try {
            watched.require(exchange.again().get());
        } catch (RuntimeException e) {
            if (!done.future().isComplete() && !response.closed()) {
                response.write(Buffer.buffer("event: error\ndata: ")
                        .appendBytes(Failure.of(e, true, exchange.id()).document(exchange.id()))
                        .appendString("\n\n"));
            }
            finish(response);
        }
    }

    private void beat(HttpServerResponse response) {
        if (!done.future().isComplete() && !response.writeQueueFull()) {
            response.write(HEARTBEAT).onFailure(broken -> stop());
        }
    }

    /**
     * A piece of the log.
     *
     * @param last whether nothing comes behind it
     */
    private record Piece(List<JobLog.Line> lines, boolean last) {}

    private void pump(HttpServerResponse response) {
        if (done.future().isComplete() || response.writeQueueFull()) {
            return;
        }
        if (reading) {
            again = true;
            return;
        }
        reading = true;
        again = false;
        long start = from;
        exchange.work(true, () -> {
                    // In this order: what was written before the job was over is read after.
                    boolean ended = watched.isOver();
                    List<JobLog.Line> lines = log.read(start, PIECE);
                    return new Piece(lines, ended && lines.isEmpty());
                })
                .onComplete(read -> {
                    reading = false;
                    if (read.failed() || read.result().last()) {
                        finish(response);
                        return;
                    }
                    send(response, read.result().lines());
                });
    }

    private void send(HttpServerResponse response, List<JobLog.Line> lines) {
        if (done.future().isComplete()) {
            return;
        }
        if (!lines.isEmpty()) {
            from = lines.get(lines.size() - 1).end();
            response.write(buffer(lines)).onFailure(broken -> stop());
        }
        if (!lines.isEmpty() || again) {
            pump(response);
        }
    }

    private static Buffer buffer(List<JobLog.Line> lines) {
        Buffer buffer = Buffer.buffer();
        for (JobLog.Line line : lines) {
            String type = Documents.read(line.json().getBytes(StandardCharsets.UTF_8), JobEvent.class)
                    .type();
            buffer.appendString("id: " + line.end() + "\nevent: " + type + "\ndata: ")
                    .appendString(line.json())
                    .appendString("\n\n");
        }
        return buffer;
    }

    private void finish(HttpServerResponse response) {
        if (!done.future().isComplete()) {
            stop();
            if (!response.ended() && !response.closed()) {
                response.end();
            }
        }
    }

    private void stop() {
        if (release != null) {
            release.run();
            release = null;
        }
        done.tryComplete();
    }
}
