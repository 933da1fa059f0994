package io.maas.benchmarks;

import com.google.common.io.ByteSource;
import io.maas.benchmarks.Dialogue.Outcome;
import io.maas.model.Artifact;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * What normal clients notice of hostile ones, and how much memory those make a server take: 500 requests a second to a tiny model, alone
 * and while others attack, a round of each in turns. The heap is touched at the start, so that what grows is what comes beside it; that
 * the heap is enough is seen from the answers.
 *
 * <pre>{@code java -cp … io.maas.benchmarks.HostileClients [seconds a round = 5] [rounds = 5] [attack]}</pre>
 */
public final class HostileClients {
    private static final List<String> JVM = List.of("-Xms512m", "-Xmx512m", "-XX:+AlwaysPreTouch");
    private static final double RATE = 500;
    private static final int CONNECTIONS = 32;
    private static final int WARM = 200_000;
    private static final long SAMPLE_NANOS = 100_000_000;

    private final ServerProcess server;
    private final InferRequests requests;
    private final double seconds;

    private HostileClients(ServerProcess server, InferRequests requests, double seconds) {
        this.server = server;
        this.requests = requests;
        this.seconds = seconds;
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        double seconds = args.length > 0 ? Double.parseDouble(args[0]) : 5;
        int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 5;
        List<Attack> attacks = args.length > 2 ? List.of(Attack.valueOf(args[2])) : List.of(Attack.values());
        Artifact tiny = Artifact.ofOnnx(ByteSource.wrap(Perceptron.onnx()));
        InferRequests requests = NetworkServing.tiny(tiny);
        System.out.printf(
                "%.0f requests a second on %d connections, %d rounds of %.0f s in turns, median (least-most)%n",
                RATE, CONNECTIONS, rounds, seconds);
        for (Attack attack : attacks) {
            try (ServerProcess server = ServerProcess.program(JVM, Map.of("perceptron", tiny))) {
                new HostileClients(server, requests, seconds).measure(attack, rounds);
            }
        }
    }

    private void measure(Attack attack, int rounds) throws IOException, InterruptedException {
        try (LoadGenerator warm = LoadGenerator.connect(server.address(), CONNECTIONS, requests::binaryDialogue)) {
            warm.times(WARM / CONNECTIONS).requireRight();
        }
        round(null);
        double baseline = server.residentMiB();
        List<Double> alone = new ArrayList<>();
        List<Double> attacked = new ArrayList<>();
        List<Double> ratios = new ArrayList<>();
        double most = baseline;
        int wrong = 0;
        for (int i = 0; i < rounds; i++) {
            alone.add(round(null).tally.requireRight().millis(Outcome.ANSWERED, 0.99));
            Round under = round(attack);
            attacked.add(under.tally.millis(Outcome.ANSWERED, 0.99));
            ratios.add(attacked.get(i) / alone.get(i));
            most = Math.max(most, under.mostMiB);
            wrong += under.tally.count(Outcome.WRONG);
        }
        System.out.printf(
                "%-14s p99 alone %s ms, attacked %s ms, %s times; %d wrong or unanswered; resident %.0f MiB, at most"
                        + " %.0f MiB more%s%n",
                attack,
                Spread.of(alone).text("%.2f"),
                Spread.of(attacked).text("%.2f"),
                Spread.of(ratios).text("%.1f"),
                wrong,
                baseline,
                most - baseline,
                server.hasSaid("OutOfMemoryError") ? "; OutOfMemoryError" : "");
    }

    private record Round(Tally tally, double mostMiB) {}

    private Round round(@Nullable Attack attack) throws IOException, InterruptedException {
        AtomicBoolean goes = new AtomicBoolean(true);
        Thread attacker = new Thread(() -> attack(attack, goes), "attacker");
        double[] most = {0};
        Thread watch = new Thread(() -> {
            while (goes.get() && server.isAlive()) {
                most[0] = Math.max(most[0], server.residentMiB());
                LockSupport.parkNanos(SAMPLE_NANOS);
            }
        });
        attacker.start();
        watch.start();
        try (LoadGenerator normal = LoadGenerator.connect(server.address(), CONNECTIONS, requests::binaryDialogue)) {
            Tally tally = normal.open(RATE, seconds);
            goes.set(false);
            attacker.join();
            watch.join();
            return new Round(tally, most[0]);
        }
    }

    private void attack(@Nullable Attack attack, AtomicBoolean goes) {
        if (attack == null) {
            return;
        }
        try {
            attack.run(server.address(), requests.path(), goes::get);
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(attack + " failed (expected: it goes on until it is told to end)", e);
        }
    }
}
