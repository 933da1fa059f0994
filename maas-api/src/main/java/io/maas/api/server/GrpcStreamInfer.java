package io.maas.api.server;

import io.maas.api.wire.GrpcCodec;
import io.maas.api.wire.inference.ModelInferRequest;
import io.maas.api.wire.inference.ModelInferResponse;
import io.maas.api.wire.inference.ModelStreamInferResponse;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Runs a model for each message of a stream, several at a time, and answers in the order of the messages. An error is an answer too, with
 * the id of its request, unless the client has asked that it end the stream.
 *
 * <p>No more is read while as many requests as {@link #MAX_PENDING} or as many bytes as {@link #MAX_PENDING_BYTES} are not answered,
 * which they are not while the client does not read: so what a stream holds is bounded, whoever is slow.
 */
final class GrpcStreamInfer implements GrpcEndpoint.Streaming {
    private static final int MAX_PENDING = 16;

    /** One longer message is taken all the same, if it is alone. */
    private static final long MAX_PENDING_BYTES = 4 << 20;

    /** What tritonclient sends to have an error end the stream. */
    private static final String ERRORS_END = "triton_grpc_error";

    private final GrpcInfer infer;
    private final Health health;

    GrpcStreamInfer(GrpcInfer infer, Health health) {
        this.infer = infer;
        this.health = health;
    }

    @Override
    public void start(GrpcCall call) {
        Conversation conversation = new Conversation(call);
        call.onDrain(conversation::flush);
        call.messages(conversation::take, conversation::end);
        call.onClosing(health, conversation::close);
    }

    /** A request and its answer, once it is there. */
    private static final class Turn {
        final int bytes;

        @Nullable
        Buffer answer;

        @Nullable
        Throwable failure;

        Turn(int bytes) {
            this.bytes = bytes;
        }

        boolean isDone() {
            return answer != null || failure != null;
        }
    }

    private final class Conversation {
        private final GrpcCall call;
        private final boolean errorsEnd;
        private final Deque<Turn> turns = new ArrayDeque<>();
        private long pendingBytes;
        private boolean ended;
        private boolean closing;

        Conversation(GrpcCall call) {
            this.call = call;
            this.errorsEnd = call.isSet(ERRORS_END);
        }

        void take(GrpcFrames.Frame frame) {
            Turn turn = new Turn(frame.length());
            turns.add(turn);
            pendingBytes += turn.bytes;
            if (isBusy()) {
                call.pause();
            }
            answer(frame).onComplete(done -> {
                turn.answer = done.result();
                turn.failure = done.cause();
                flush();
            });
        }

        private boolean isBusy() {
            return turns.size() >= MAX_PENDING || pendingBytes >= MAX_PENDING_BYTES;
        }

        private Future<Buffer> answer(GrpcFrames.Frame frame) {
            // A key may have expired since the last message.
            call.authenticate();
            return call.work(call.isLong(frame), () -> GrpcCodec.parse(ModelInferRequest.parser(), call.decode(frame)))
                    .compose(message -> answer(message)
                            .recover(
                                    thrown -> errorsEnd ? Future.failedFuture(thrown) : told(thrown, message.getId())));
        }

        private Future<Buffer> answer(ModelInferRequest message) {
            try {
                call.authorize(message.getModelName());
                return infer.answer(call, message)
                        .compose(response -> call.frame(ModelStreamInferResponse.newBuilder()
                                .setInferResponse(response)
                                .build()));
            } catch (RuntimeException e) {
                return Future.failedFuture(e);
            }
        }

        private Future<Buffer> told(Throwable thrown, String id) {
            return call.frame(ModelStreamInferResponse.newBuilder()
                    .setErrorMessage(call.failure(thrown).message())
                    .setInferResponse(ModelInferResponse.newBuilder().setId(id))
                    .build());
        }

        /** Sends what may be sent: in order, and no faster than the client reads. */
        void flush() {
            while (!call.isOver() && !turns.isEmpty() && turns.getFirst().isDone() && !call.isFull()) {
                Turn turn = turns.removeFirst();
                pendingBytes -= turn.bytes;
                if (turn.answer != null) {
                    call.write(turn.answer);
                } else if (turn.failure != null) {
                    call.fail(turn.failure);
                }
            }
            if (!isBusy() && !closing) {
                call.resume();
            }
            if (ended && turns.isEmpty()) {
                call.end();
            } else if (closing && turns.isEmpty()) {
                call.fail(Entrance.closing());
            }
        }

        /** What has been taken is answered, and no more is: nobody waits for a client that may never end. */
        void close() {
            closing = true;
            call.pause();
            flush();
        }

        void end() {
            ended = true;
            flush();
        }
    }
}
