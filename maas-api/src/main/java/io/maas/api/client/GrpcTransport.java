package io.maas.api.client;

import com.google.common.net.HostAndPort;
import com.google.protobuf.Message;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.protobuf.ProtoUtils;
import io.maas.api.wire.ReportCodec;
import io.maas.api.wire.inference.RepositoryIndexRequest;
import io.maas.api.wire.inference.RepositoryIndexResponse;
import io.maas.api.wire.inference.ServerReadyRequest;
import io.maas.api.wire.inference.ServerReadyResponse;
import io.maas.error.InvalidInputException;
import io.maas.error.MaasException;
import io.maas.model.RequestOptions;
import java.net.ConnectException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Calls by gRPC, with failures in this library's exceptions.
 *
 * <p>Thread-safe.
 */
final class GrpcTransport implements AutoCloseable {
    private static final String SERVICE = "inference.GRPCInferenceService";

    /** Longer is as good as forever, and still fits a count of nanoseconds. */
    private static final Duration LONGEST = Duration.ofDays(365);

    private static final MethodDescriptor<RepositoryIndexRequest, RepositoryIndexResponse> INDEX = method(
            "RepositoryIndex",
            RepositoryIndexRequest.getDefaultInstance(),
            RepositoryIndexResponse.getDefaultInstance());
    private static final MethodDescriptor<ServerReadyRequest, ServerReadyResponse> READY =
            method("ServerReady", ServerReadyRequest.getDefaultInstance(), ServerReadyResponse.getDefaultInstance());

    private final URI server;
    private final GrpcChannels channels;
    private volatile boolean closed;

    GrpcTransport(URI server, List<HostAndPort> servers, boolean encrypted, ClientOptions options) {
        this.server = server;
        this.channels = new GrpcChannels(servers, encrypted, options);
    }

    /** A method of the protocol that takes one message and answers it with one. */
    static <Q extends Message, R extends Message> MethodDescriptor<Q, R> method(String name, Q request, R response) {
        return MethodDescriptor.<Q, R>newBuilder()
                .setType(MethodDescriptor.MethodType.UNARY)
                .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, name))
                .setRequestMarshaller(ProtoUtils.marshaller(request))
                .setResponseMarshaller(ProtoUtils.marshaller(response))
                .build();
    }

    /** Calls one server; cancelling the future gives the call up, there too. */
    <Q, R> CompletableFuture<R> call(MethodDescriptor<Q, R> method, Q message, RequestOptions options) {
        requireOpen();
        Call<Q, R> call = new Call<>(method, message, options);
        call.attempt(channels.size());
        return call.answer;
    }

    private final class Call<Q, R> {
        final CompletableFuture<R> answer = new CompletableFuture<>();
        private final MethodDescriptor<Q, R> method;
        private final Q message;
        private final RequestOptions options;
        private final CallOptions limits;

        Call(MethodDescriptor<Q, R> method, Q message, RequestOptions options) {
            this.method = method;
            this.message = message;
            this.options = options;
            Duration timeout = options.timeout();
            this.limits = timeout == null
                    ? CallOptions.DEFAULT
                    : CallOptions.DEFAULT.withDeadlineAfter(
                            (timeout.compareTo(LONGEST) > 0 ? LONGEST : timeout).toNanos(), TimeUnit.NANOSECONDS);
        }

        void attempt(int left) {
            ClientCall<Q, R> call = channels.next().newCall(method, limits);
            var unused = answer.whenComplete((value, thrown) -> {
                if (answer.isCancelled()) {
                    call.cancel("cancelled by the caller", null);
                }
            });
            call.start(new Listener(left), new Metadata());
            call.sendMessage(message);
            call.halfClose();
            call.request(2); // One, and the end.
        }

        private final class Listener extends ClientCall.Listener<R> {
            private final int left;
            private @Nullable R value;

            Listener(int left) {
                this.left = left;
            }

            @Override
            public void onMessage(R received) {
                value = received;
            }

            @Override
            public void onClose(Status status, Metadata trailers) {
                if (status.isOk() && value != null) {
                    answer.complete(value);
                } else if (left > 1 && !closed && isUnreachable(status)) {
                    // Nothing was sent, so another server may be asked.
                    attempt(left - 1);
                } else {
                    answer.completeExceptionally(failure(status, trailers, options));
                }
            }
        }
    }

    private static boolean isUnreachable(Status status) {
        return status.getCode() == Status.Code.UNAVAILABLE
                && (status.getCause() instanceof ConnectException
                        || status.getCause() instanceof java.net.UnknownHostException);
    }

    private RuntimeException failure(Status status, Metadata trailers, RequestOptions options) {
        if (closed) {
            return closed();
        }
        if (isUnreachable(status)) {
            return new MaasException(
                    "cannot connect to " + server + " (expected: a server there); start it or mend the address",
                    status.getCause());
        }
        return new GrpcFailure(server.toString(), status, trailers).exception(options);
    }

    /** The names of the models in service, sorted. */
    CompletableFuture<List<String>> models() {
        return call(INDEX, RepositoryIndexRequest.newBuilder().setReady(true).build(), RequestOptions.none())
                .thenApply(ReportCodec::readyModels);
    }

    /** Whether a server can be reached and says that it is ready. */
    CompletableFuture<Boolean> isReady() {
        return call(READY, ServerReadyRequest.getDefaultInstance(), RequestOptions.none())
                .handle((answer, thrown) -> {
                    if (thrown != null && !(Transport.cause(thrown) instanceof MaasException)) {
                        throw Transport.unchecked(thrown);
                    }
                    return thrown == null && answer.getReady();
                });
    }

    /** Reads a message of the server; that it cannot be read is no fault of the caller's input. */
    <M, T> T read(M message, Function<M, T> reader) {
        try {
            return reader.apply(message);
        } catch (InvalidInputException e) {
            throw new MaasException(
                    server + " sent something else than the Open Inference Protocol: " + e.getMessage(), e);
        }
    }

    void requireOpen() {
        if (closed) {
            throw closed();
        }
    }

    private IllegalStateException closed() {
        return new IllegalStateException("client of " + server + " is closed (expected: open); connect again to go on");
    }

    @Override
    public void close() {
        closed = true;
        channels.close();
    }
}
