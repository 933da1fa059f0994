package io.maas.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.maas.Maas;
import io.maas.graph.GraphBuilder;
import io.maas.model.Artifact;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The jar as it is given away, in a process of its own. */
@Timeout(120)
class ServerCommandIT {
    private static final Path JAR = Path.of("target", "maas-server.jar");
    private static final String LISTENING = "listening on ";

    @TempDir
    Path folder;

    private Process start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-jar", JAR.toString()));
        command.addAll(
                List.of("--port", "0", "--training", folder.resolve("training").toString()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    /** Reads until it listens. */
    private static URI listening(BufferedReader log) throws IOException {
        List<String> seen = new ArrayList<>();
        for (String line = log.readLine(); line != null; line = log.readLine()) {
            seen.add(line);
            int at = line.indexOf(LISTENING);
            if (at >= 0) {
                return URI.create(line.substring(at + LISTENING.length()));
            }
        }
        throw new AssertionError("it ended: " + seen);
    }

    private static BufferedReader log(Process process) {
        return new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    private static HttpResponse<String> get(URI server, String path) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(server.resolve(path)).build(), BodyHandlers.ofString());
    }

    @Test
    void anEmptyFolderWorksAtOnceAndATermSignalEndsIt() throws Exception {
        Process process = start("--registry", folder.resolve("models").toString());
        try (BufferedReader log = log(process)) {
            URI server = listening(log);
            assertThat(get(server, "/v2/health/ready").statusCode()).isEqualTo(200);
            assertThat(get(server, "/v2/models").body()).isEqualTo("{\"models\":[]}");
            assertThat(get(server, "/metrics").body()).contains("maas_http_requests_seconds_count");
            process.toHandle().destroy(); // The other one closes what is still to be read.
            assertThat(log.lines()).anyMatch(line -> line.endsWith("stopped"));
            assertThat(process.waitFor()).isEqualTo(143);
        } finally {
            process.destroyForcibly();
        }
    }

    /** A registry with a model in it. */
    private Path twice() {
        Path models = folder.resolve("models");
        try (Maas maas = Maas.open(models)) {
            GraphBuilder b = new GraphBuilder("twice");
            b.output("y", b.mul(b.input("x", DataType.FLOAT32, Shape.symbolic("n", 1)), 2));
            maas.registry().publish("twice", Artifact.of(b.build()));
        }
        return models;
    }

    @Test
    void modelsArePutIntoServiceAndComeBackAfterItWasKilled() throws Exception {
        Path models = twice();
        Process first = start("--registry", models.toString(), "--deploy", "twice");
        try (BufferedReader log = log(first)) {
            assertThat(get(listening(log), "/v2/models").body()).isEqualTo("{\"models\":[\"twice\"]}");
        } finally {
            first.destroyForcibly().waitFor();
        }
        Process second = start("--registry", models.toString());
        try (BufferedReader log = log(second)) {
            assertThat(get(listening(log), "/v2/models").body()).isEqualTo("{\"models\":[\"twice\"]}");
        } finally {
            second.destroyForcibly().waitFor();
        }
    }

    @Test
    void whoAsksForMoreThanItsQuotaIsTurnedAway() throws Exception {
        Path quotas = Files.writeString(folder.resolve("quotas"), "anon* = requests: 0.01, burst: 0\n");
        Process process = start("--registry", twice().toString(), "--deploy", "twice", "--quotas", quotas.toString());
        try (BufferedReader log = log(process)) {
            HttpRequest infer = HttpRequest.newBuilder(listening(log).resolve("/v2/models/twice/infer"))
                    .POST(BodyPublishers.ofString(
                            "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,1],\"datatype\":\"FP32\",\"data\":[1]}]}"))
                    .build();
            HttpClient client = HttpClient.newHttpClient();
            assertThat(client.send(infer, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
            HttpResponse<String> refused = client.send(infer, BodyHandlers.ofString());
            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(refused.headers().firstValue("Retry-After")).isPresent();
        } finally {
            process.destroyForcibly().waitFor();
        }
    }
}
