package io.maas.benchmarks;

import com.google.common.io.ByteSource;
import io.maas.Maas;
import io.maas.benchmarks.Dialogue.Outcome;
import io.maas.model.Artifact;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Requests a second to a tiny model over the network, beside the HTTP library's own echo of the same bytes: the program as it starts, with
 * its log in a file, and the echo, each in a process of its own, a round of each in turns.
 *
 * <pre>{@code java -cp … io.maas.benchmarks.NetworkServing [seconds a round = 4] [rounds = 7] [connections = 64] [threads = 2]}</pre>
 */
public final class NetworkServing {
    private static final List<String> JVM = List.of("-Xmx512m");
    private static final String PROGRAM = "the program";
    private static final String ECHO = "echo";

    /** Until the compiler of the JVM is done with most of it. */
    private static final int WARM_REQUESTS = 400_000;

    private static final double WARM_SECONDS = 60;
    private static final double WARM_ROUND_SECONDS = 4;

    private final double seconds;
    private final int rounds;
    private final int connections;
    private final int threads;

    private NetworkServing(String[] args) {
        seconds = args.length > 0 ? Double.parseDouble(args[0]) : 4;
        rounds = args.length > 1 ? Integer.parseInt(args[1]) : 7;
        connections = args.length > 2 ? Integer.parseInt(args[2]) : 64;
        threads = args.length > 3 ? Integer.parseInt(args[3]) : 2;
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        NetworkServing harness = new NetworkServing(args);
        Artifact tiny = Artifact.ofOnnx(ByteSource.wrap(Perceptron.onnx()));
        InferRequests requests = tiny(tiny);
        try (ServerProcess ours = ServerProcess.program(JVM, Map.of("perceptron", tiny))) {
            harness.measure("REST, binary tensors", ours, requests::binaryDialogue, echoRest(ours, requests.binary()));
            harness.measure("REST, JSON", ours, requests::jsonDialogue, echoRest(ours, requests.json()));
            harness.measure("gRPC", ours, requests::grpcDialogue, echoGrpc(ours, requests));
        }
    }

    /** A row for the tiny model, and what it answers in this process. */
    static InferRequests tiny(Artifact model) throws IOException {
        float[] row = {1, 2, 3, 4};
        try (Maas maas = Maas.open(Files.createTempDirectory("maas-tiny"))) {
            maas.registry().publish("perceptron", model);
            maas.deploy("perceptron");
            float[] expected = maas.model("perceptron")
                    .predict(Tensors.of("x", Tensor.of(row, 1, row.length)))
                    .outputs()
                    .only()
                    .toFloatArray();
            return new InferRequests("perceptron", row, expected);
        }
    }

    /** What the echo is told to answer: what the server does. */
    private static List<String> echoRest(ServerProcess server, Dialogue.Request request)
            throws IOException, InterruptedException {
        String[] rendered =
                new String(request.bytes(), java.nio.charset.StandardCharsets.ISO_8859_1).split("\r\n\r\n", 2);
        String[] head = rendered[0].split("\r\n", -1);
        HttpRequest.Builder asked = HttpRequest.newBuilder(server.uri().resolve(head[0].split(" ", -1)[1]))
                .version(HttpClient.Version.HTTP_1_1)
                .POST(BodyPublishers.ofByteArray(rendered[1].getBytes(java.nio.charset.StandardCharsets.ISO_8859_1)));
        for (int i = 2; i < head.length - 1; i++) {
            String[] header = head[i].split(": ", 2);
            asked.header(header[0], header[1]);
        }
        HttpResponse<byte[]> answer = HttpClient.newHttpClient().send(asked.build(), BodyHandlers.ofByteArray());
        List<String> said = new ArrayList<>(List.of(file(answer.body())));
        answer.headers().map().forEach((name, values) -> {
            if (!name.equals("x-request-id") && !name.equals("content-length")) {
                said.add(name + "=" + values.get(0));
            }
        });
        return said;
    }

    private static List<String> echoGrpc(ServerProcess server, InferRequests requests) throws IOException {
        GrpcDialogue dialogue = requests.grpcDialogue();
        try (LoadGenerator one = LoadGenerator.connect(server.address(), 1, () -> dialogue)) {
            one.once().requireRight();
        }
        byte[] message = dialogue.message();
        byte[] framed = ByteBuffer.allocate(GrpcDialogue.PREFIX + message.length)
                .put((byte) 0)
                .putInt(message.length)
                .put(message)
                .array();
        return List.of(file(framed), "content-type=application/grpc", "grpc-accept-encoding=identity,deflate,gzip");
    }

    private static String file(byte[] bytes) throws IOException {
        return Files.write(Files.createTempFile("maas-echo", ".bin"), bytes).toString();
    }

    /** Of one path in one round. */
    private record Round(double perSecond, double p50, double p99, double serverMicros) {}

    private void measure(String what, ServerProcess ours, Supplier<Dialogue> dialogues, List<String> answer)
            throws IOException, InterruptedException {
        List<String> main = new ArrayList<>(List.of(EchoServer.class.getName()));
        main.addAll(answer);
        try (ServerProcess echo = ServerProcess.main(JVM, main)) {
            Map<String, ServerProcess> all = new LinkedHashMap<>();
            all.put(PROGRAM, ours);
            all.put(ECHO, echo);
            Map<String, List<Round>> measured = new LinkedHashMap<>();
            for (ServerProcess each : all.values()) {
                warm(each.address(), dialogues, connections, threads);
            }
            for (int round = 0; round < rounds; round++) {
                for (Map.Entry<String, ServerProcess> each : all.entrySet()) {
                    measured.computeIfAbsent(each.getKey(), key -> new ArrayList<>())
                            .add(round(each.getValue(), dialogues));
                }
            }
            System.out.printf(
                    "%s, %d connections, %d rounds of %.0f s, median (least-most)%n",
                    what, connections, rounds, seconds);
            measured.forEach((name, of) -> print(name, of, java.util.Objects.requireNonNull(measured.get(ECHO))));
        } finally {
            Files.delete(Path.of(answer.get(0)));
        }
    }

    /** Asks until a server's code is compiled. */
    static void warm(InetSocketAddress server, Supplier<Dialogue> dialogues, int connections, int threads)
            throws IOException, InterruptedException {
        int asked = 0;
        for (double spent = 0; asked < WARM_REQUESTS && spent < WARM_SECONDS; spent += WARM_ROUND_SECONDS) {
            asked += LoadGenerator.closed(server, connections, threads, dialogues, WARM_ROUND_SECONDS)
                    .requireRight()
                    .count(Outcome.ANSWERED);
        }
    }

    private Round round(ServerProcess server, Supplier<Dialogue> dialogues) throws IOException, InterruptedException {
        double before = server.cpuSeconds();
        Tally tally = LoadGenerator.closed(server.address(), connections, threads, dialogues, seconds)
                .requireRight();
        double took = server.cpuSeconds() - before;
        return new Round(
                tally.perSecond(),
                tally.millis(Outcome.ANSWERED, 0.5),
                tally.millis(Outcome.ANSWERED, 0.99),
                took * 1e6 / tally.count(Outcome.ANSWERED));
    }

    private static void print(String name, List<Round> rounds, List<Round> echo) {
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < rounds.size(); i++) {
            ratios.add(rounds.get(i).perSecond / echo.get(i).perSecond);
        }
        System.out.printf(
                "  %-28s %s a second, p50 %s ms, p99 %s ms, %s us of processor a request; %s of the echo%n",
                name,
                of(rounds.stream().map(Round::perSecond).toList()).text("%.0f"),
                of(rounds.stream().map(Round::p50).toList()).text("%.2f"),
                of(rounds.stream().map(Round::p99).toList()).text("%.2f"),
                of(rounds.stream().map(Round::serverMicros).toList()).text("%.1f"),
                of(ratios).text("%.2f"));
    }

    private static Spread of(List<Double> values) {
        return Spread.of(values);
    }
}
