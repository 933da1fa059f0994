package io.maas.api.server;

import static io.maas.api.server.ForeignGrpc.floats;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Any;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RequestInfo;
import com.google.rpc.RetryInfo;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCalls;
import io.maas.api.Models;
import io.maas.api.ScriptedBackend;
import io.maas.api.Service;
import io.maas.api.wire.inference.InferParameter;
import io.maas.api.wire.inference.ModelInferRequest;
import io.maas.api.wire.inference.ModelInferResponse;
import io.maas.error.BackendException;
import io.maas.error.OverloadedException;
import io.maas.error.QuotaExceededException;
import io.maas.model.Prediction;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What callers by gRPC hear when something fails, and what becomes of work that nobody waits for. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GrpcFailuresIT {
    private static final ModelInferRequest ROW = floats("m", "x", new float[] {1, 0, 0}, 1, 3);
    private static final Tensors ANSWER = Tensors.of("y", Tensor.of(new float[] {1, 2}, 1, 2));

    private final AtomicInteger runs = new AtomicInteger();
    private final CountDownLatch running = new CountDownLatch(1);
    private final CountDownLatch release = new CountDownLatch(1);
    private Service service;
    private ScriptedBackend engine;
    private ForeignGrpc client;

    @BeforeEach
    void start() {
        service = Service.start(ServerOptions.defaults()
                .withLimits(ServerLimits.defaults().withMaxBodyBytes(100_000).withGrace(Duration.ofMillis(100))));
        engine = service.script("m", Models.affine(0), 1);
        client = new ForeignGrpc(service.server().port());
    }

    @AfterEach
    void stop() {
        release.countDown();
        client.close();
        service.close();
    }

    private StatusRuntimeException fail(ModelInferRequest request, String... metadata) {
        return catchThrowableOfType(StatusRuntimeException.class, () -> client.infer(request, metadata));
    }

    private static <M extends com.google.protobuf.Message> M detail(StatusRuntimeException e, Class<M> type)
            throws Exception {
        for (Any detail : StatusProto.fromThrowable(e).getDetailsList()) {
            if (detail.is(type)) {
                return detail.unpack(type);
            }
        }
        throw new AssertionError("no " + type + " in " + e);
    }

    @Test
    void insidesStayInside() throws Exception {
        engine.play(inputs -> {
            throw new BackendException("scripted", "secret /etc/path", new IllegalArgumentException("secret"));
        });

        StatusRuntimeException e = fail(ROW, "x-request-id", "mine-7");

        assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INTERNAL);
        assertThat(e.getStatus().getDescription())
                .isEqualTo("internal error mine-7; the server's log says more under this id");
        assertThat(String.valueOf(e.getTrailers())).doesNotContain("secret");
        assertThat(detail(e, ErrorInfo.class).getReason()).isEqualTo("internal");
        assertThat(detail(e, RequestInfo.class).getRequestId()).isEqualTo("mine-7");
        assertThat(e.getTrailers().get(Metadata.Key.of("x-request-id", Metadata.ASCII_STRING_MARSHALLER)))
                .isEqualTo("mine-7");
    }

    @Test
    void overloadAndQuotaSayWhenToTryAgain() throws Exception {
        engine.play(inputs -> {
            throw new OverloadedException("full", Duration.ofMillis(1200));
        });
        StatusRuntimeException overload = fail(ROW);
        engine.play(inputs -> {
            throw new QuotaExceededException("used up", Duration.ofMillis(300));
        });
        StatusRuntimeException quota = fail(ROW);

        assertThat(overload.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(overload.getStatus().getDescription()).isEqualTo("full");
        assertThat(detail(overload, RetryInfo.class).getRetryDelay()).isEqualTo(delay(1, 200_000_000));
        assertThat(quota.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(detail(quota, RetryInfo.class).getRetryDelay()).isEqualTo(delay(0, 300_000_000));
        assertThat(detail(quota, ErrorInfo.class).getReason()).isEqualTo("quota_exceeded");
    }

    @Test
    void closedModelsAreUnavailableWithoutATimeToTryAgain() {
        service.maas().close();
        StatusRuntimeException e = fail(ROW);
        assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(StatusProto.fromThrowable(e).getDetailsList()).noneMatch(detail -> detail.is(RetryInfo.class));
    }

    @Test
    void messagesBeyondTheLimitAreRefusedAndTheConnectionGoesOn() throws Exception {
        engine.play(inputs -> ANSWER);
        for (int floats : new int[] {30_000, 3_000_000}) {
            StatusRuntimeException e = fail(floats("m", "x", new float[floats], floats / 3, 3));
            assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
            assertThat(e.getStatus().getDescription())
                    .isEqualTo("message is too long (expected: at most 100000 bytes); send fewer rows in one request");
            assertThat(detail(e, ErrorInfo.class).getReason()).isEqualTo("message_too_long");
            assertThat(client.infer(ROW).getModelName()).isEqualTo("m");
        }
    }

    @Test
    void compressedMessagesAreTakenAndBombsAreNot() {
        engine.play(inputs -> ANSWER);
        CallOptions gzip = CallOptions.DEFAULT.withCompression("gzip");

        assertThat(ClientCalls.blockingUnaryCall(client.channel(), ForeignGrpc.INFER, gzip, ROW)
                        .getModelName())
                .isEqualTo("m");
        // Ten million zeros come to ten thousand bytes.
        ModelInferRequest bomb = floats("m", "x", new float[2_500_000], 1, 3);
        StatusRuntimeException e = catchThrowableOfType(
                StatusRuntimeException.class,
                () -> ClientCalls.blockingUnaryCall(client.channel(), ForeignGrpc.INFER, gzip, bomb));
        assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    }

    @Test
    void namesOfOtherMachinesAreRefused() {
        try (ForeignGrpc rebound =
                new ForeignGrpc(service.server().port(), builder -> builder.overrideAuthority("evil.example"))) {
            StatusRuntimeException e = catchThrowableOfType(StatusRuntimeException.class, () -> rebound.infer(ROW));
            assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
        }
    }

    private void occupy() {
        engine.playHeld(running, release, inputs -> {
            runs.incrementAndGet();
            return ANSWER;
        });
    }

    /** Keeps the only instance busy; one more request may wait. */
    private CompletableFuture<Prediction> first() throws InterruptedException {
        occupy();
        CompletableFuture<Prediction> first = service.maas().model("m").predictAsync(inputs());
        running.await();
        return first;
    }

    private static Tensors inputs() {
        return Tensors.of("x", Tensor.of(new float[] {1, 0, 0}, 1, 3));
    }

    @Test
    void deadlinesAreKeptAndExpiredRequestsDoNotRun() throws Exception {
        CompletableFuture<Prediction> first = first();

        StatusRuntimeException e = catchThrowableOfType(
                StatusRuntimeException.class,
                () -> ClientCalls.blockingUnaryCall(
                        client.channel(),
                        ForeignGrpc.INFER,
                        CallOptions.DEFAULT.withDeadlineAfter(20, TimeUnit.MILLISECONDS),
                        ROW));

        assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
        nextTakesThePlace();
        release.countDown();
        first.join();
        assertThat(runs).hasValue(2);
    }

    @Test
    void timeoutsOfTheProtocolAreKeptToo() throws Exception {
        CompletableFuture<Prediction> first = first();

        StatusRuntimeException e = fail(ROW.toBuilder()
                .putParameters(
                        "timeout",
                        InferParameter.newBuilder().setInt64Param(2000).build())
                .build());

        assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
        assertThat(e.getStatus().getDescription()).startsWith("deadline");
        release.countDown();
        first.join();
    }

    @Test
    void callsThatAreGivenUpDoNotRun() throws Exception {
        CompletableFuture<Prediction> first = first();
        ClientCall<ModelInferRequest, ModelInferResponse> call =
                client.channel().newCall(ForeignGrpc.INFER, CallOptions.DEFAULT);
        call.start(new ClientCall.Listener<>() {}, new Metadata());
        call.sendMessage(ROW);
        call.halfClose();
        untilQueued();

        call.cancel("given up", null);

        nextTakesThePlace();
        release.countDown();
        first.join();
        assertThat(runs).hasValue(2);
    }

    @Test
    void connectionsThatBreakFreeWhatTheyWaitedFor() throws Exception {
        CompletableFuture<Prediction> first = first();
        try (ForeignGrpc other = new ForeignGrpc(service.server().port())) {
            var unused =
                    ClientCalls.futureUnaryCall(other.channel().newCall(ForeignGrpc.INFER, CallOptions.DEFAULT), ROW);
            untilQueued();
        }
        nextTakesThePlace();
        release.countDown();
        first.join();
        assertThat(runs).hasValue(2);
    }

    /** Until the second request is there, which waits. */
    private void untilQueued() {
        while (service.maas().deployment("m").statistics().requests() < 2) {
            Thread.onSpinWait();
        }
    }

    /** Until the one place in the queue is free again, and taken by a request that runs at last. */
    private void nextTakesThePlace() {
        CompletableFuture<Prediction> next = service.maas().model("m").predictAsync(inputs());
        while (next.isCompletedExceptionally()) {
            try {
                next.join();
            } catch (CompletionException e) {
                assertThat(e).hasCauseInstanceOf(OverloadedException.class);
            }
            Thread.onSpinWait();
            next = service.maas().model("m").predictAsync(inputs());
        }
        release.countDown();
        next.join();
    }

    @Test
    void manyCallsAtOnceAreAllAnswered() throws Exception {
        service.serve("affine", Models.affine(0));
        List<com.google.common.util.concurrent.ListenableFuture<ModelInferResponse>> answers = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            answers.add(ClientCalls.futureUnaryCall(
                    client.channel().newCall(ForeignGrpc.INFER, CallOptions.DEFAULT),
                    floats("affine", "x", new float[] {i, 0, 0}, 1, 3)));
        }
        for (int i = 0; i < answers.size(); i++) {
            assertThat(floats(answers.get(i).get().getRawOutputContents(0))).containsExactly(i, 2 * i);
        }
    }

    private static com.google.protobuf.Duration delay(long seconds, int nanos) {
        return com.google.protobuf.Duration.newBuilder()
                .setSeconds(seconds)
                .setNanos(nanos)
                .build();
    }
}
