package io.maas.api.server;

import static io.maas.api.server.ForeignGrpc.floats;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.maas.api.Models;
import io.maas.api.ScriptedBackend;
import io.maas.api.Service;
import io.maas.api.security.AuthenticationException;
import io.maas.api.security.Principal;
import io.maas.api.security.Role;
import io.maas.api.wire.health.HealthCheckRequest;
import io.maas.api.wire.health.HealthCheckResponse;
import io.maas.api.wire.health.HealthCheckResponse.ServingStatus;
import io.maas.api.wire.inference.ModelInferRequest;
import io.maas.api.wire.inference.ModelStreamInferResponse;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.time.Duration;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests and answers in a stream. */
@Timeout(120)
class GrpcStreamIT {
    /** One end of a stream. */
    private static final class Stream extends ClientCall.Listener<ModelStreamInferResponse> {
        final BlockingQueue<ModelStreamInferResponse> answers = new LinkedBlockingQueue<>();
        final CompletableFuture<Status> closed = new CompletableFuture<>();
        final ClientCall<ModelInferRequest, ModelStreamInferResponse> call;

        Stream(ForeignGrpc client, int wanted, String... metadata) {
            call = client.channel(metadata).newCall(ForeignGrpc.STREAM, CallOptions.DEFAULT);
            call.start(this, new Metadata());
            if (wanted > 0) {
                call.request(wanted);
            }
        }

        @Override
        public void onMessage(ModelStreamInferResponse answer) {
            answers.add(answer);
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            closed.complete(status);
        }

        float first() throws InterruptedException {
            return floats(answers.take().getInferResponse().getRawOutputContents(0))[0];
        }
    }

    private static ModelInferRequest row(String model, int value) {
        return floats(model, "x", new float[] {value, 0, 0}, 1, 3).toBuilder()
                .setId("id" + value)
                .build();
    }

    @Test
    void answersComeInTheOrderOfTheRequests() throws Exception {
        try (Service service = Service.start();
                ForeignGrpc client = new ForeignGrpc(service.server().port())) {
            service.serve("m", Models.affine(0));
            Stream stream = new Stream(client, 1000);
            for (int i = 0; i < 300; i++) {
                stream.call.sendMessage(row("m", i));
            }
            stream.call.halfClose();
            for (int i = 0; i < 300; i++) {
                ModelStreamInferResponse answer = stream.answers.take();
                assertThat(answer.getErrorMessage()).isEmpty();
                assertThat(answer.getInferResponse().getId()).isEqualTo("id" + i);
                assertThat(floats(answer.getInferResponse().getRawOutputContents(0))[0])
                        .isEqualTo(i);
            }
            assertThat(stream.closed.get().getCode()).isEqualTo(Status.Code.OK);
        }
    }

    @Test
    void errorsAreAnswersAndTheStreamGoesOn() throws Exception {
        try (Service service = Service.start();
                ForeignGrpc client = new ForeignGrpc(service.server().port())) {
            service.serve("m", Models.affine(0));
            Stream stream = new Stream(client, 10);
            stream.call.sendMessage(row("nosuch", 1));
            stream.call.sendMessage(row("m", 2));

            ModelStreamInferResponse error = stream.answers.take();
            assertThat(error.getErrorMessage()).startsWith("no model \"nosuch\"");
            assertThat(error.getInferResponse().getId()).isEqualTo("id1");
            assertThat(stream.first()).isEqualTo(2);
            stream.call.halfClose();
            assertThat(stream.closed.get().getCode()).isEqualTo(Status.Code.OK);
        }
    }

    @Test
    void errorsEndTheStreamOfClientsThatAskedForIt() throws Exception {
        try (Service service = Service.start();
                ForeignGrpc client = new ForeignGrpc(service.server().port())) {
            service.serve("m", Models.affine(0));
            Stream stream = new Stream(client, 10, "triton_grpc_error", "true");
            stream.call.sendMessage(row("m", 1));
            stream.call.sendMessage(row("nosuch", 2));

            assertThat(stream.first()).isEqualTo(1);
            assertThat(stream.closed.get().getCode()).isEqualTo(Status.Code.NOT_FOUND);
            assertThat(stream.answers).isEmpty();
        }
    }

    @Test
    void aClientThatDoesNotReadIsNotReadFrom() throws Exception {
        try (Service service = Service.start();
                ForeignGrpc client = new ForeignGrpc(service.server().port());
                ForeignGrpc other = new ForeignGrpc(service.server().port())) {
            AtomicInteger runs = new AtomicInteger();
            ScriptedBackend engine = service.script("m", Models.affine(0), 10_000);
            Tensors large = Tensors.of("y", Tensor.zeros(DataType.FLOAT32, io.maas.tensor.Shape.of(1 << 16, 2)));
            engine.play(inputs -> {
                runs.incrementAndGet();
                return large;
            });
            Stream stream = new Stream(client, 1);
            for (int i = 0; i < 150; i++) {
                stream.call.sendMessage(row("m", i));
            }
            assertThat(stream.first()).isZero();

            // What has been read of the stream by now stands before these in the queue.
            for (int i = 0; i < 20; i++) {
                assertThat(other.infer(row("m", 1)).getModelName()).isEqualTo("m");
            }
            assertThat(runs.get() - 20).isLessThan(60);

            stream.call.request(150);
            stream.call.halfClose();
            for (int i = 1; i < 150; i++) {
                assertThat(stream.answers.take().getInferResponse().getId()).isEqualTo("id" + i);
            }
            assertThat(stream.closed.get().getCode()).isEqualTo(Status.Code.OK);
        }
    }

    private static Service untilTheEnd() {
        // Nothing here may wait for it.
        return Service.start(
                ServerOptions.defaults().withLimits(ServerLimits.defaults().withGrace(Duration.ofHours(1))));
    }

    @Test
    void serversThatCloseEndStreamsOnceWhatTheyTookIsAnswered() throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        try (Service service = untilTheEnd();
                ForeignGrpc client = new ForeignGrpc(service.server().port());
                ForeignGrpc other = new ForeignGrpc(service.server().port())) {
            service.serve("idle", Models.affine(0));
            service.script("m", Models.affine(0), 8)
                    .playHeld(running, release, inputs -> Tensors.of("y", Tensor.of(new float[] {7, 2}, 1, 2)));
            Stream idle = new Stream(other, 10);
            idle.call.sendMessage(row("idle", 1));
            assertThat(idle.first()).isEqualTo(1);
            Stream busy = new Stream(client, 10);
            busy.call.sendMessage(row("m", 1));
            running.await();
            CompletableFuture<Void> closed =
                    CompletableFuture.runAsync(() -> service.server().close());

            assertStopped(idle.closed.get());
            assertThat(busy.closed).isNotDone();
            release.countDown();
            assertThat(busy.first()).isEqualTo(7);
            assertStopped(busy.closed.get());
            closed.get();
        }
    }

    @Test
    void whoeverWatchesHearsThatTheServerClosesAndHoldsNobodyUp() {
        MethodDescriptor<HealthCheckRequest, HealthCheckResponse> watch = ForeignGrpc.at(
                        "grpc.health.v1.Health/Watch",
                        HealthCheckRequest.getDefaultInstance(),
                        HealthCheckResponse.getDefaultInstance())
                .toBuilder()
                .setType(MethodDescriptor.MethodType.SERVER_STREAMING)
                .build();
        try (Service service = untilTheEnd();
                ForeignGrpc client = new ForeignGrpc(service.server().port())) {
            Iterator<HealthCheckResponse> states = ClientCalls.blockingServerStreamingCall(
                    client.channel(), watch, CallOptions.DEFAULT, HealthCheckRequest.getDefaultInstance());
            assertThat(states.next().getStatus()).isEqualTo(ServingStatus.SERVING);
            CompletableFuture<Void> closed =
                    CompletableFuture.runAsync(() -> service.server().close());
            assertThat(states.next().getStatus()).isEqualTo(ServingStatus.NOT_SERVING);
            assertThatThrownBy(states::next)
                    .isInstanceOfSatisfying(StatusRuntimeException.class, end -> assertStopped(end.getStatus()));
            closed.join();
        }
    }

    private static void assertStopped(Status status) {
        assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(status.getDescription()).startsWith("the server is being stopped");
    }

    @Test
    void keysThatExpireDuringAStreamEndIt() throws Exception {
        AtomicBoolean expired = new AtomicBoolean();
        ServerOptions options = ServerOptions.defaults().withAuthenticator(credentials -> {
            if (expired.get()) {
                throw new AuthenticationException("expired");
            }
            return "key".equals(credentials.bearer())
                    ? Optional.of(Principal.of("somebody", Role.INFER))
                    : Optional.empty();
        });
        try (Service service = Service.start(options);
                ForeignGrpc client = new ForeignGrpc(service.server().port())) {
            service.serve("m", Models.affine(0));
            Stream stream = new Stream(client, 10, "authorization", "Bearer key");
            stream.call.sendMessage(row("m", 1));
            assertThat(stream.first()).isEqualTo(1);
            expired.set(true);
            stream.call.sendMessage(row("m", 2));
            assertThat(stream.closed.get().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
        }
    }
}
