package io.maas.api.client;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.api.Models;
import io.maas.api.Service;
import io.maas.error.DeadlineExceededException;
import io.maas.error.InvalidInputException;
import io.maas.error.MaasException;
import io.maas.error.ModelNotFoundException;
import io.maas.model.Model;
import io.maas.model.RequestOptions;
import io.maas.model.TensorSpec;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is a network's own: addresses, broken connections, other servers. */
@Timeout(120)
class MaasClientIT {
    private static final Tensors ROW = Tensors.of("x", Tensor.of(new float[] {1, 0, 0}, 1, 3));
    private static final String METADATA =
            "{\"name\":\"m\",\"versions\":[\"1\"],\"platform\":\"\",\"inputs\":[],\"outputs\":[]}";

    @Test
    void listsModelsAndKnowsWhenTheServerIsReady() {
        try (Service service = Service.start();
                MaasClient client = MaasClient.connect(URI.create(service.uri() + "/"))) {
            assertThat(client.models()).isEmpty();
            service.serve("b", Models.affine(0));
            service.serve("a", Models.log());
            assertThat(client.models()).containsExactly("a", "b");
            assertThat(client.isReady()).isTrue();
            service.maas().close();
            assertThat(client.isReady()).isFalse();
            assertThatThrownBy(client::models)
                    .isExactlyInstanceOf(MaasException.class)
                    .hasMessage(service.uri() + "/ failed with status 503: not ready: the models are being closed"
                            + " (expected: an open maas)");
            service.server().close();
            assertThat(client.isReady()).isFalse();
        }
    }

    @Test
    void sizesThatVaryGetNames() {
        try (Service service = Service.start();
                MaasClient client = MaasClient.connect(service.uri())) {
            service.serve("sum", io.maas.model.Artifact.of(Models.sum()));

            assertThat(client.model("sum").signature().inputs())
                    .containsExactly(
                            new TensorSpec("a", DataType.FLOAT64, Shape.symbolic("batch", "?")),
                            new TensorSpec("b", DataType.FLOAT64, Shape.symbolic("batch", "?")));
        }
    }

    @Test
    void addressesThatAreNoneAreRefused() {
        for (String address : new String[] {"ftp://127.0.0.1", "127.0.0.1", "http:///x", "/x"}) {
            assertThatThrownBy(() -> MaasClient.connect(URI.create(address)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("server: " + address + " (expected: an address such as http://127.0.0.1:8080)");
        }
    }

    @Test
    void noServerAtTheAddressIsSaid() throws IOException {
        URI nobody;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = URI.create("http://127.0.0.1:" + socket.getLocalPort());
        }
        try (MaasClient client = MaasClient.connect(nobody)) {
            assertThat(client.isReady()).isFalse();
            assertThatThrownBy(() -> client.model("m"))
                    .isExactlyInstanceOf(MaasException.class)
                    .hasMessage(
                            "cannot connect to " + nobody + " (expected: a server there); start it or mend the address")
                    .hasCauseInstanceOf(java.net.ConnectException.class);
        }
    }

    @Test
    void whatJsonCannotCarryIsNotSentToServersThatKnowNothingElse() throws Exception {
        AtomicInteger posts = new AtomicInteger();
        try (FakeServer server = new FakeServer(request -> {
                    if (request.startsWith("GET")) {
                        return answer("200 OK", METADATA);
                    }
                    posts.incrementAndGet();
                    assertThat(request)
                            .contains("Content-Type: application/json")
                            .doesNotContain("Inference-Header");
                    return answer("200 OK", "{\"model_name\":\"m\",\"model_version\":\"1\",\"outputs\":[]}");
                });
                MaasClient client = MaasClient.connect(server.uri())) {
            Model model = client.model("m");
            Tensors nan = Tensors.of("x", Tensor.of(new float[] {0, Float.NaN, 0}, 1, 3));
            assertThatThrownBy(() -> model.predict(nan))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessage("input \"x\": value at index 1 is NaN or infinite, which JSON cannot express"
                            + " (expected: finite values)");
            assertThat(posts).hasValue(0);
            assertThat(model.predict(ROW).outputs()).isEmpty();
            assertThat(posts).hasValue(1);
        }
    }

    @Test
    void keysAndPrioritiesArrive() throws Exception {
        try (FakeServer server = new FakeServer(request -> request.startsWith("GET")
                        ? answer("200 OK", METADATA)
                        : answer("400 Bad Request", "{\"error\":\"" + FakeServer.body(request) + "\"}"));
                MaasClient client = MaasClient.connect(server.uri())) {
            Model model = client.model("m");
            RequestOptions options = RequestOptions.timeout(Duration.ofSeconds(9))
                    .withPriority(7)
                    .withKey("ann");
            assertThatThrownBy(() -> model.predict(Tensors.none(), options))
                    .hasMessage("{'parameters':{'timeout':9000000,'priority':1,'sticky_key':'ann'},'inputs':[]}");
        }
    }

    @Test
    void timeoutsHoldEvenIfTheServerNeverAnswers() throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        try (FakeServer server = new FakeServer(request -> {
                    if (request.startsWith("GET")) {
                        return answer("200 OK", METADATA);
                    }
                    done.await();
                    return "";
                });
                MaasClient client = MaasClient.connect(server.uri())) {
            Model model = client.model("m");
            assertThatThrownBy(() -> model.predict(ROW, RequestOptions.timeout(Duration.ofMillis(20))))
                    .isInstanceOf(DeadlineExceededException.class)
                    .hasMessage("no answer from " + server.uri() + " within PT0.02S; allow more time or send less");
        } finally {
            done.countDown();
        }
    }

    @Test
    void requestsThatBreakAreNotSentAgain() throws Exception {
        AtomicInteger posts = new AtomicInteger();
        try (FakeServer server = new FakeServer(request -> {
                    if (request.startsWith("GET")) {
                        return answer("200 OK", METADATA);
                    }
                    // Half an answer on the first, nothing at all on the second.
                    return posts.incrementAndGet() == 1 ? "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"model" : "";
                });
                MaasClient client = MaasClient.connect(server.uri())) {
            Model model = client.model("m");
            for (int sent = 1; sent <= 2; sent++) {
                assertThatThrownBy(() -> model.predict(ROW))
                        .isExactlyInstanceOf(MaasException.class)
                        .hasMessage(
                                "connection to " + server.uri() + " broke before the answer was complete (expected: an"
                                        + " answer); whether the request was carried out is not known");
                assertThat(posts).hasValue(sent);
            }
        }
    }

    @Test
    void answersOfSomethingElseAreSaidToBe() throws Exception {
        try (FakeServer server = new FakeServer(request -> request.contains("/ready")
                        ? answer("200 OK", "<html>")
                        : request.startsWith("GET")
                                ? answer("200 OK", METADATA)
                                : answer("502 Bad Gateway", "<html>"));
                MaasClient client = MaasClient.connect(server.uri())) {
            assertThat(client.isReady()).isFalse();
            assertThatThrownBy(client::models)
                    .isExactlyInstanceOf(MaasException.class)
                    .hasMessage(
                            server.uri() + " sent something else than the Open Inference Protocol: models is missing");
            assertThatThrownBy(() -> client.model("m").predict(ROW))
                    .isExactlyInstanceOf(MaasException.class)
                    .hasMessage(
                            server.uri() + " failed with status 502: " + server.uri() + " answered with status 502");
        }
    }

    @Test
    void closingEndsRequestsUnderWay() throws Exception {
        CountDownLatch arrived = new CountDownLatch(1);
        CountDownLatch done = new CountDownLatch(1);
        try (FakeServer server = new FakeServer(request -> {
            if (request.startsWith("GET")) {
                return answer("200 OK", METADATA);
            }
            arrived.countDown();
            done.await();
            return "";
        })) {
            MaasClient client = MaasClient.connect(server.uri());
            CompletableFuture<?> answer = client.model("m").predictAsync(ROW);
            arrived.await();
            client.close();
            assertThat(answer)
                    .failsWithin(Duration.ofSeconds(60))
                    .withThrowableThat()
                    .withCauseInstanceOf(IllegalStateException.class)
                    .withMessageContaining("client of " + server.uri() + " is closed");
        } finally {
            done.countDown();
        }
    }

    @Test
    void whatCannotBeANameIsAskedOfNobody() throws IOException {
        try (MaasClient client = MaasClient.connect(URI.create("http://127.0.0.1:1"))) {
            for (String name : new String[] {"", ".", ".."}) {
                assertThatThrownBy(() -> client.model(name))
                        .isInstanceOf(ModelNotFoundException.class)
                        .hasMessageStartingWith("no model \"" + name + "\"");
                assertThatThrownBy(() -> client.jobs().get(name)).isInstanceOf(ModelNotFoundException.class);
                assertThatThrownBy(() -> client.dataSets().get(name)).isInstanceOf(ModelNotFoundException.class);
            }
        }
    }

    @Test
    void conflictsOfJobsAndDataSetsAreSaidAsOthers() throws Exception {
        try (FakeServer server = new FakeServer(
                        request -> answer("409 Conflict", "{\"error\":\"job j runs\",\"code\":\"conflict\"}"));
                MaasClient client = MaasClient.connect(server.uri())) {
            assertThatThrownBy(() -> client.jobs().resume("j"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("job j runs");
            assertThatThrownBy(() -> client.dataSets().delete("d")).isInstanceOf(IllegalStateException.class);
        }
    }

    /** Follows a job of which one event comes and then nothing, and ends that. */
    private static Throwable ending(BiConsumer<MaasClient, Thread> end) throws Exception {
        String event = "{\"type\":\"note\",\"time\":\"2025-01-01T00:00:00Z\",\"message\":\"m\"}";
        CountDownLatch arrived = new CountDownLatch(1);
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        try (ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                MaasClient client = MaasClient.connect(URI.create("http://127.0.0.1:" + socket.getLocalPort()))) {
            Thread follower = new Thread(() -> {
                try {
                    client.jobs().follow("j", each -> arrived.countDown());
                } catch (Throwable t) {
                    thrown.complete(t);
                }
            });
            follower.start();
            try (Socket connection = socket.accept()) {
                FakeServer.read(connection.getInputStream());
                connection
                        .getOutputStream()
                        .write(("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nid: 1\ndata: " + event
                                        + "\n\n")
                                .getBytes(US_ASCII));
                arrived.await();
                end.accept(client, follower);
                return thrown.get(60, TimeUnit.SECONDS);
            }
        }
    }

    @Test
    void whoFollowsAJobIsLetGoByTheCloseOfTheClient() throws Exception {
        assertThat(ending((client, follower) -> client.close()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is closed (expected: open)");
    }

    @Test
    void whoFollowsAJobIsLetGoByAnInterruption() throws Exception {
        assertThat(ending((client, follower) -> follower.interrupt()))
                .isExactlyInstanceOf(MaasException.class)
                .hasMessage("interrupted while waiting for an answer");
    }

    private static String answer(String status, String body) {
        return "HTTP/1.1 " + status + "\r\nContent-Length: " + body.length() + "\r\nConnection: close\r\n\r\n" + body;
    }

    /** A server that says exactly what a test wants, one request a connection. */
    private static final class FakeServer implements AutoCloseable {
        interface Script {
            String answer(String requestLine) throws Exception;
        }

        private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final Script script;

        FakeServer(Script script) throws IOException {
            this.script = script;
            Thread acceptor = new Thread(this::accept, "fake-server");
            acceptor.setDaemon(true);
            acceptor.start();
        }

        URI uri() {
            return URI.create("http://127.0.0.1:" + socket.getLocalPort());
        }

        private void accept() {
            while (!socket.isClosed()) {
                try (Socket connection = socket.accept()) {
                    String request = read(connection.getInputStream());
                    connection.getOutputStream().write(script.answer(request).getBytes(US_ASCII));
                } catch (Exception expected) {
                    // The test sees what its client makes of it.
                }
            }
        }

        private static String read(InputStream in) throws IOException {
            StringBuilder request = new StringBuilder();
            while (request.indexOf("\r\n\r\n") < 0) {
                request.append((char) in.read());
            }
            int at = request.indexOf("Content-Length: ");
            int length = at < 0 ? 0 : Integer.parseInt(request.substring(at + 16, request.indexOf("\r\n", at)));
            return request + new String(in.readNBytes(length), US_ASCII);
        }

        /** What a client sent, in single quotes. */
        static String body(String request) {
            return request.substring(request.indexOf("\r\n\r\n") + 4).replace('"', '\'');
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
