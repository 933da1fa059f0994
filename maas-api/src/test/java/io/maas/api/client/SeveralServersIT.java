package io.maas.api.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.maas.Maas;
import io.maas.api.Models;
import io.maas.api.Service;
import io.maas.api.client.ClientOptions.Retries;
import io.maas.api.server.MaasServer;
import io.maas.api.server.ServerOptions;
import io.maas.api.wire.Message;
import io.maas.error.DeadlineExceededException;
import io.maas.error.MaasException;
import io.maas.error.OverloadedException;
import io.maas.model.RequestOptions;
import io.maas.registry.Change;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is asked again, of whom, and how often. */
@Timeout(60)
class SeveralServersIT {
    private static final ClientOptions QUICK =
            ClientOptions.defaults().withRetries(new Retries(4, Duration.ofMillis(1), Duration.ofSeconds(5)));
    private static final Tensors ROW = Tensors.of("x", Tensor.of(new float[] {1, 0, 0}, 1, 3));

    private final List<HttpServer> servers = new ArrayList<>();
    private final List<String> asked = new CopyOnWriteArrayList<>();

    @AfterEach
    void stop() {
        servers.forEach(server -> server.stop(0));
    }

    /** What a server does with a request. */
    private interface Script {
        void answer(HttpExchange exchange, int count) throws IOException;
    }

    private URI server(Script script) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        servers.add(server);
        int[] count = {0};
        server.createContext("/", exchange -> {
            asked.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
            script.answer(exchange, ++count[0]);
        });
        server.start();
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getRequestBody().readAllBytes();
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    @Test
    void noSafeCallFailsWhenOneOfTwoServersIsKilled() {
        try (Service service = Service.start()) {
            Maas maas = service.maas();
            maas.registry().publish("digits", Models.affine(1));
            maas.deploy("digits");
            MaasServer second = MaasServer.start(maas, ServerOptions.defaults());
            try (MaasClient client = MaasClient.connect(List.of(second.uri(), service.uri()), QUICK)) {
                for (int i = 0; i < 20; i++) {
                    assertThat(client.registry().models()).containsExactly("digits");
                }
                second.close();
                for (int i = 0; i < 50; i++) {
                    assertThat(client.registry().models()).containsExactly("digits");
                    client.registry().setAlias("digits", "a" + i, 1, Change.unsaid());
                    assertThat(client.model("digits").predict(ROW).version()).isEqualTo(1);
                }
                client.registry().publish("digits", Models.affine(2));
            } finally {
                second.close();
            }
        }
    }

    @Test
    void whatReadsIsAskedAgainAsOftenAsSaid() throws IOException {
        URI uri = server((exchange, count) -> {
            if (count == 1) {
                exchange.getResponseHeaders().set("Retry-After", "0");
                answer(exchange, 503, "{\"error\":\"busy\"}");
            } else if (count == 2) {
                exchange.close();
            } else if (count == 3) {
                exchange.getResponseHeaders().set("Retry-After", "0");
                answer(exchange, 429, "{\"error\":\"slower\"}");
            } else {
                answer(exchange, 200, "{\"models\":[\"a\"]}");
            }
        });
        try (MaasClient client = MaasClient.connect(uri, QUICK)) {
            assertThat(client.registry().models()).containsExactly("a");
        }
        assertThat(asked).hasSize(4).containsOnly("GET /api/models");
    }

    @Test
    void givesUpAfterTheLastAttempt() throws IOException {
        URI uri = server((exchange, count) -> answer(exchange, 503, "{\"error\":\"down\"}"));
        try (MaasClient client = MaasClient.connect(uri, QUICK)) {
            assertThatThrownBy(() -> client.registry().models()).isInstanceOf(MaasException.class);
        }
        assertThat(asked).hasSize(4);
    }

    @Test
    void doesNotWaitLongerThanItIsSupposedTo() throws IOException {
        URI uri = server((exchange, count) -> {
            exchange.getResponseHeaders().set("Retry-After", "3600");
            answer(exchange, 503, "{\"error\":\"busy\"}");
        });
        try (MaasClient client = MaasClient.connect(uri, QUICK)) {
            assertThatThrownBy(() -> client.registry().models())
                    .isInstanceOfSatisfying(
                            OverloadedException.class,
                            e -> assertThat(e.retryAfter()).isEqualTo(Duration.ofHours(1)));
        }
        assertThat(asked).hasSize(1);
    }

    @Test
    void whatMayHaveRunIsNeverSentTwice() throws IOException {
        Script broken = (exchange, count) -> {
            exchange.getRequestBody().readAllBytes();
            if (exchange.getRequestMethod().equals("GET")) {
                answer(
                        exchange,
                        200,
                        "{\"name\":\"digits\",\"versions\":[\"1\"],\"platform\":\"onnx_onnxv1\",\"inputs\":[{\"name\":\"x\","
                                + "\"datatype\":\"FP32\",\"shape\":[-1,3]}],\"outputs\":[]}");
            } else {
                exchange.close();
            }
        };
        try (MaasClient client = MaasClient.connect(List.of(server(broken), server(broken)), QUICK)) {
            assertThatThrownBy(() -> client.model("digits").predict(ROW))
                    .isInstanceOf(MaasException.class)
                    .hasMessageContaining("whether the request was carried out is not known");
            assertThatThrownBy(() -> client.deployments().rollback("digits", Change.unsaid()))
                    .isInstanceOf(MaasException.class);
        }
        assertThat(asked)
                .filteredOn(each -> each.startsWith("POST"))
                .containsExactly("POST /v2/models/digits/infer", "POST /api/deployments/digits/rollback");
    }

    @Test
    void whatNobodyHasBegunWithGoesToAnotherServer() throws IOException {
        Script busy = (exchange, count) -> {
            exchange.getResponseHeaders().set("Retry-After", "1");
            answer(exchange, 503, "{\"error\":\"busy\"}");
        };
        Script idle = (exchange, count) -> answer(exchange, 200, "{\"version\":4}");
        URI nobody = server(idle);
        servers.remove(servers.size() - 1).stop(0);
        try (MaasClient client = MaasClient.connect(List.of(server(busy), nobody, server(idle)), QUICK)) {
            for (int i = 0; i < 6; i++) {
                assertThat(client.deployments().rollback("digits", Change.unsaid()))
                        .isEqualTo(4);
            }
        }
    }

    @Test
    void showsItsKeyAndNoLogDoes() throws IOException {
        List<String> shown = new CopyOnWriteArrayList<>();
        URI uri = server((exchange, count) -> {
            shown.add(exchange.getRequestHeaders().getFirst("Authorization"));
            shown.add(exchange.getRequestHeaders().getFirst("X-Change-Reason"));
            answer(exchange, 200, "{\"version\":1}");
        });
        ClientOptions options = QUICK.withKey("s3cret-key");
        try (MaasClient client = MaasClient.connect(uri, options)) {
            client.deployments().rollback("digits", new Change("", "\u00fc\n"));
        }
        assertThat(shown).containsExactly("Bearer s3cret-key", "UTF-8''%C3%BC%0A");
        assertThat(options.toString()).doesNotContain("s3cret");
    }

    @Test
    void aDownloadThatBreaksGoesOnWhereItEnded() throws IOException {
        byte[] file = new byte[300_000];
        new Random(1).nextBytes(file);
        URI uri = server((exchange, count) -> {
            String range = exchange.getRequestHeaders().getFirst("Range");
            int from = range == null ? 0 : Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
            exchange.sendResponseHeaders(range == null ? 200 : 206, file.length - from);
            int to = count == 3 ? file.length : Math.min(file.length, from + 100_000);
            exchange.getResponseBody().write(file, from, to - from);
            exchange.getResponseBody().flush();
            exchange.close();
        });
        try (Transport transport = new Transport(List.of(uri), QUICK)) {
            assertThat(new RemoteFile(new Rest(transport), "/file", file.length).read())
                    .isEqualTo(file);
        }
        assertThat(asked).hasSize(3);
    }

    private static final ClientOptions IMPATIENT = QUICK.withRequestTimeout(Duration.ofSeconds(1));

    @Test
    void aServerThatStandsStillIsLeftAloneAndReadsGoToTheNext() throws IOException {
        URI idle = server((exchange, count) -> answer(exchange, 200, "{\"models\":[\"a\"]}"));
        try (Standing standing = new Standing();
                MaasClient client = MaasClient.connect(
                        List.of(standing.uri("http"), idle), QUICK.withRequestTimeout(Duration.ofSeconds(3)))) {
            for (int i = 0; i < 50; i++) {
                assertThat(client.registry().models()).containsExactly("a");
            }
            // Its first request, and perhaps the question whether it is ready again.
            assertThat(standing.connections()).isBetween(1, 2);
        }
    }

    @Test
    void aCallThatEndsByItsDeadlineCountsAgainstTheServer() throws IOException {
        URI idle = server((exchange, count) -> answer(exchange, 200, "{}"));
        try (Standing standing = new Standing();
                Transport transport = new Transport(List.of(standing.uri("http"), idle), QUICK)) {
            RequestOptions options = RequestOptions.timeout(Duration.ofMillis(100));
            Message message = Message.json("{}".getBytes(StandardCharsets.UTF_8));
            assertThatThrownBy(() -> Transport.join(transport.post("/infer", message, options)))
                    .isInstanceOf(DeadlineExceededException.class)
                    .hasMessage(
                            "no answer from " + standing.uri("http") + " within PT0.1S; allow more time or send less");
            for (int i = 0; i < 6; i++) {
                assertThat(Transport.join(transport.post("/infer", message, RequestOptions.none()))
                                .statusCode())
                        .isEqualTo(200);
            }
        }
    }

    @Test
    void whereNoServerAnswersInTimeEachWasAskedOnce() throws IOException {
        try (Standing one = new Standing();
                Standing other = new Standing();
                MaasClient client = MaasClient.connect(List.of(one.uri("http"), other.uri("http")), IMPATIENT)) {
            assertThatThrownBy(client::models)
                    .isInstanceOf(DeadlineExceededException.class)
                    .hasMessage("no answer from " + other.uri("http") + " within PT1S; allow more time or send less");
            assertThat(one.connections()).isEqualTo(1);
            assertThat(other.connections()).isEqualTo(1);
        }
    }

    @Test
    void whatTakesNoOptionsHasTheClientsTimeout() throws IOException {
        try (Standing standing = new Standing();
                MaasClient client = MaasClient.connect(standing.uri("http"), IMPATIENT)) {
            assertThat(client.isReady()).isFalse();
            List<ThrowingCallable> calls = List.of(
                    client::models,
                    () -> client.model("m"),
                    () -> client.jobs().list(),
                    () -> client.jobs().follow("j", event -> {}),
                    () -> client.dataSets().list(),
                    () -> client.dataSets().uploadCsv("d", "a,b"));
            for (ThrowingCallable call : calls) {
                assertThatThrownBy(call).isInstanceOf(DeadlineExceededException.class);
            }
        }
    }
}
