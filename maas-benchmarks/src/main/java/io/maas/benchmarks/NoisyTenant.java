package io.maas.benchmarks;

import com.google.common.io.ByteSource;
import io.maas.api.security.ApiKeys;
import io.maas.api.security.Grant;
import io.maas.api.security.Role;
import io.maas.benchmarks.Dialogue.Outcome;
import io.maas.model.Artifact;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * What one tenant of a server notices of another that asks for ten times its quota: the neighbour's p99 alone and beside it, a round of
 * each in turns, both with keys of their own, to the program as it starts.
 *
 * <pre>{@code java -cp … io.maas.benchmarks.NoisyTenant [seconds a round = 5] [rounds = 7]}</pre>
 */
public final class NoisyTenant {
    /** Requests a second: of the neighbour, and what the quota of the noisy one is. */
    private static final double RATE = 500;

    private static final int TIMES = 10;
    private static final int CONNECTIONS = 32;
    private static final int WARM = 200_000;

    private final ServerProcess server;
    private final InferRequests requests;
    private final double seconds;

    private NoisyTenant(ServerProcess server, InferRequests requests, double seconds) {
        this.server = server;
        this.requests = requests;
        this.seconds = seconds;
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        double seconds = args.length > 0 ? Double.parseDouble(args[0]) : 5;
        int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 7;
        Path folder = Files.createTempDirectory("maas-tenants");
        ApiKeys keys = ApiKeys.open(folder.resolve("keys.json"));
        String neighbour = header(keys, "neighbour");
        String noisy = header(keys, "noisy");
        Path quotas = Files.writeString(folder.resolve("quotas"), "noisy = requests: " + RATE + ", burst: 0.1\n");
        Artifact tiny = Artifact.ofOnnx(ByteSource.wrap(Perceptron.onnx()));
        InferRequests requests = NetworkServing.tiny(tiny);
        try (ServerProcess server = ServerProcess.program(
                List.of("-Xmx512m"),
                Map.of("perceptron", tiny),
                "--keys",
                folder.resolve("keys.json").toString(),
                "--quotas",
                quotas.toString())) {
            new NoisyTenant(server, requests, seconds).measure(neighbour, noisy, rounds);
        }
    }

    private static String header(ApiKeys keys, String name) {
        return "Authorization: Bearer "
                + keys.issue(name, Set.of(Grant.of(Role.INFER)), null).secret();
    }

    private void measure(String neighbour, String noisy, int rounds) throws IOException {
        try (LoadGenerator warm =
                LoadGenerator.connect(server.address(), CONNECTIONS, () -> requests.binaryDialogue(neighbour))) {
            warm.times(WARM / CONNECTIONS).requireRight();
        }
        load(noisy, TIMES * RATE);
        List<Double> alone = new ArrayList<>();
        List<Double> beside = new ArrayList<>();
        List<Double> ratios = new ArrayList<>();
        List<Double> let = new ArrayList<>();
        List<Double> refused = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            alone.add(load(neighbour, RATE).requireRight().millis(Outcome.ANSWERED, 0.99));
            CompletableFuture<Tally> noise = CompletableFuture.supplyAsync(() -> {
                try {
                    return load(noisy, TIMES * RATE);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            beside.add(load(neighbour, RATE).requireRight().millis(Outcome.ANSWERED, 0.99));
            ratios.add(beside.get(i) / alone.get(i));
            let.add(noise.join().perSecond());
            refused.add(noise.join().count(Outcome.REFUSED) / seconds);
        }
        System.out.printf(
                "the neighbour's p99 alone %s ms, beside the noisy one %s ms, %s times; of the noisy one's %.0f requests a"
                        + " second %s were answered and %s refused%n",
                Spread.of(alone).text("%.2f"),
                Spread.of(beside).text("%.2f"),
                Spread.of(ratios).text("%.2f"),
                TIMES * RATE,
                Spread.of(let).text("%.0f"),
                Spread.of(refused).text("%.0f"));
    }

    private Tally load(String header, double rate) throws IOException {
        try (LoadGenerator generator =
                LoadGenerator.connect(server.address(), CONNECTIONS, () -> requests.binaryDialogue(header))) {
            return generator.open(rate, seconds);
        }
    }
}
