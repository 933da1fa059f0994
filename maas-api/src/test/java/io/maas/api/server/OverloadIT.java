package io.maas.api.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.maas.api.Models;
import io.maas.api.ScriptedBackend;
import io.maas.api.Service;
import io.maas.api.security.ApiKeys;
import io.maas.api.security.TestCertificates;
import io.maas.model.Prediction;
import io.maas.serving.Quota;
import io.maas.serving.Quotas;
import io.maas.serving.ServingOptions;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** More than a server can do, requests that nobody waits for any more, and the end. */
@Timeout(60)
class OverloadIT {
    private final CountDownLatch running = new CountDownLatch(1);
    private final CountDownLatch release = new CountDownLatch(1);
    private final List<Float> ran = new CopyOnWriteArrayList<>();

    private ScriptedBackend script(Service service, int maxQueue) {
        ScriptedBackend engine = service.script("m", Models.affine(0), maxQueue);
        engine.playHeld(running, release, inputs -> {
            ran.add(inputs.get("x").floats().get(0));
            return Tensors.of("y", Tensor.of(new float[] {1, 2}, 1, 2));
        });
        return engine;
    }

    private static String row(int number) {
        return "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,3],\"datatype\":\"FP32\",\"data\":[" + number + ",0,0]}]}";
    }

    private static HttpRequest infer(Service service, int number) {
        return HttpRequest.newBuilder(URI.create(service.uri() + "/v2/models/m/infer"))
                .POST(BodyPublishers.ofString(row(number)))
                .build();
    }

    @Test
    void everyRefusalSaysWhenToTryAgain() throws Exception {
        int number = 40;
        try (Service service = Service.start()) {
            script(service, 4);
            HttpClient client = HttpClient.newHttpClient();
            List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
            CountDownLatch refused = new CountDownLatch(number - 5);
            for (int i = 0; i < number; i++) {
                answers.add(client.sendAsync(infer(service, i), BodyHandlers.ofString())
                        .whenComplete((answer, e) -> refused.countDown()));
            }
            // One runs, four wait, and all others hear at once, while the first is still at work.
            refused.await();
            // Those that are counted complete in the same breath.
            while (answers.stream().filter(CompletableFuture::isDone).count() < number - 5) {
                Thread.onSpinWait();
            }
            List<HttpResponse<String>> first = answers.stream()
                    .filter(CompletableFuture::isDone)
                    .map(CompletableFuture::join)
                    .toList();
            release.countDown();
            assertThat(first).hasSize(number - 5).allSatisfy(answer -> {
                assertThat(answer.statusCode()).isEqualTo(503);
                assertThat(answer.headers().firstValue("retry-after").orElseThrow())
                        .matches("[1-9][0-9]*");
                assertThat(answer.body()).contains("\"code\":\"overloaded\"");
            });
            assertThat(answers.stream().map(CompletableFuture::join).filter(answer -> answer.statusCode() == 200))
                    .hasSize(5);
        }
    }

    @Test
    void callersHaveQuotasOfTheirOwn(@TempDir Path folder) throws Exception {
        ApiKeys keys = ApiKeys.open(folder.resolve("keys.json"));
        String noisy = keys.issue("noisy", java.util.Set.of(io.maas.api.security.Grant.parse("infer:m")), null)
                .secret();
        String quiet = keys.issue("quiet", java.util.Set.of(io.maas.api.security.Grant.parse("infer:m")), null)
                .secret();
        Quota quota = Quota.unlimited().withRequestsPerSecond(0.01).withBurst(Duration.ofSeconds(150));
        try (Service service =
                Service.start(Doors.options(keys), ServingOptions.defaults().withQuotas(Quotas.each(quota)))) {
            service.serve("m", Models.affine(0));
            RawHttp http = new RawHttp(service.uri());
            List<Integer> statuses = new ArrayList<>();
            HttpResponse<String> last = null;
            for (int i = 0; i < 5; i++) {
                last = http.send("POST", "/v2/models/m/infer", row(i), "Authorization", "Bearer " + noisy);
                statuses.add(last.statusCode());
            }
            assertThat(statuses).containsExactly(200, 200, 429, 429, 429);
            HttpResponse<String> refused = Objects.requireNonNull(last);
            assertThat(refused.body()).contains("\"code\":\"quota_exceeded\"");
            assertThat(Integer.parseInt(
                            refused.headers().firstValue("retry-after").orElseThrow()))
                    .isBetween(1, 100);
            assertThat(http.send("POST", "/v2/models/m/infer", row(0), "Authorization", "Bearer " + quiet)
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void requestsOfClientsThatWentAwayAreNotRun() throws Exception {
        try (Service service = Service.start()) {
            script(service, 1);
            CompletableFuture<Prediction> first = service.maas().model("m").predictAsync(inputs(1));
            running.await();
            Socket socket = new Socket(
                    InetAddress.getLoopbackAddress(), service.server().port());
            String body = row(2);
            socket.getOutputStream()
                    .write(("POST /v2/models/m/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length()
                                    + "\r\n\r\n" + body)
                            .getBytes(US_ASCII));
            untilWaiting(service, 1);
            socket.close();
            untilWaiting(service, 0);
            release.countDown();
            first.join();
            assertThat(ran).containsExactly(1f);
        }
    }

    @Test
    void soItIsWithStreamsOfHttp2(@TempDir Path folder) throws Exception {
        TestCertificates.Identity authority = TestCertificates.authority("CN=Authority");
        TestCertificates.signed(authority, "CN=x", "ip:7F000001").write(folder.resolve("cert"), folder.resolve("key"));
        try (Service service = Service.start(
                ServerOptions.defaults().withTls(Tls.of(folder.resolve("cert"), folder.resolve("key"))))) {
            script(service, 1);
            CompletableFuture<Prediction> first = service.maas().model("m").predictAsync(inputs(1));
            running.await();
            HttpClient client = HttpClient.newBuilder()
                    .sslContext(TlsIT.trusting(authority))
                    .build();
            CompletableFuture<HttpResponse<String>> second =
                    client.sendAsync(infer(service, 2), BodyHandlers.ofString());
            untilWaiting(service, 1);
            second.cancel(true);
            untilWaiting(service, 0);
            release.countDown();
            first.join();
            assertThat(ran).containsExactly(1f);
            // The connection is as good as before.
            assertThat(client.send(infer(service, 4), BodyHandlers.ofString()).version())
                    .isEqualTo(HttpClient.Version.HTTP_2);
        }
    }

    private static Tensors inputs(float number) {
        return Tensors.of("x", Tensor.of(new float[] {number, 0, 0}, 1, 3));
    }

    private static void untilWaiting(Service service, int requests) {
        while (service.maas().status().rows().get(0).waiting() != requests) {
            assertThat(Thread.interrupted()).isFalse();
            Thread.onSpinWait();
        }
    }

    @Test
    void drainingServersSayNoAndAnswerOn() throws Exception {
        try (Service service = Service.start()) {
            service.serve("m", Models.affine(0));
            RawHttp http = new RawHttp(service.uri());
            service.server().drain();
            HttpResponse<String> ready = http.get("/v2/health/ready");
            assertThat(ready.statusCode()).isEqualTo(503);
            assertThat(ready.body()).contains("\"ready\":false", "the server is being stopped");
            assertThat(http.get("/v2/health/live").statusCode()).isEqualTo(200);
            assertThat(http.post("/v2/models/m/infer", row(1)).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void whatIsUnderWayEndsAndWhatComesLateDoesNotBegin() throws Exception {
        try (Service service = Service.start()) {
            script(service, 8);
            CompletableFuture<HttpResponse<String>> underWay =
                    HttpClient.newHttpClient().sendAsync(infer(service, 1), BodyHandlers.ofString());
            running.await();
            Socket late = new Socket(
                    InetAddress.getLoopbackAddress(), service.server().port());
            late.setSoTimeout(20_000);
            CompletableFuture<Void> closed =
                    CompletableFuture.runAsync(() -> service.server().close());
            // Asked again and again until it hears that this is over; before that, all is as always.
            String answer = "HTTP/1.1 200 OK";
            while (answer.startsWith("HTTP/1.1 200")) {
                answer = ask(late, "GET /v2/models HTTP/1.1\r\nHost: localhost\r\n\r\n");
            }
            assertThat(answer)
                    .satisfiesAnyOf(
                            text -> assertThat(text).isEmpty(),
                            text -> assertThat(text).startsWith("HTTP/1.1 503 "));
            late.close();
            assertThat(closed).as("waits for what is under way").isNotDone();
            release.countDown();
            assertThat(underWay.join().statusCode()).isEqualTo(200);
            closed.join();
            assertThat(ran).containsExactly(1f);
        }
    }

    /** The answer's head and document, or nothing if the connection was closed. */
    private static String ask(Socket socket, String request) {
        StringBuilder answer = new StringBuilder();
        try {
            socket.getOutputStream().write(request.getBytes(US_ASCII));
            for (int read = socket.getInputStream().read();
                    read >= 0;
                    read = socket.getInputStream().read()) {
                answer.append((char) read);
                if (read == '}') {
                    break;
                }
            }
        } catch (IOException e) {
            return "";
        }
        return answer.toString();
    }
}
