package io.maas.api.server;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.maas.api.wire.GrpcCodec;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** Answers the calls of one method. Called on an event loop, so it must not block. */
interface GrpcEndpoint {
    /** Takes the messages of the call and sees to it that it ends. */
    void start(GrpcCall call);

    /** One that may be sent any number of messages, whenever the client likes. */
    interface Streaming extends GrpcEndpoint {}

    /** Which model a message is for, null for none. */
    interface Subject<Q> {
        @Nullable
        String of(Q message);
    }

    /** The answer to one message. */
    interface Answer<Q, R extends MessageLite> {
        Future<R> to(GrpcCall call, Q message) throws Exception;
    }

    /** Of a method that takes one message for no model in particular, and answers it with one. */
    static <Q extends MessageLite, R extends MessageLite> GrpcEndpoint one(Parser<Q> parser, Answer<Q, R> answer) {
        return ofModel(parser, message -> null, answer);
    }

    /**
     * Of a method that takes one message and answers it with one.
     *
     * @param model the name of the model that a message is for, for which the caller must have a role
     */
    static <Q extends MessageLite, R extends MessageLite> GrpcEndpoint ofModel(
            Parser<Q> parser, Subject<Q> model, Answer<Q, R> answer) {
        return call -> call.only()
                .compose(frame -> call.work(call.isLong(frame), () -> GrpcCodec.parse(parser, call.decode(frame))))
                .compose(message -> {
                    try {
                        call.authorize(model.of(message));
                        return answer.to(call, message);
                    } catch (Exception e) {
                        return Future.failedFuture(e);
                    }
                })
                .compose(call::end)
                .onFailure(call::fail);
    }
}
