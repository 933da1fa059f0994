package io.maas.api.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.rpc.RetryInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.maas.api.Models;
import io.maas.api.Service;
import io.maas.api.wire.inference.ModelInferRequest;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many requests that are not there as a whole, by HTTP and by gRPC: together they take no more memory than they may. */
@Timeout(60)
class PendingIT {
    private static final int LIMIT = 1 << 20;
    private static final int MUCH = 700 << 10;

    private Service service;

    @BeforeEach
    void start() {
        service = Service.start(ServerOptions.defaults()
                .withLimits(ServerLimits.defaults()
                        .withMaxBodyBytes(LIMIT)
                        .withMaxPendingBytes(LIMIT)
                        .withRequestTimeout(Duration.ofSeconds(40))));
        service.serve("m", Models.affine(0));
    }

    @AfterEach
    void stop() {
        service.close();
    }

    private void awaitPending(long least, long most) {
        while (service.server().pendingBytes() < least || service.server().pendingBytes() > most) {
            assertThat(Thread.interrupted()).as("in time").isFalse();
        }
    }

    private void assertFullAndThenNot(AutoCloseable first) throws Exception {
        awaitPending(MUCH, LIMIT);
        RawHttp http = new RawHttp(service.uri());
        HttpResponse<String> refused = http.post("/v2/models/m/infer", " ".repeat(MUCH));
        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.headers().firstValue("Retry-After")).hasValue("1");
        assertThat(refused.body()).contains("\"code\":\"overloaded\"", "too many bytes of requests are under way");

        byte[] name = new byte[MUCH];
        java.util.Arrays.fill(name, (byte) 'a');
        try (ForeignGrpc grpc = new ForeignGrpc(service.server().port(), builder -> builder)) {
            ModelInferRequest large = ModelInferRequest.newBuilder()
                    .setModelName(new String(name, US_ASCII))
                    .build();
            assertThatThrownBy(() -> grpc.infer(large)).isInstanceOfSatisfying(StatusRuntimeException.class, e -> {
                assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
                assertThat(StatusProto.fromThrowable(e).getDetailsList())
                        .anyMatch(detail -> detail.is(RetryInfo.class));
            });
            // What is short has room beside it.
            assertThat(http.post("/v2/models/m/infer", "{}").statusCode()).isEqualTo(400);

            first.close();
            awaitPending(0, 0);
            assertThat(http.post("/v2/models/m/infer", " ".repeat(MUCH)).statusCode())
                    .isEqualTo(400);
            assertThatThrownBy(() -> grpc.infer(large))
                    .isInstanceOfSatisfying(
                            StatusRuntimeException.class,
                            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND));
        }
        awaitPending(0, 0);
    }

    @Test
    void bodiesByHttpCount() throws Exception {
        Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), service.server().port());
        socket.getOutputStream()
                .write(("POST /v2/models/m/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + (MUCH + 1)
                                + "\r\n\r\n" + " ".repeat(MUCH))
                        .getBytes(US_ASCII));
        assertFullAndThenNot(socket);
    }

    @Test
    void messagesByGrpcCount() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            HttpClient client = vertx.createHttpClient(new HttpClientOptions()
                    .setProtocolVersion(HttpVersion.HTTP_2)
                    .setHttp2ClearTextUpgrade(false));
            HttpClientRequest request = client.request(
                            HttpMethod.POST,
                            service.server().port(),
                            "127.0.0.1",
                            "/inference.GRPCInferenceService/ModelInfer")
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get();
            request.putHeader("content-type", "application/grpc").setChunked(true);
            request.write(
                    Buffer.buffer().appendByte((byte) 0).appendInt(MUCH + 1).appendBytes(new byte[MUCH]));
            assertFullAndThenNot(() -> request.reset(8));
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().get();
        }
    }

    @Test
    void whatIsGivenUpIsGivenBack() throws IOException {
        try (Service impatient = Service.start(ServerOptions.defaults()
                        .withLimits(ServerLimits.defaults().withRequestTimeout(Duration.ofMillis(200))));
                Socket socket = new Socket(
                        InetAddress.getLoopbackAddress(), impatient.server().port())) {
            socket.getOutputStream()
                    .write("POST /v2/models/m/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n12345"
                            .getBytes(US_ASCII));
            assertThat(new String(socket.getInputStream().readAllBytes(), US_ASCII))
                    .startsWith("HTTP/1.1 408 ");
            while (impatient.server().pendingBytes() > 0) {
                assertThat(Thread.interrupted()).as("in time").isFalse();
            }
        }
    }
}
