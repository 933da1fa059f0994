package io.maas.api.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.maas.api.Models;
import io.maas.api.ScriptedBackend;
import io.maas.api.Service;
import io.maas.registry.Change;
import io.maas.serving.LoadPolicy;
import io.maas.serving.Rollout;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What requests ask for beside their tensors, and which version they name. */
@Timeout(120)
class ParametersIT {
    private static final String ROW =
            "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,3],\"datatype\":\"FP32\",\"data\":[%s,0,0]}]%s}";
    private static final Pattern VERSION = Pattern.compile("\"model_version\":\"([0-9]+)\"");

    private Service service;
    private RawHttp http;

    @BeforeEach
    void start() {
        service = Service.start();
        http = new RawHttp(service.uri());
    }

    @AfterEach
    void stop() {
        service.close();
    }

    private static String row(int first, String more) {
        return ROW.formatted(first, more);
    }

    private static String version(HttpResponse<String> answer) {
        Matcher version = VERSION.matcher(answer.body());
        assertThat(version.find()).as(answer.body()).isTrue();
        return version.group(1);
    }

    @Test
    void anyLoadedVersionMayBeNamed() throws Exception {
        service.serve("affine", Models.affine(0));
        service.serve("affine", Models.affine(10));
        service.maas().registry().setAlias("affine", "old", 1);
        service.maas().setLoadPolicy("affine", LoadPolicy.all(), Change.unsaid());

        assertThat(http.post("/v2/models/affine/versions/1/infer", row(1, "")).body())
                .contains("\"model_version\":\"1\"", "\"data\":[1.0,2.0]");
        assertThat(http.post("/v2/models/affine/versions/old/infer", row(1, "")).body())
                .contains("\"model_version\":\"1\"");
        assertThat(http.post("/v2/models/affine/infer", row(1, "")).body())
                .contains("\"model_version\":\"2\"", "\"data\":[11.0,12.0]");
        for (String path : List.of("", "/versions/1", "/versions/old", "/versions/2")) {
            assertThat(http.get("/v2/models/affine" + path).body()).contains("\"versions\":[\"1\",\"2\"]");
            assertThat(http.get("/v2/models/affine" + path + "/ready").statusCode()).isEqualTo(200);
        }
        assertThat(http.get("/v2/models/affine/versions/3/ready").statusCode()).isEqualTo(404);
        assertThat(http.get("/v2/models/affine/versions/0").statusCode()).isEqualTo(404);
        // Names of one process are none on the wire.
        assertThat(http.post("/v2/models/affine:1/infer", row(1, "")).statusCode()).isEqualTo(404);
    }

    @Test
    void theSameKeyGetsTheSameVersion() throws Exception {
        service.serve("affine", Models.affine(0));
        service.maas().registry().publish("affine", Models.affine(10));
        service.maas().rollout("affine", Rollout.canary(2).weight(0.5));
        Set<String> seen = new HashSet<>();
        for (int user = 0; user < 40; user++) {
            String path = "/v2/models/affine/infer";
            String byHeader = version(http.send("POST", path, row(1, ""), "X-Sticky-Key", "user-" + user));
            String byParameter =
                    version(http.post(path, row(1, ",\"parameters\":{\"sticky_key\":\"user-" + user + "\"}")));
            assertThat(byParameter).as("user %d", user).isEqualTo(byHeader);
            seen.add(byHeader);
        }
        assertThat(seen).containsExactlyInAnyOrder("1", "2");
    }

    @Test
    void sequencesAreRefusedAsNotSupported() throws Exception {
        service.serve("affine", Models.affine(0));
        HttpResponse<String> refused =
                http.post("/v2/models/affine/infer", row(1, ",\"parameters\":{\"sequence_id\":7,\"sequence_start\":true}"));

        assertThat(refused.statusCode()).isEqualTo(501);
        assertThat(refused.body())
                .startsWith("{\"error\":\"parameters.sequence_id is not supported")
                .contains("\"code\":\"unsupported\"");
    }

    @ParameterizedTest
    @CsvSource({
        "Grpc-Timeout, 5",
        "Grpc-Timeout, 5s",
        "Grpc-Timeout, -5m",
        "Grpc-Timeout, 123456789m",
        "X-Envoy-Expected-Rq-Timeout-Ms, 5m",
        "X-Envoy-Expected-Rq-Timeout-Ms, -1"
    })
    void timeoutsOfAnotherFormAreRefused(String header, String value) throws Exception {
        service.serve("affine", Models.affine(0));
        HttpResponse<String> refused = http.send("POST", "/v2/models/affine/infer", row(1, ""), header, value);

        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.body()).startsWith("{\"error\":\"" + header + " is of another form");
    }

    @ParameterizedTest
    @CsvSource({"Grpc-Timeout, 2m", "Grpc-Timeout, 1n", "X-Envoy-Expected-Rq-Timeout-Ms, 2"})
    void timeoutsOfHeadersAreHonoured(String header, String value) throws Exception {
        Engine engine = new Engine();
        try {
            HttpResponse<String> late = http.send("POST", "/v2/models/m/infer", row(1, ""), header, value);

            assertThat(late.statusCode()).isEqualTo(504);
            assertThat(late.body()).startsWith("{\"error\":\"deadline");
        } finally {
            engine.release();
        }
    }

    @Test
    void timeoutsAsGatewaysPassThemOnForNoneAreNone() throws Exception {
        service.serve("affine", Models.affine(0));
        assertThat(http.send(
                                "POST",
                                "/v2/models/affine/infer",
                                row(1, ""),
                                "X-Envoy-Expected-Rq-Timeout-Ms",
                                "0",
                                "Grpc-Timeout",
                                "99999999H")
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void theHighestPriorityGoesFirst() throws Exception {
        Engine engine = new Engine();
        CompletableFuture<Void> low = engine.send(2, ",\"parameters\":{\"priority\":3}", 1);
        CompletableFuture<Void> usual = engine.send(3, "", 2);
        CompletableFuture<Void> high = engine.send(4, ",\"parameters\":{\"priority\":1}", 3);

        engine.release();
        CompletableFuture.allOf(low, usual, high).join();

        assertThat(engine.ran).containsExactly(1, 4, 3, 2);
    }

    @Test
    void whatACallerWhoHasGoneAskedForIsNotRun() throws Exception {
        Engine engine = new Engine();
        String body = row(2, "");
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), service.server().port())) {
            socket.getOutputStream()
                    .write(("POST /v2/models/m/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length()
                                    + "\r\n\r\n" + body)
                            .getBytes(US_ASCII));
            engine.awaitWaiting(1);
        }
        engine.awaitWaiting(0);
        engine.release();

        assertThat(http.post("/v2/models/m/infer", row(5, "")).statusCode()).isEqualTo(200);
        assertThat(engine.ran).containsExactly(1, 5);
    }

    /** One instance that is busy with a request 1 until it is released, and notes what it runs. */
    private final class Engine {
        private final CountDownLatch released = new CountDownLatch(1);
        private final ConcurrentLinkedQueue<Integer> ran = new ConcurrentLinkedQueue<>();
        private final CompletableFuture<?> first;

        Engine() throws InterruptedException {
            CountDownLatch running = new CountDownLatch(1);
            ScriptedBackend scripted = service.script("m", Models.affine(0), 10);
            scripted.play(inputs -> {
                ran.add((int) inputs.get("x").toFloatArray()[0]);
                running.countDown();
                try {
                    released.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                return Tensors.of("y", Tensor.of(new float[] {1, 2}, 1, 2));
            });
            first = service.maas().model("m").predictAsync(Tensors.of("x", Tensor.of(new float[] {1, 0, 0}, 1, 3)));
            running.await();
        }

        /** Sends a request and waits until as many wait. */
        CompletableFuture<Void> send(int number, String more, int waiting) {
            CompletableFuture<Void> answer = CompletableFuture.runAsync(() -> {
                try {
                    assertThat(http.post("/v2/models/m/infer", row(number, more)).statusCode())
                            .isEqualTo(200);
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
            awaitWaiting(waiting);
            return answer;
        }

        void awaitWaiting(int number) {
            while (service.maas().status().rows().get(0).waiting() != number) {
                Thread.onSpinWait();
            }
        }

        void release() {
            released.countDown();
            first.join();
        }
    }
}
