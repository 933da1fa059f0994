package io.maas.benchmarks;

import com.google.common.io.ByteSource;
import io.maas.Maas;
import io.maas.model.Artifact;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What {@code java -jar maas-server.jar} takes, as it starts by itself, with three small models in service: time until it is ready,
 * memory after some thousand requests, and what 10,000 connections add that made one request each and rest.
 *
 * <pre>{@code java -cp … io.maas.benchmarks.ServerFootprint [starts = 9] [idle connections = 10000] [flags of the JVM…]}</pre>
 */
public final class ServerFootprint {
    private static final List<String> MODELS = List.of("one", "two", "three");
    private static final int REQUESTS = 5000;
    private static final int CONNECTIONS = 10;
    private static final double PATIENCE_SECONDS = 30;

    private final List<String> flags;
    private final Path folder;
    private final InferRequests requests;

    private ServerFootprint(List<String> flags, Path folder, InferRequests requests) {
        this.flags = flags;
        this.folder = folder;
        this.requests = requests;
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        int starts = args.length > 0 ? Integer.parseInt(args[0]) : 9;
        int idle = args.length > 1 ? Integer.parseInt(args[1]) : 10_000;
        List<String> flags = List.of(args).subList(Math.min(2, args.length), args.length);
        Path folder = Files.createTempDirectory("maas-footprint");
        Artifact tiny = Artifact.ofOnnx(ByteSource.wrap(Perceptron.onnx()));
        try (Maas maas = Maas.open(folder.resolve("models"))) {
            MODELS.forEach(each -> maas.registry().publish(each, tiny));
        }
        InferRequests row = NetworkServing.tiny(tiny);
        InferRequests requests = new InferRequests(MODELS.get(0), row.row(), row.expected());
        ServerFootprint footprint = new ServerFootprint(flags, folder, requests);
        List<Start> all = new ArrayList<>();
        for (int i = 0; i < starts; i++) {
            all.add(footprint.once(idle));
        }
        System.out.printf("maas-server.jar %s, %d starts, median (least-most)%n", String.join(" ", flags), starts);
        System.out.printf(
                "  started to ready: %s ms, in which processors worked %s ms%n",
                text(all, Start::readyMs), text(all, Start::processorMs));
        System.out.printf("  resident when ready: %s MiB%n", text(all, Start::readyMiB));
        System.out.printf("  resident after %d requests: %s MiB%n", REQUESTS, text(all, Start::usedMiB));
        System.out.printf("  growth by %d idle connections: %s MiB%n", idle, text(all, Start::idleMiB));
    }

    private static String text(List<Start> all, Function<Start, Double> figure) {
        return Spread.of(all.stream().map(figure).toList()).text("%.0f");
    }

    /**
     * Of one server.
     *
     * @param processorMs what it took of processors until it was ready
     * @param usedMiB resident after some thousand requests
     * @param idleMiB by how much more with connections that rest
     */
    private record Start(double readyMs, double processorMs, double readyMiB, double usedMiB, double idleMiB) {}

    private Start once(int idle) throws IOException, InterruptedException {
        int port = EchoServer.freePort();
        List<String> command = new ArrayList<>(flags);
        command.addAll(ServerProcess.program(folder, MODELS, port));
        Path log = Files.createTempFile("maas-server", ".log");
        long start = System.nanoTime();
        Process process = ServerProcess.launch(command, log);
        try {
            awaitReady(process, port, start, log);
            double ready = (System.nanoTime() - start) / 1e6;
            double processors = process.info().totalCpuDuration().orElseThrow().toMillis();
            double atStart = ServerProcess.residentMiB(process);
            InetSocketAddress address = new InetSocketAddress("127.0.0.1", port);
            for (Supplier<Dialogue> each :
                    List.<Supplier<Dialogue>>of(requests::binaryDialogue, requests::jsonDialogue)) {
                try (LoadGenerator generator = LoadGenerator.connect(address, CONNECTIONS, each)) {
                    generator.times(REQUESTS / 2 / CONNECTIONS).requireRight();
                }
            }
            double used = ServerProcess.residentMiB(process);
            try (LoadGenerator resting = LoadGenerator.connect(address, idle, requests::binaryDialogue)) {
                resting.once().requireRight();
                TimeUnit.SECONDS.sleep(2);
                double growth = ServerProcess.residentMiB(process) - used;
                if (resting.lost() > 0) {
                    throw new IllegalStateException(resting.lost() + " connections were closed (expected: none)");
                }
                return new Start(ready, processors, atStart, used, growth);
            }
        } finally {
            ServerProcess.end(process);
            Files.delete(log);
        }
    }

    private static void awaitReady(Process process, int port, long start, Path log)
            throws IOException, InterruptedException {
        byte[] question = "GET /v2/health/ready HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
                .getBytes(StandardCharsets.US_ASCII);
        while (process.isAlive() && System.nanoTime() - start < PATIENCE_SECONDS * 1e9) {
            try (Socket socket = new Socket("127.0.0.1", port)) {
                socket.getOutputStream().write(question);
                String status = new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
                if (status.endsWith("200")) {
                    return;
                }
            } catch (java.net.ConnectException e) {
                // It does not listen yet.
            }
            TimeUnit.MILLISECONDS.sleep(2);
        }
        throw new IllegalStateException("the server is not ready (expected: it is); it said: " + Files.readString(log));
    }
}
