package io.maas.api.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.maas.api.Models;
import io.maas.api.ScriptedBackend;
import io.maas.api.Service;
import io.maas.error.BackendException;
import io.maas.error.NonFiniteException;
import io.maas.error.OverloadedException;
import io.maas.error.QuotaExceededException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What callers hear when something behind the door fails. */
class FailuresIT {
    private static final String ROW =
            "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,3],\"datatype\":\"FP32\",\"data\":[1,0,0]}]%s}";
    private static final String INFER = "/v2/models/m/infer";

    private Service service;
    private ScriptedBackend engine;
    private RawHttp http;

    @BeforeEach
    void start() {
        service = Service.start();
        engine = service.script("m", Models.affine(0), 1);
        http = new RawHttp(service.uri());
    }

    @AfterEach
    void stop() {
        service.close();
    }

    private static String row() {
        return ROW.formatted("");
    }

    @Test
    void insidesStayInside() throws Exception {
        engine.play(inputs -> {
            throw new BackendException("scripted", "secret /etc/path", new IllegalArgumentException("secret"));
        });

        HttpResponse<String> response = http.post(INFER, row());

        assertThat(response.statusCode()).isEqualTo(500);
        assertThat(response.headers().allValues("content-type")).containsExactly("application/json");
        assertThat(response.body())
                .matches(
                        "\\{\"error\":\"internal error [0-9a-f-]{36}; the server's log says more under this id\",\"code\":\"internal\",.*");
    }

    @Test
    void programmingErrorsAreInternalToo() throws Exception {
        for (RuntimeException bug : new RuntimeException[] {
            new IllegalStateException("secret"),
            new NullPointerException("secret"),
            new IllegalArgumentException("secret")
        }) {
            engine.play(inputs -> {
                throw bug;
            });

            HttpResponse<String> response = http.post(INFER, row());

            assertThat(response.statusCode()).as("%s", bug).isEqualTo(500);
            assertThat(response.body())
                    .startsWith("{\"error\":\"internal error ")
                    .doesNotContain("secret", "Exception");
        }
    }

    @Test
    void overloadSaysWhenToTryAgain() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch running = new CountDownLatch(1);
        engine.play(inputs -> {
            running.countDown();
            await(release);
            return io.maas.tensor.Tensors.of("y", io.maas.tensor.Tensor.of(new float[] {1, 2}, 1, 2));
        });
        var model = service.maas().model("m");
        var first = model.predictAsync(inputs());
        running.await();
        var second = model.predictAsync(inputs());
        try {
            HttpResponse<String> refused = http.post(INFER, row());

            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.body()).startsWith("{\"error\":\"");
            assertThat(refused.headers().firstValue("retry-after").orElseThrow())
                    .matches("[1-9][0-9]*");
        } finally {
            release.countDown();
        }
        CompletableFuture.allOf(first, second).join();
        assertThat(http.post(INFER, row()).statusCode()).isEqualTo(200);
    }

    @Test
    void retryAfterIsRoundedUpToWholeSeconds() throws Exception {
        engine.play(inputs -> {
            throw new OverloadedException("full", Duration.ofMillis(1200));
        });
        assertThat(http.post(INFER, row()).headers().firstValue("retry-after")).hasValue("2");
        engine.play(inputs -> {
            throw new OverloadedException("full", Duration.ZERO);
        });
        assertThat(http.post(INFER, row()).headers().firstValue("retry-after")).hasValue("1");
    }

    @Test
    void callersBeyondTheirQuotaAreToldApartFromOverload() throws Exception {
        engine.play(inputs -> {
            throw new QuotaExceededException("caller \"a\" has used up its quota", Duration.ofMillis(1200));
        });

        HttpResponse<String> refused = http.post(INFER, row());

        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(refused.headers().firstValue("retry-after")).hasValue("2");
    }

    @Test
    void anAnswerThatHoldsNanSaysSo() throws Exception {
        engine.play(inputs -> {
            throw new NonFiniteException("output \"y\"", "output \"y\" holds NaN");
        });

        HttpResponse<String> refused = http.post(INFER, row());

        assertThat(refused.statusCode()).isEqualTo(500);
        assertThat(refused.body()).startsWith("{\"error\":\"output \\\"y\\\" holds NaN\",\"code\":\"not_finite\",");
    }

    @Test
    void timeoutOfTheRequestIsHonoured() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch running = new CountDownLatch(1);
        engine.play(inputs -> {
            running.countDown();
            await(release);
            return io.maas.tensor.Tensors.of("y", io.maas.tensor.Tensor.of(new float[] {1, 2}, 1, 2));
        });
        var first = service.maas().model("m").predictAsync(inputs());
        running.await();
        try {
            HttpResponse<String> late = http.post(INFER, ROW.formatted(",\"parameters\":{\"timeout\":2000}"));

            assertThat(late.statusCode()).isEqualTo(504);
            assertThat(late.body()).startsWith("{\"error\":\"deadline");
        } finally {
            release.countDown();
        }
        first.join();
    }

    @Test
    void closedModelsAreNotReadyWhileTheServerLives() throws Exception {
        service.maas().close();

        assertThat(http.get("/v2/health/live").body()).isEqualTo("{\"live\":true,\"ready\":false}");
        assertThat(http.get("/v2/health/live").statusCode()).isEqualTo(200);
        HttpResponse<String> ready = http.get("/v2/health/ready");
        assertThat(ready.statusCode()).isEqualTo(503);
        assertThat(ready.body())
                .isEqualTo("{\"live\":true,\"ready\":false,\"error\":\"not ready: the models are being closed\"}");
        for (HttpResponse<String> refused :
                List.of(http.post(INFER, row()), http.get("/v2/models"), http.get("/v2/models/m/ready"))) {
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.body())
                    .startsWith("{\"error\":\"not ready: the models are being closed (expected: an open maas)\",");
            assertThat(refused.headers().firstValue("retry-after")).isEmpty();
        }
    }

    @Test
    void whileModelsArePutIntoServiceItLivesAndAnswersAndIsNotReady() throws Exception {
        CompletableFuture<Void> preparation = new CompletableFuture<>();
        try (MaasServer server = MaasServer.start(service.maas(), ServerOptions.defaults(), preparation)) {
            RawHttp early = new RawHttp(server.uri());
            assertThat(early.get("/v2/health/live").body()).isEqualTo("{\"live\":true,\"ready\":false}");
            HttpResponse<String> ready = early.get("/v2/health/ready");
            assertThat(ready.statusCode()).isEqualTo(503);
            assertThat(ready.body()).contains("not ready: the models are being put into service");
            engine.play(inputs -> io.maas.tensor.Tensors.of("y", io.maas.tensor.Tensor.of(new float[] {1, 2}, 1, 2)));
            assertThat(early.post(INFER, row()).statusCode()).isEqualTo(200);

            preparation.complete(null);

            assertThat(early.get("/v2/health/ready").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void whereModelsCouldNotBePutIntoServiceItNeverGetsReady() throws Exception {
        CompletableFuture<Void> preparation = CompletableFuture.failedFuture(new IllegalStateException("secret"));
        try (MaasServer server = MaasServer.start(service.maas(), ServerOptions.defaults(), preparation)) {
            HttpResponse<String> ready = new RawHttp(server.uri()).get("/v2/health/ready");
            assertThat(ready.statusCode()).isEqualTo(503);
            assertThat(ready.body())
                    .contains("not ready: not all models could be put into service")
                    .doesNotContain("secret");
        }
    }

    @Test
    void modelTakenOutOfServiceIsNotFound() throws Exception {
        service.maas().undeploy("m");

        assertThat(http.post(INFER, row()).statusCode()).isEqualTo(404);
        assertThat(http.get("/v2/models").body()).isEqualTo("{\"models\":[]}");
        assertThat(http.get("/v2/health/ready").statusCode()).isEqualTo(200);
    }

    private static io.maas.tensor.Tensors inputs() {
        return io.maas.tensor.Tensors.of("x", io.maas.tensor.Tensor.of(new float[] {1, 0, 0}, 1, 3));
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
