package io.maas.api.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.api.Models;
import io.maas.api.ScriptedBackend;
import io.maas.api.Service;
import io.maas.api.wire.inference.ModelInferRequest;
import io.maas.error.MaasException;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Beginning, end and bounds of a server. */
@Timeout(120)
class LifecycleIT {
    private static final String ROW =
            "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,3],\"datatype\":\"FP32\",\"data\":[1,0,0]}]}";

    /** What a process holds on to. */
    private record Holdings(long files, long classes, long loaders, long servers) {
        private static final Path FILES = Path.of("/proc/self/fd");

        private static final Pattern LOADERS = Pattern.compile("Total = ([0-9]+)");

        /** Objects of each server that nothing may lead to after its end. */
        private static final Pattern SERVERS = Pattern.compile(
                " ([0-9]+) +[0-9]+ +(io\\.maas\\.api\\.server\\.(MaasServer|Entrance|Listener)|io\\.vertx\\.core\\.impl\\.VertxImpl)\\s");

        static Holdings now() throws Exception {
            // Which collects first what is garbage.
            String histogram = diagnosis("gcClassHistogram");
            long files = 0;
            if (Files.isDirectory(FILES)) {
                try (Stream<Path> open = Files.list(FILES)) {
                    files = open.count();
                }
            }
            long servers = SERVERS.matcher(histogram)
                    .results()
                    .mapToLong(found -> Long.parseLong(found.group(1)))
                    .sum();
            Matcher loaders = LOADERS.matcher(diagnosis("vmClassloaderStats"));
            assertThat(loaders.find()).isTrue();
            return new Holdings(
                    files,
                    ManagementFactory.getClassLoadingMXBean().getLoadedClassCount(),
                    Long.parseLong(loaders.group(1)),
                    servers);
        }

        private static String diagnosis(String command) throws JMException {
            return (String) ManagementFactory.getPlatformMBeanServer()
                    .invoke(
                            new ObjectName("com.sun.management:type=DiagnosticCommand"),
                            command,
                            new Object[] {new String[0]},
                            new String[] {String[].class.getName()});
        }
    }

    private static void serve(int servers) throws IOException {
        for (int i = 0; i < servers; i++) {
            try (Service service = Service.start();
                    Socket idle = connect(service)) {
                assertThat(exchange(idle, "GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n", "}"))
                        .startsWith("HTTP/1.1 200 OK\r\n");
            }
        }
    }

    @Test
    void aHundredServersLeaveNothing() throws Exception {
        Set<Thread> before = new HashSet<>(Thread.getAllStackTraces().keySet());
        // Other tests of this JVM may hold servers of their own.
        long held = Holdings.now().servers;
        // What is made once.
        serve(10);
        awaitEnd(before);
        Holdings first = Holdings.now();
        try (Service service = Service.start()) {
            assertThat(Holdings.now().servers).as("with %s", service.uri()).isGreaterThanOrEqualTo(first.servers + 4);
        }
        serve(90);
        awaitEnd(before);
        Holdings last = Holdings.now();

        // Less than one of a kind for every third server: a leak is one for each.
        assertThat(last.files - first.files).as("%s, then %s", first, last).isLessThan(30);
        assertThat(last.classes - first.classes).as("%s, then %s", first, last).isLessThan(30);
        assertThat(last.loaders - first.loaders).as("%s, then %s", first, last).isLessThan(30);
        assertThat(first.servers - held).as("of ten servers, four objects each").isLessThan(30);
        assertThat(last.servers - first.servers).as("%s, then %s", first, last).isLessThan(30);
    }

    private static void awaitEnd(Set<Thread> before) throws InterruptedException {
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (!before.contains(thread) && !thread.getName().startsWith("Attach Listener")) {
                // Executors' last threads may be on their way out.
                thread.join(10_000);
                assertThat(thread.isAlive()).as("%s is alive", thread).isFalse();
            }
        }
    }

    private static Socket connect(Service service) throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), service.server().port());
    }

    /** Sends and reads until the text that ends the answer. */
    private static String exchange(Socket socket, String request, String end) throws IOException {
        socket.getOutputStream().write(request.getBytes(US_ASCII));
        return readUntil(socket, end);
    }

    private static String readUntil(Socket socket, String end) throws IOException {
        StringBuilder answer = new StringBuilder();
        InputStream in = socket.getInputStream();
        for (int read = in.read(); read >= 0; read = in.read()) {
            answer.append((char) read);
            if (answer.toString().endsWith(end)) {
                return answer.toString();
            }
        }
        return answer.toString();
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "localhost", "127.0.0.2", "::1"})
    void loopbackAddressesAreServed(String host) throws Exception {
        try (Service service = Service.start(ServerOptions.defaults().withHost(host))) {
            assertThat(new RawHttp(service.uri()).get("/v2/health/live").statusCode())
                    .isEqualTo(200);
            assertThat(service.server().port())
                    .isPositive()
                    .isEqualTo(service.uri().getPort());
        }
    }

    @ParameterizedTest
    @CsvSource({"0.0.0.0", "::", "192.0.2.1"})
    void otherAddressesAreRefused(String host) {
        assertThatThrownBy(() -> Service.start(ServerOptions.defaults().withHost(host)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("host: \"" + host + "\" (expected: a loopback address, such as 127.0.0.1, where nobody is"
                        + " authenticated; give an authenticator to listen for other machines)");
    }

    @Test
    void portsInUseAreRefused() {
        try (Service service = Service.start()) {
            int port = service.server().port();
            assertThatThrownBy(() -> MaasServer.start(
                            service.maas(), ServerOptions.defaults().withPort(port)))
                    .isInstanceOf(MaasException.class)
                    .hasMessage("cannot listen on 127.0.0.1:" + port
                            + " (expected: a free port that this process may use); choose another one, or 0 for any")
                    .hasCauseInstanceOf(java.net.BindException.class);
        }
    }

    @Test
    void closingTwiceAndClosingBeforeTheModelsIsFine() {
        Service service = Service.start();
        service.server().close();
        service.server().close();
        service.maas().close();
    }

    @Test
    void requestsUnderWayAreAnsweredWhenTheServerCloses() throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        try (Service service = Service.start()) {
            ScriptedBackend engine = service.script("m", Models.affine(0), 8);
            engine.playHeld(running, release, inputs -> Tensors.of("y", Tensor.of(new float[] {1, 2}, 1, 2)));
            CompletableFuture<HttpResponse<String>> answer = CompletableFuture.supplyAsync(() -> {
                try {
                    return new RawHttp(service.uri()).post("/v2/models/m/infer", ROW);
                } catch (IOException | InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            running.await();
            CompletableFuture<Void> closed =
                    CompletableFuture.runAsync(() -> service.server().close());
            release.countDown();
            assertThat(answer.get().statusCode()).isEqualTo(200);
            closed.get();
        }
    }

    @Test
    void whileRequestsEndTheServerSaysThatItIsNotReadyAndTakesNoMore() throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        try (Service service = Service.start(withLongGrace());
                ForeignGrpc grpc = new ForeignGrpc(service.server().port())) {
            ScriptedBackend engine = service.script("m", Models.affine(0), 8);
            engine.playHeld(running, release, inputs -> Tensors.of("y", Tensor.of(new float[] {1, 2}, 1, 2)));
            RawHttp http = new RawHttp(service.uri());
            CompletableFuture<HttpResponse<String>> answer =
                    CompletableFuture.supplyAsync(() -> post(http, "/v2/models/m/infer"));
            running.await();
            CompletableFuture<Void> closed =
                    CompletableFuture.runAsync(() -> service.server().close());
            awaitNotReady(http);

            assertThat(http.get("/v2/health/live").statusCode()).isEqualTo(200);
            HttpResponse<String> late = http.post("/v2/models/m/infer", ROW);
            assertThat(late.statusCode()).isEqualTo(503);
            assertThat(late.body()).contains("\"code\":\"closing\"");
            assertThatThrownBy(() -> grpc.infer(row()))
                    .hasMessageStartingWith("UNAVAILABLE: the server is being stopped");
            release.countDown();
            assertThat(answer.get().statusCode()).isEqualTo(200);
            closed.get();
        }
    }

    @Test
    void callsByGrpcThatAreUnderWayAreAnsweredThoughMoreCome() throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        try (Service service = Service.start(withLongGrace());
                ForeignGrpc grpc = new ForeignGrpc(service.server().port())) {
            ScriptedBackend engine = service.script("m", Models.affine(0), 8);
            engine.playHeld(running, release, inputs -> Tensors.of("y", Tensor.of(new float[] {1, 2}, 1, 2)));
            CompletableFuture<String> answer =
                    CompletableFuture.supplyAsync(() -> grpc.infer(row()).getModelName());
            running.await();
            CompletableFuture<Void> closed =
                    CompletableFuture.runAsync(() -> service.server().close());
            awaitNotReady(new RawHttp(service.uri()));

            // Still on the connection of the other one.
            assertThatThrownBy(() -> grpc.infer(row()))
                    .hasMessageStartingWith("UNAVAILABLE: the server is being stopped");
            release.countDown();
            assertThat(answer.get()).isEqualTo("m");
            closed.get();
        }
    }

    @Test
    void whatIsStillUnderWayAfterTheGraceHoldsNobodyUp() throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        try (Service service = Service.start(
                ServerOptions.defaults().withLimits(ServerLimits.defaults().withGrace(Duration.ofMillis(50))))) {
            ScriptedBackend engine = service.script("m", Models.affine(0), 8);
            engine.playHeld(running, release, inputs -> Tensors.of("y", Tensor.of(new float[] {1, 2}, 1, 2)));
            CompletableFuture<HttpResponse<String>> answer =
                    CompletableFuture.supplyAsync(() -> post(new RawHttp(service.uri()), "/v2/models/m/infer"));
            running.await();
            service.server().close();
            assertThatThrownBy(answer::get).hasRootCauseInstanceOf(IOException.class);
            release.countDown();
        }
    }

    /** Longer than a test may take. */
    private static ServerOptions withLongGrace() {
        return ServerOptions.defaults().withLimits(ServerLimits.defaults().withGrace(Duration.ofHours(1)));
    }

    private static ModelInferRequest row() {
        return ForeignGrpc.floats("m", "x", new float[] {1, 0, 0}, 1, 3);
    }

    private static HttpResponse<String> post(RawHttp http, String path) {
        try {
            return http.post(path, ROW);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void awaitNotReady(RawHttp http) throws Exception {
        while (http.get("/v2/health/ready").statusCode() != 503) {
            Thread.onSpinWait();
        }
    }

    @Test
    void bodiesBeyondTheLimitAreRefusedAndThoseAtTheLimitAreNot() throws Exception {
        try (Service service = Service.start(
                ServerOptions.defaults().withLimits(ServerLimits.defaults().withMaxBodyBytes(1000)))) {
            service.serve("m", Models.affine(0));
            RawHttp http = new RawHttp(service.uri());
            String fits = ROW + " ".repeat(1000 - ROW.length());

            assertThat(http.post("/v2/models/m/infer", fits).statusCode()).isEqualTo(200);
            HttpResponse<String> refused = http.post("/v2/models/m/infer", fits + " ");
            assertThat(refused.statusCode()).isEqualTo(413);
            assertThat(refused.body())
                    .startsWith("{\"error\":\"body is too long (expected: at most 1000 bytes); send fewer rows in one"
                            + " request\",\"code\":\"body_too_long\",");
            assertThat(http.post("/v2/models/m/infer", " ".repeat(5_000_000)).statusCode())
                    .isEqualTo(413);
            assertThat(http.post("/v2/models/m/infer", ROW).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void bodiesOfUnknownLengthAreCountedAsTheyCome() throws Exception {
        try (Service service = Service.start(ServerOptions.defaults()
                        .withLimits(ServerLimits.defaults().withMaxBodyBytes(1000)));
                Socket socket = connect(service)) {
            service.serve("m", Models.affine(0));
            OutputStream out = socket.getOutputStream();
            out.write("POST /v2/models/m/infer HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                    .getBytes(US_ASCII));
            for (int i = 0; i < 3; i++) {
                out.write(("190\r\n" + " ".repeat(400) + "\r\n").getBytes(US_ASCII));
            }
            assertThat(readUntil(socket, "}")).startsWith("HTTP/1.1 413 ").contains("body is too long");
        }
    }

    @Test
    void clientsThatAskFirstAreToldToGoOnOrNotTo() throws Exception {
        try (Service service = Service.start(
                ServerOptions.defaults().withLimits(ServerLimits.defaults().withMaxBodyBytes(1000)))) {
            service.serve("m", Models.affine(0));
            String head =
                    "POST /v2/models/m/infer HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: ";
            try (Socket socket = connect(service)) {
                assertThat(exchange(socket, head + ROW.length() + "\r\n\r\n", "\r\n\r\n"))
                        .startsWith("HTTP/1.1 100 Continue");
                assertThat(exchange(socket, ROW, "]}]}")).startsWith("HTTP/1.1 200 OK");
            }
            try (Socket socket = connect(service)) {
                assertThat(exchange(socket, head + "1001\r\n\r\n", "}")).startsWith("HTTP/1.1 413 ");
            }
        }
    }

    @Test
    void headersLinesAndRequestsThatAreNoneAreRefusedAsJson() throws Exception {
        try (Service service = Service.start()) {
            assertRefused(service, "GET /" + "a".repeat(10_000) + " HTTP/1.1\r\n\r\n", "414 ", "address is too long");
            assertRefused(
                    service,
                    "GET /v2 HTTP/1.1\r\nHost: localhost\r\nX: " + "a".repeat(20_000) + "\r\n\r\n",
                    "431 ",
                    "headers are too long");
            assertRefused(service, "GET /v2 HTTP/1.1\r\nHost: localhost\r\nno colon\r\n\r\n", "400 ", "not valid HTTP");
            assertRefused(service, "GET /v2 HTTP/3.0\r\nHost: localhost\r\n\r\n", "505 ", "version of HTTP");
            assertRefused(service, "GET /v2 HTTP/9.9\r\nHost: localhost\r\n\r\n", "505 ", "version of HTTP");
            assertRefused(
                    service, "GET /v2/%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "400 ", "error");
        }
    }

    private static void assertRefused(Service service, String request, String status, String message)
            throws IOException {
        try (Socket socket = connect(service)) {
            String answer = exchange(socket, request, "}");
            assertThat(answer).matches("(?s)HTTP/1\\.[01] " + status + ".*").contains(message);
            assertThat(answer.toLowerCase(java.util.Locale.ROOT)).contains("content-type: application/json\r\n");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"zz\r\n", "0x5\r\n", "-1\r\n", "ffffffffffffffff\r\n", "2\r\n{}no end of a chunk\r\n"})
    void brokenBodiesAreRefusedInWordsAndTheirConnectionsClosedAndOthersGoOn(String chunk) throws Exception {
        try (Service service = Service.start()) {
            service.serve("m", Models.affine(0));
            for (String path : new String[] {"/v2/models/m/infer", "/v2/repository/index"}) {
                try (Socket socket = connect(service)) {
                    String request =
                            "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
                    // To the end of the connection.
                    assertThat(exchange(socket, request + chunk, "nothing"))
                            .startsWith("HTTP/1.1 400 ")
                            .containsIgnoringCase("connection: close")
                            .contains("\"code\":\"body_broken\"");
                }
            }
            // Also where nobody reads the body.
            try (Socket socket = connect(service)) {
                String request = "GET /v2 HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
                assertThat(exchange(socket, request + chunk, "nothing")).startsWith("HTTP/1.1 200 ");
            }
            assertThat(new RawHttp(service.uri()).get("/v2/health/live").statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void whoHangsUpBeforeTheBodyIsThereIsNotCountedAsAnswered() throws Exception {
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        try (Service service = Service.start(ServerOptions.defaults().withMeters(meters))) {
            service.serve("m", Models.affine(0));
            try (Socket socket = connect(service)) {
                // Which says that the request has come so far.
                String head = "POST /v2/models/m/infer HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n";
                exchange(socket, head + "Content-Length: 100\r\n\r\n", "\r\n\r\n");
                socket.getOutputStream().write("{".getBytes(US_ASCII));
            }
            while (meters.find("maas.http.requests").timers().isEmpty()) {
                Thread.onSpinWait();
            }
            assertThat(meters.find("maas.http.requests").timer().getId().getTags())
                    .extracting(Tag::getValue)
                    .contains("499")
                    .doesNotContain("200");
        }
    }

    @Test
    void silentConnectionsAreClosed() throws Exception {
        try (Service service = Service.start(ServerOptions.defaults()
                        .withLimits(ServerLimits.defaults().withIdleTimeout(Duration.ofMillis(50))));
                Socket socket = connect(service)) {
            assertThat(exchange(
                            socket,
                            "POST /v2/models/m/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n{",
                            "}"))
                    .isEmpty();
        }
    }
}
