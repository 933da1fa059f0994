package io.maas.api.server;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.MessageLite;
import io.maas.api.security.Principal;
import io.maas.error.DeadlineExceededException;
import io.maas.registry.Change;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A call that was let in: the messages that come, those that go, and how it ends. As soon as nobody waits for it any more, by its
 * deadline or because the client has gone, what was begun for it is cancelled. For the event loop that it came on.
 */
final class GrpcCall {
    static final String CONTENT_TYPE = "application/grpc";

    /** Messages are copied, not parsed value by value: less is done faster than handed over. */
    private static final int LONG_FROM_BYTES = 256 << 10;

    private static final int PREFIX_BYTES = 5;
    private static final long NO_TIMER = -1;

    private final Vertx vertx;
    private final HttpServerRequest request;
    private final GrpcGate gate;
    private final GrpcMethod method;
    private final Terms terms;
    private final Pending.Share share;
    private final GrpcFrames frames;
    private final Map<Long, CompletableFuture<?>> work = new HashMap<>();
    private final Promise<GrpcStatus> ended = Promise.promise();
    private Principal principal;
    private Handler<GrpcFrames.Frame> onMessage = frame -> {};
    private Runnable onEnd = () -> {};
    private Consumer<GrpcStatus> onEnding = status -> {};
    private GrpcFrames.@Nullable Frame first;
    private @Nullable String subject;
    private long begun;
    private boolean over;
    private boolean paused;
    private boolean halfClosed;
    private boolean endSeen;
    private long deadlineTimer = NO_TIMER;
    private long arrivalTimer = NO_TIMER;

    /**
     * Under which a call is answered.
     *
     * @param id what logs and answers call it
     * @param pending of all messages of the server
     * @param deadline by {@link System#nanoTime}, null for none
     */
    record Terms(
            String id,
            GrpcEncoding encoding,
            ServerLimits limits,
            Pending pending,
            @Nullable Long deadline) {}

    GrpcCall(
            Vertx vertx,
            HttpServerRequest request,
            GrpcGate gate,
            GrpcMethod method,
            Principal principal,
            Terms terms) {
        this.vertx = vertx;
        this.request = request;
        this.gate = gate;
        this.method = method;
        this.principal = principal;
        this.terms = terms;
        this.share = terms.pending.share();
        this.frames = new GrpcFrames(terms.limits.maxBodyBytes(), share);
    }

    /**
     * Lets the endpoint have it; the future ends with the status that the client was given.
     *
     * @param onEnding hears of the status before the client does
     */
    Future<GrpcStatus> start(Consumer<GrpcStatus> onEnding) {
        this.onEnding = onEnding;
        HttpServerResponse response = request.response();
        request.exceptionHandler(broken -> abandon());
        response.exceptionHandler(broken -> abandon());
        response.closeHandler(closed -> abandon());
        request.handler(chunk -> {
            if (!isOver()) { // What comes for a call that is over is nobody's.
                frames.feed(chunk);
                pump();
            }
        });
        request.endHandler(end -> {
            halfClosed = true;
            pump();
        });
        Long deadline = terms.deadline;
        if (deadline != null) {
            long millis = Math.max(
                    1,
                    Duration.ofNanos(deadline - System.nanoTime())
                            .plusNanos(999_999)
                            .toMillis());
            deadlineTimer = vertx.setTimer(millis, timer -> fail(expired()));
        }
        try {
            method.endpoint().start(this);
        } catch (RuntimeException e) {
            fail(e);
        }
        awaitMore();
        return ended.future();
    }

    Vertx vertx() {
        return vertx;
    }

    Principal principal() {
        return principal;
    }

    /** Who changes something by this call, and why as they said in its metadata. */
    Change change() {
        return Reason.of(principal.name(), request.getHeader(Reason.HEADER));
    }

    /** Whether a flag is set in the metadata that the client sent. */
    boolean isSet(String flag) {
        return "true".equalsIgnoreCase(request.getHeader(flag));
    }

    boolean isOver() {
        return over;
    }

    // ---- messages that come

    /** Must be called before the endpoint's method returns. */
    void messages(Handler<GrpcFrames.Frame> taker, Runnable end) {
        onMessage = taker;
        onEnd = end;
    }

    /** The one message of a call that has just one. */
    Future<GrpcFrames.Frame> only() {
        Promise<GrpcFrames.Frame> only = Promise.promise();
        messages(
                frame -> {
                    if (first != null) {
                        throw new Failure.Refusal(400, "not_grpc", "more than one message (expected: one)");
                    }
                    first = frame;
                },
                () -> {
                    GrpcFrames.Frame frame = first;
                    if (frame == null) {
                        throw new Failure.Refusal(400, "not_grpc", "no message (expected: one)");
                    }
                    only.complete(frame);
                });
        return only.future();
    }

    /** Takes no more messages until {@link #resume}; the client soon notices. */
    void pause() {
        if (!paused) {
            paused = true;
            stopWaiting();
            if (!request.isEnded()) {
                request.pause();
            }
        }
    }

    void resume() {
        if (paused) {
            paused = false;
            if (!request.isEnded()) {
                request.resume();
            }
            vertx.runOnContext(later -> pump());
        }
    }

    private void pump() {
        try {
            while (!paused && !isOver()) {
                GrpcFrames.Frame frame = frames.next();
                if (frame == null) {
                    break;
                }
                onMessage.handle(frame);
            }
            if (!paused && halfClosed && !endSeen && !isOver()) {
                endSeen = true;
                if (frames.isPartial()) {
                    throw new Failure.Refusal(
                            400,
                            "body_broken",
                            "a message broke off before its end (expected: as many bytes as announced)");
                }
                onEnd.run();
            }
        } catch (RuntimeException e) {
            fail(e);
        }
        awaitMore();
    }

    // Whoever has begun a message, or has not begun the only one, must get on with it.
    private void awaitMore() {
        boolean waits = !isOver() && !paused && !halfClosed && (frames.isPartial() || onlyOne());
        if (!waits) {
            stopWaiting();
        } else if (arrivalTimer == NO_TIMER) {
            arrivalTimer = vertx.setTimer(
                    terms.limits.requestTimeout().toMillis(),
                    timer -> fail(new Failure.Refusal(
                            408,
                            "request_timeout",
                            "a message did not arrive within " + terms.limits.requestTimeout()
                                    + " (expected: all of it); send it faster, or less")));
        }
    }

    private boolean onlyOne() {
        return !(method.endpoint() instanceof GrpcEndpoint.Streaming);
    }

    private void stopWaiting() {
        if (arrivalTimer != NO_TIMER) {
            vertx.cancelTimer(arrivalTimer);
            arrivalTimer = NO_TIMER;
        }
    }

    boolean isLong(GrpcFrames.Frame frame) {
        return frame.compressed() || frame.length() >= LONG_FROM_BYTES;
    }

    byte[] decode(GrpcFrames.Frame frame) {
        return terms.encoding.decode(frame, terms.limits.maxBodyBytes());
    }

    // ---- who may, and how long it may take

    /**
     * Requires that the caller may have something of a model.
     *
     * @param model null for none in particular
     */
    void authorize(@Nullable String model) {
        subject = model;
        Callers.requirePermitted(principal, method.access(), model);
    }

    /** The model that it was last about, null for none. */
    @Nullable
    String subject() {
        return subject;
    }

    /** Finds out again who the caller is: a key may have expired since the call began. */
    void authenticate() {
        principal = gate.known(request, method.access());
        gate.callers().requireCredit(principal);
    }

    /** What is left of the client's patience, null if it has no end. */
    @Nullable
    Duration remaining() {
        Long deadline = terms.deadline;
        if (deadline == null) {
            return null;
        }
        long left = deadline - System.nanoTime();
        if (left <= 0) {
            throw expired();
        }
        return Duration.ofNanos(left);
    }

    private static DeadlineExceededException expired() {
        return new DeadlineExceededException(
                "deadline exceeded before an answer was there (expected: more time); allow more time or send less");
    }

    /** Does something here, or on a worker's thread if it takes long. */
    <T> Future<T> work(boolean isLong, Callable<T> task) {
        return Work.run(vertx, isLong, task);
    }

    /** Waits for something that is cancelled if this call ends before. */
    <T> Future<T> await(CompletableFuture<T> future) {
        long number = begun++;
        if (isOver()) {
            future.cancel(true);
        } else {
            work.put(number, future);
        }
        return Future.fromCompletionStage(future, vertx.getOrCreateContext()).onComplete(done -> work.remove(number));
    }

    /** Does something when the server begins to close, if the call goes on until then. */
    void onClosing(Health health, Runnable action) {
        Context context = vertx.getOrCreateContext();
        Runnable told = () -> context.runOnContext(go -> action.run());
        health.onDrain(told);
        ended.future().onComplete(done -> health.forget(told));
    }

    // ---- messages that go

    /** Whether the client reads more slowly than it is answered; {@link #onDrain} says when that is over. */
    boolean isFull() {
        return !isOver() && request.response().writeQueueFull();
    }

    void onDrain(Runnable handler) {
        request.response().drainHandler(drained -> handler.run());
    }

    /** A message as it is sent. */
    Future<Buffer> frame(MessageLite message) {
        return work(message.getSerializedSize() >= LONG_FROM_BYTES, () -> framed(message));
    }

    private static Buffer framed(MessageLite message) {
        int size = message.getSerializedSize();
        byte[] bytes = new byte[PREFIX_BYTES + size];
        ByteBuffer.wrap(bytes).putInt(1, size);
        CodedOutputStream out = CodedOutputStream.newInstance(bytes, PREFIX_BYTES, size);
        try {
            message.writeTo(out);
        } catch (IOException e) {
            throw new IllegalStateException(e); // There is no file.
        }
        return Buffer.buffer(bytes);
    }

    /** Sends one of several messages. */
    void write(Buffer frame) {
        if (!isOver()) {
            HttpServerResponse response = request.response();
            if (!response.headWritten()) {
                response.putHeader(HttpHeaders.CONTENT_TYPE, CONTENT_TYPE);
            }
            response.write(frame);
        }
    }

    /** Sends the only message and ends well. */
    Future<Void> end(MessageLite message) {
        return frame(message).onSuccess(this::end).mapEmpty();
    }

    /** Ends well, after all messages. */
    void end() {
        end(Buffer.buffer());
    }

    private void end(Buffer last) {
        if (isOver()) {
            return;
        }
        HttpServerResponse response = request.response();
        if (!response.headWritten()) {
            response.putHeader(HttpHeaders.CONTENT_TYPE, CONTENT_TYPE);
        }
        response.putTrailer("grpc-status", "0");
        close(GrpcStatus.OK);
        response.end(last).onComplete(sent -> ended.complete(GrpcStatus.OK));
    }

    /** Ends with what an exception means to clients. */
    void fail(Throwable thrown) {
        if (isOver()) {
            return;
        }
        GrpcStatus status = GrpcStatus.of(failure(thrown), terms.id);
        close(status);
        gate.refuse(request, status).onComplete(sent -> ended.complete(status));
    }

    /** What an exception means to clients. */
    Failure failure(Throwable thrown) {
        Failure failure = gate.failure(Failure.toldTo(principal, thrown), terms.id);
        if (method.isRun() && failure.isOfTheCaller()) {
            gate.callers().wasted(principal);
        }
        return failure;
    }

    /** The client has gone: nobody is left to be told anything. */
    private void abandon() {
        if (!isOver()) {
            close(GrpcStatus.GONE);
            ended.complete(GrpcStatus.GONE);
        }
    }

    private void close(GrpcStatus status) {
        over = true;
        onEnding.accept(status);
        share.release();
        stopWaiting();
        if (deadlineTimer != NO_TIMER) {
            vertx.cancelTimer(deadlineTimer);
        }
        if (paused && !request.isEnded()) {
            request.resume();
        }
        List.copyOf(work.values()).forEach(future -> future.cancel(true));
        work.clear();
    }
}
