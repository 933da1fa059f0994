package io.maas.api.client;

import com.google.common.net.HostAndPort;
import com.google.protobuf.Message;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.protobuf.ProtoUtils;
import io.maas.api.client.Servers.Server;
import io.maas.api.wire.ReportCodec;
import io.maas.api.wire.inference.RepositoryIndexRequest;
import io.maas.api.wire.inference.RepositoryIndexResponse;
import io.maas.api.wire.inference.ServerReadyRequest;
import io.maas.api.wire.inference.ServerReadyResponse;
import io.maas.error.InvalidInputException;
import io.maas.error.MaasException;
import io.maas.model.RequestOptions;
import java.net.URI;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
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

    private static final Duration PROBE = Duration.ofSeconds(5);

    private static final MethodDescriptor<RepositoryIndexRequest, RepositoryIndexResponse> INDEX = reading(
            "RepositoryIndex",
            RepositoryIndexRequest.getDefaultInstance(),
            RepositoryIndexResponse.getDefaultInstance());
    private static final MethodDescriptor<ServerReadyRequest, ServerReadyResponse> READY =
            reading("ServerReady", ServerReadyRequest.getDefaultInstance(), ServerReadyResponse.getDefaultInstance());

    private final URI server;
    private final ClientOptions options;
    private final GrpcChannels channels;
    private volatile boolean closed;

    GrpcTransport(URI server, List<HostAndPort> servers, boolean encrypted, ClientOptions options) {
        this.server = server;
        this.options = options;
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

    /** One that may be called twice. */
    static <Q extends Message, R extends Message> MethodDescriptor<Q, R> reading(String name, Q request, R response) {
        return method(name, request, response).toBuilder().setIdempotent(true).build();
    }

    /** Calls one server, each attempt for as long as the client's own timeout; cancelling the future gives the call up, there too. */
    <Q, R> CompletableFuture<R> call(MethodDescriptor<Q, R> method, Q message) {
        return call(method, message, null);
    }

    /**
     * As above.
     *
     * @param run what was said of a call of a model, which has a timeout of its own
     */
    <Q, R> CompletableFuture<R> call(MethodDescriptor<Q, R> method, Q message, @Nullable RequestOptions run) {
        requireOpen();
        channels.toProbe().ifPresent(this::probe);
        Call<Q, R> call = new Call<>(method, message, run);
        call.attempt();
        return call.answer;
    }

    /** Asks one that was left alone for a while whether it is ready, for which it may have to be connected to. */
    private void probe(Server failed) {
        CallOptions limits = CallOptions.DEFAULT.withWaitForReady().withDeadline(deadline(PROBE));
        start(
                channels.to(failed).newCall(READY, limits),
                ServerReadyRequest.getDefaultInstance(),
                (value, status, trailers) ->
                        channels.count(failed, status.isOk() && value != null && value.getReady()));
    }

    private static Deadline deadline(Duration timeout) {
        return Deadline.after((timeout.compareTo(LONGEST) > 0 ? LONGEST : timeout).toNanos(), TimeUnit.NANOSECONDS);
    }

    /** What is done with the end of an attempt. */
    private interface End<R> {
        void of(@Nullable R value, Status status, Metadata trailers);
    }

    private static <Q, R> void start(ClientCall<Q, R> call, Q message, End<R> end) {
        call.start(
                new ClientCall.Listener<R>() {
                    private @Nullable R value;

                    @Override
                    public void onMessage(R received) {
                        value = received;
                    }

                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        end.of(value, status, trailers);
                    }
                },
                new Metadata());
        call.sendMessage(message);
        call.halfClose();
        call.request(2); // One, and the end.
    }

    /** One call through all its attempts. */
    private final class Call<Q, R> {
        final CompletableFuture<R> answer = new CompletableFuture<>();
        private final MethodDescriptor<Q, R> method;
        private final Q message;
        private final @Nullable RequestOptions run;
        /** Of all attempts together; null if there is none. */
        private final @Nullable Deadline deadline;

        private final Set<Server> tried = new HashSet<>();
        private int attempts;

        Call(MethodDescriptor<Q, R> method, Q message, @Nullable RequestOptions run) {
            this.method = method;
            this.message = message;
            this.run = run;
            Duration timeout = run == null ? null : run.timeout();
            this.deadline = timeout == null ? null : deadline(timeout);
        }

        void attempt() {
            if (answer.isDone()) {
                return;
            }
            attempts++;
            Server to = channels.next(tried);
            Deadline limit = run == null ? deadline(options.requestTimeout()) : deadline;
            CallOptions limits = limit == null ? CallOptions.DEFAULT : CallOptions.DEFAULT.withDeadline(limit);
            ClientCall<Q, R> call = channels.to(to).newCall(method, limits);
            var unused = answer.whenComplete((value, thrown) -> {
                if (answer.isCancelled()) {
                    call.cancel("cancelled by the caller", null);
                }
            });
            start(call, message, (value, status, trailers) -> ended(to, value, status, trailers));
        }

        private void ended(Server by, @Nullable R value, Status status, Metadata trailers) {
            if (status.isOk() && value != null) {
                channels.count(by, true);
                answer.complete(value);
                return;
            }
            GrpcFailure failure = new GrpcFailure(server, status, trailers);
            if (status.getCode() != Status.Code.CANCELLED) {
                channels.count(by, !failure.isOfServer());
            }
            tried.add(by);
            if (closed || !isWorthAnother(failure) || !retry()) {
                answer.completeExceptionally(failure(failure));
            }
        }

        private boolean isWorthAnother(GrpcFailure failure) {
            return failure.isUnstarted()
                    || (method.isIdempotent()
                            && failure.isOfServer()
                            && (tried.size() < channels.size() || failure.isBroken()));
        }

        /** Whether there will be another attempt. */
        private boolean retry() {
            ClientOptions.Retries retries = options.retries();
            if (attempts >= Math.max(retries.attempts(), channels.size())) {
                return false;
            }
            if (tried.size() < channels.size()) {
                attempt();
                return true;
            }
            long pause = retries.pauseAfter(attempts).toNanos();
            if (deadline != null && deadline.timeRemaining(TimeUnit.NANOSECONDS) <= pause) {
                return false;
            }
            CompletableFuture.delayedExecutor(pause, TimeUnit.NANOSECONDS).execute(this::attempt);
            return true;
        }

        private RuntimeException failure(GrpcFailure failure) {
            return closed ? closed() : failure.exception(run == null ? options.requestTimeout() : run.timeout());
        }
    }

    /** The names of the models in service, sorted. */
    CompletableFuture<List<String>> models() {
        return call(INDEX, RepositoryIndexRequest.newBuilder().setReady(true).build())
                .thenApply(ReportCodec::readyModels);
    }

    /** Whether a server can be reached and says that it is ready. */
    CompletableFuture<Boolean> isReady() {
        return call(READY, ServerReadyRequest.getDefaultInstance()).handle((answer, thrown) -> {
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
