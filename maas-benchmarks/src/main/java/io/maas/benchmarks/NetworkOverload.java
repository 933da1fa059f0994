package io.maas.benchmarks;

import io.maas.Maas;
import io.maas.benchmarks.Dialogue.Outcome;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.model.Artifact;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;

/**
 * Ten times as many requests over the network as a model can answer, to the program with 256 MB of heap: how many are still answered, how
 * long a refusal takes, and whether each says when to try again. The peak is what 128 connections get that wait for their answers,
 * before and after a round; in a round requests arrive at a steady rate, whatever becomes of those before. By REST and by gRPC.
 *
 * <pre>{@code java -cp … io.maas.benchmarks.NetworkOverload [layers = 6000] [seconds a round = 6] [rounds = 5]}</pre>
 */
public final class NetworkOverload {
    private static final int WIDTH = 128;
    private static final int CALLERS = 128;
    private static final int TIMES = 10;
    private static final int WARM = 7;

    /** More than may wait in the server, so that there is one for each request that is refused. */
    private static final int CONNECTIONS = 2500;

    private final ServerProcess server;
    private final double seconds;
    private final int rounds;

    private NetworkOverload(ServerProcess server, double seconds, int rounds) {
        this.server = server;
        this.seconds = seconds;
        this.rounds = rounds;
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        int layers = args.length > 0 ? Integer.parseInt(args[0]) : 6000;
        double seconds = args.length > 1 ? Double.parseDouble(args[1]) : 6;
        int rounds = args.length > 2 ? Integer.parseInt(args[2]) : 5;
        Artifact slow = slow(layers);
        InferRequests requests = requests(slow);
        try (ServerProcess server = ServerProcess.program(List.of("-Xmx256m"), Map.of("slow", slow))) {
            NetworkOverload overload = new NetworkOverload(server, seconds, rounds);
            overload.measure("REST, binary tensors", requests::binaryDialogue);
            overload.measure("gRPC", requests::grpcDialogue);
            if (!server.isAlive() || server.hasSaid("OutOfMemoryError")) {
                throw new IllegalStateException("the server ran out of memory (expected: it does not)");
            }
            System.out.println("no OutOfMemoryError in the server's log");
        }
    }

    /** A model that takes one row, no matter how many wait, and some milliseconds for it. */
    static Artifact slow(int layers) {
        Random random = new Random(1);
        GraphBuilder b = new GraphBuilder("slow");
        Value x = b.input("x", DataType.FLOAT32, Shape.of(1, WIDTH));
        Value weight = b.constant("w", Tensor.of(Perceptron.random(WIDTH * WIDTH, random), WIDTH, WIDTH));
        Value bias = b.constant("b", Tensor.of(Perceptron.random(WIDTH, random)));
        for (int i = 0; i < layers; i++) {
            x = b.tanh(b.gemm(x, false, weight, false, bias));
        }
        b.output("y", x);
        return Artifact.of(b.build());
    }

    static InferRequests requests(Artifact slow) throws IOException {
        float[] row = Perceptron.random(WIDTH, new Random(2));
        try (Maas maas = Maas.open(Files.createTempDirectory("maas-slow"))) {
            maas.registry().publish("slow", slow);
            maas.deploy("slow");
            return new InferRequests(
                    "slow",
                    row,
                    maas.model("slow")
                            .predict(Tensors.of("x", Tensor.of(row, 1, WIDTH)))
                            .outputs()
                            .only()
                            .toFloatArray());
        }
    }

    private double peak(Supplier<Dialogue> dialogues) throws IOException, InterruptedException {
        return LoadGenerator.closed(server.address(), CALLERS, 1, dialogues, seconds)
                .requireRight()
                .perSecond();
    }

    private void measure(String what, Supplier<Dialogue> dialogues) throws IOException, InterruptedException {
        System.out.printf("%s, ten times the peak, %d rounds of %.0f s%n", what, rounds, seconds);
        // Until the compiler of the JVM is done with how requests are refused.
        for (int i = 0; i < WARM; i++) {
            round(peak(dialogues), dialogues, false);
        }
        List<Double> kept = new ArrayList<>();
        List<Double> refusals = new ArrayList<>();
        double before = peak(dialogues);
        for (int i = 0; i < rounds; i++) {
            Tally tally = round(before, dialogues, true);
            double after = peak(dialogues);
            // The machine may be faster or slower by the next round.
            kept.add(tally.perSecond() / ((before + after) / 2));
            refusals.add(tally.millis(Outcome.REFUSED, 0.99));
            before = after;
        }
        System.out.printf(
                "  answered, of the peak: %s; refusals, p99 from when they were due: %s ms%n",
                Spread.of(kept).text("%.2f"), Spread.of(refusals).text("%.1f"));
    }

    private Tally round(double peak, Supplier<Dialogue> dialogues, boolean isPrinted) throws IOException {
        try (LoadGenerator generator = LoadGenerator.connect(server.address(), CONNECTIONS, dialogues)) {
            Tally tally = generator.open(TIMES * peak, seconds);
            if (isPrinted) {
                System.out.printf(
                        "  peak %.0f a second; offered %.0f: answered %.0f (p99 %.0f ms), refused %d (p50 %.2f ms, p99"
                                + " %.2f ms), refused without a time to try again %d, wrong or unanswered %d%n",
                        peak,
                        TIMES * peak,
                        tally.perSecond(),
                        tally.millis(Outcome.ANSWERED, 0.99),
                        tally.count(Outcome.REFUSED),
                        tally.millis(Outcome.REFUSED, 0.5),
                        tally.millis(Outcome.REFUSED, 0.99),
                        tally.count(Outcome.REFUSED_BARE),
                        tally.count(Outcome.WRONG));
            }
            return tally;
        }
    }
}
