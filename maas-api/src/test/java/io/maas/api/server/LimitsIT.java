package io.maas.api.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.maas.api.Models;
import io.maas.api.Service;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Clients that take their time, or all the room. */
class LimitsIT {
    private static final String GET = "GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";

    private static ServerOptions within(Duration time) {
        // Silence alone ends no connection here.
        return ServerOptions.defaults()
                .withLimits(ServerLimits.defaults().withRequestTimeout(time).withIdleTimeout(Duration.ofMinutes(10)));
    }

    private static Socket connect(Service service) throws IOException {
        Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), service.server().port());
        socket.setSoTimeout(30_000);
        return socket;
    }

    /** What comes until the connection is closed. */
    private static String rest(Socket socket) throws IOException {
        StringBuilder answer = new StringBuilder();
        InputStream in = socket.getInputStream();
        try {
            for (int read = in.read(); read >= 0; read = in.read()) {
                answer.append((char) read);
            }
        } catch (SocketException e) {
            // Closed harder than it need have been.
        }
        return answer.toString();
    }

    /** Sends a byte now and then until the other side has had enough. */
    private static String trickle(Socket socket, String bytes) throws Exception {
        Thread sender = new Thread(() -> {
            try {
                while (true) {
                    for (byte each : bytes.getBytes(US_ASCII)) {
                        socket.getOutputStream().write(each);
                        socket.getOutputStream().flush();
                        Thread.sleep(5);
                    }
                }
            } catch (IOException | InterruptedException e) {
                // That was it.
            }
        });
        sender.start();
        try {
            return rest(socket);
        } finally {
            sender.interrupt();
            sender.join();
        }
    }

    @Test
    void headsThatComeByteByByteEndTheirConnection() throws Exception {
        try (Service service = Service.start(within(Duration.ofMillis(100)))) {
            try (Socket socket = connect(service)) {
                assertThat(trickle(socket, "GET /v2 HTTP/1.1\r\nX: " + "a".repeat(100_000)))
                        .isEmpty();
            }
            // So do second ones, after a request that was fine.
            try (Socket socket = connect(service)) {
                socket.getOutputStream().write(GET.getBytes(US_ASCII));
                assertThat(trickle(socket, "GET /v2 HTTP/1.1\r\nX: " + "a".repeat(100_000)))
                        .startsWith("HTTP/1.1 200 ")
                        .endsWith("{\"live\":true,\"ready\":true}");
            }
            // And connections on which nothing is ever asked.
            try (Socket socket = connect(service)) {
                assertThat(rest(socket)).isEmpty();
            }
        }
    }

    @Test
    void bodiesThatComeByteByByteAreGivenUp() throws Exception {
        try (Service service = Service.start(within(Duration.ofMillis(100)))) {
            service.serve("m", Models.affine(0));
            try (Socket socket = connect(service)) {
                socket.getOutputStream()
                        .write("POST /v2/models/m/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n"
                                .getBytes(US_ASCII));
                assertThat(trickle(socket, " "))
                        .startsWith("HTTP/1.1 408 ")
                        .containsIgnoringCase("connection: close")
                        .contains("\"code\":\"too_slow\"");
            }
            assertThat(new RawHttp(service.uri()).get("/v2/health/live").statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void answersThatNobodyReadsAreGivenUp() throws Exception {
        try (Service service = Service.start(within(Duration.ofMillis(200)))) {
            // More than the system keeps for a connection on both sides.
            Tensors large = Tensors.of("y", Tensor.of(new float[5_000_000], 2_500_000, 2));
            service.script("m", Models.affine(0), 8).play(inputs -> large);
            String body = "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,3],\"datatype\":\"FP32\",\"data\":[1,0,0]}]}";
            try (Socket socket = connect(service)) {
                socket.getOutputStream()
                        .write(("POST /v2/models/m/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                                        + body.length() + "\r\n\r\n" + body)
                                .getBytes(US_ASCII));
                while (service.server().connections() == 0) {
                    Thread.onSpinWait();
                }
                while (service.server().connections() > 0) {
                    Thread.onSpinWait();
                }
                byte[] answer = new byte[17];
                assertThat(socket.getInputStream().readNBytes(answer, 0, 17)).isEqualTo(17);
                assertThat(new String(answer, US_ASCII)).isEqualTo("HTTP/1.1 200 OK\r\n");
                long got = 0;
                try {
                    got = socket.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
                } catch (SocketException e) {
                    // Broken off, as it should be.
                }
                assertThat(got).isLessThan(20_000_000);
            }
        }
    }

    @Test
    void connectionsThatRestBetweenRequestsAreLeftAlone() throws Exception {
        try (Service service = Service.start(within(Duration.ofMillis(100)));
                Socket socket = connect(service);
                Socket slow = connect(service)) {
            socket.getOutputStream().write(GET.getBytes(US_ASCII));
            assertThat(one(socket)).endsWith("}");
            // Until another connection has been closed that began later.
            assertThat(rest(slow)).isEmpty();
            socket.getOutputStream().write(GET.getBytes(US_ASCII));
            assertThat(one(socket)).startsWith("HTTP/1.1 200 ");
        }
    }

    private static String one(Socket socket) throws IOException {
        StringBuilder answer = new StringBuilder();
        InputStream in = socket.getInputStream();
        for (int read = in.read(); read >= 0; read = in.read()) {
            answer.append((char) read);
            if (read == '}') {
                return answer.toString();
            }
        }
        return answer.toString();
    }

    @Test
    void noMoreConnectionsAreTakenThanThereIsRoomFor() throws Exception {
        ServerOptions options =
                ServerOptions.defaults().withLimits(ServerLimits.defaults().withMaxConnections(4));
        try (Service service = Service.start(options)) {
            List<Socket> open = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Socket socket = connect(service);
                open.add(socket);
                socket.getOutputStream().write(GET.getBytes(US_ASCII));
                assertThat(one(socket)).startsWith("HTTP/1.1 200 ");
            }
            assertThat(service.server().connections()).isEqualTo(4);
            for (int i = 0; i < 20; i++) {
                try (Socket socket = connect(service)) {
                    assertThat(rest(socket)).isEmpty();
                }
            }
            // Those that are in are served on, and whoever leaves makes room.
            for (Socket socket : open) {
                socket.getOutputStream().write(GET.getBytes(US_ASCII));
                assertThat(one(socket)).startsWith("HTTP/1.1 200 ");
                socket.close();
            }
            while (service.server().connections() > 0) {
                Thread.onSpinWait();
            }
            try (Socket socket = connect(service)) {
                socket.getOutputStream().write(GET.getBytes(US_ASCII));
                assertThat(one(socket)).startsWith("HTTP/1.1 200 ");
            }
        }
    }

    @Test
    void whoReadsNoAnswersHasNoMoreOfThemMade() throws Exception {
        int number = 600;
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        try (Service service = Service.start(ServerOptions.defaults().withMeters(meters));
                Socket socket = connect(service)) {
            Thread sender = new Thread(() -> {
                String one = "GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n";
                try {
                    socket.getOutputStream()
                            .write(((one + "\r\n").repeat(number - 1) + one + "Connection: close\r\n\r\n")
                                    .getBytes(US_ASCII));
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            sender.start();
            long made = 0;
            for (long before = -1; made == 0 || made != before; ) {
                before = made;
                TimeUnit.MILLISECONDS.sleep(300); // Nothing tells that nothing happens.
                made = answers(meters);
            }
            // What the system keeps for a connection on both sides, and little more.
            assertThat(made).isLessThan(number / 2);
            String all = new String(socket.getInputStream().readAllBytes(), US_ASCII);
            sender.join();
            assertThat(Pattern.compile("HTTP/1.1 200 OK").matcher(all).results().count())
                    .isEqualTo(number);
        }
    }

    private static long answers(SimpleMeterRegistry meters) {
        return meters.find("maas.http.requests").timers().stream()
                .mapToLong(Timer::count)
                .sum();
    }

    @Test
    void requestsThatAreSentAllAtOnceAreAnsweredOneAfterTheOther() throws Exception {
        int number = 2000;
        try (Service service = Service.start();
                Socket socket = connect(service)) {
            Thread sender = new Thread(() -> {
                try {
                    StringBuilder all = new StringBuilder();
                    for (int i = 0; i < number; i++) {
                        all.append("GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: r")
                                .append(i)
                                .append(i == number - 1 ? "\r\nConnection: close" : "")
                                .append("\r\n\r\n");
                    }
                    socket.getOutputStream().write(all.toString().getBytes(US_ASCII));
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            sender.start();
            String answers = rest(socket);
            sender.join();
            List<String> ids = Pattern.compile("(?i)x-request-id: (r\\d+)\r\n")
                    .matcher(answers)
                    .results()
                    .map((MatchResult result) -> result.group(1))
                    .toList();
            assertThat(ids).hasSize(number);
            for (int i = 0; i < number; i++) {
                assertThat(ids.get(i)).isEqualTo("r" + i);
            }
        }
    }

    /** The answers to what is sent, until the connection is closed. */
    private static String answers(Service service, String requests) throws IOException {
        try (Socket socket = connect(service)) {
            socket.getOutputStream().write(requests.getBytes(US_ASCII));
            return rest(socket);
        }
    }

    @Test
    void nothingIsDoneBehindAnAnswerThatEndsItsConnection() throws Exception {
        String unload = "POST /v2/repository/models/m/unload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n";
        try (Service service = Service.start()) {
            service.serve("m", Models.affine(0));
            for (String refused : List.of(
                    "POST /nope HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nabcde",
                    "POST /nope HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
                    // What the router falls over.
                    "POST /nope HTTP/1.1\r\nHost: loca%3\r\nContent-Length: 5\r\n\r\nabcde")) {
                String answer = answers(service, refused + unload + unload);
                assertThat(answer).containsOnlyOnce("HTTP/1.1 4").doesNotContain("HTTP/1.1 200");
                assertThat(answer).containsIgnoringCase("connection: close").endsWith("}");
                assertThat(new RawHttp(service.uri()).get("/v2/models/m/ready").statusCode())
                        .isEqualTo(200);
            }
        }
    }

    @Test
    void whatStillComesBehindARefusalIsReadSoThatTheAnswerArrives() throws Exception {
        try (Service service = Service.start()) {
            // More than the system keeps for a connection on both sides.
            String body = "a".repeat(20_000_000);
            assertThat(answers(
                            service,
                            "POST /nope HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nabcde"
                                    + "POST /nope HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length()
                                    + "\r\n\r\n" + body))
                    .containsOnlyOnce("HTTP/1.1 404 ")
                    .endsWith("}");
        }
    }

    @Test
    void bodiesThatAreCodedBesidesBeingInChunksAreRefused() throws Exception {
        try (Service service = Service.start()) {
            service.serve("m", Models.affine(0));
            for (String coding : List.of("gzip, chunked", "x, chunked")) {
                assertThat(answers(
                                service,
                                "POST /v2/models/m/infer HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: " + coding
                                        + "\r\n\r\n0\r\n\r\n"))
                        .as(coding)
                        .startsWith("HTTP/1.1 501 ")
                        .containsIgnoringCase("connection: close")
                        .contains("transfer encoding: \\\"" + coding + "\\\" (expected: chunked, alone)");
            }
        }
    }

    @Test
    void whatMayBeTwoRequestsIsNone() throws Exception {
        try (Service service = Service.start()) {
            service.serve("m", Models.affine(0));
            for (String head : List.of(
                    "Content-Length: 4\r\nTransfer-Encoding: chunked",
                    "Content-Length: 4\r\nContent-Length: 5",
                    "Content-Length: 4, 5",
                    "Content-Length: +4",
                    "Content-Length: -1",
                    "Content-Length: 0x4",
                    "Transfer-Encoding: xchunked",
                    "Transfer-Encoding: identity",
                    "Transfer-Encoding: chunked, identity",
                    "Transfer-Encoding: gzip, chunked",
                    "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked",
                    "Transfer-Encoding : chunked",
                    "X: a\r\n Content-Length: 4")) {
                try (Socket socket = connect(service)) {
                    // If the body were taken for the next request, there would be a second answer.
                    socket.getOutputStream()
                            .write(("POST /v2/models/m/infer HTTP/1.1\r\nHost: localhost\r\n" + head
                                            + "\r\n\r\n0\r\n\r\nGET /v2/health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                                    .getBytes(US_ASCII));
                    socket.shutdownOutput();
                    String answers = rest(socket);
                    assertThat(answers).as(head).doesNotContain("\"live\":true");
                }
            }
        }
    }
}
