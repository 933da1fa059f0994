package io.maas.benchmarks;

import io.maas.Maas;
import io.maas.error.OverloadedException;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.model.Artifact;
import io.maas.model.Model;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * Ten times as many requests as a model can answer: how many are still answered, and how long a refusal takes. The peak is what callers
 * that wait for their answers get; then requests arrive at a steady rate, whatever becomes of those before. A round of each, in turns.
 *
 * <pre>{@code java -Xmx256m -cp … io.maas.benchmarks.Overload [seconds a round = 4] [rounds = 5]}</pre>
 */
public final class Overload {
    static final int WIDTH = 512;
    private static final int LAYERS = 6;
    private static final int CALLERS = 128;
    private static final int TIMES = 10;

    private final Model model;
    private final Tensors request;

    private Overload(Model model, Random random) {
        this.model = model;
        this.request = Tensors.of("x", Tensor.of(Perceptron.random(WIDTH, random), 1, WIDTH));
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        double seconds = args.length > 0 ? Double.parseDouble(args[0]) : 4;
        int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 5;
        Path folder = Files.createTempDirectory("maas-overload");
        Random random = new Random(1);
        try (Maas maas = Maas.open(folder)) {
            maas.registry().publish("wide", wide(random));
            maas.deploy("wide");
            Overload overload = new Overload(maas.model("wide"), random);
            overload.peak(seconds);
            System.out.printf(
                    "%d MB of heap, a round of each in turns, %.0f s a round%n",
                    Runtime.getRuntime().maxMemory() >> 20, seconds);
            List<Double> kept = new ArrayList<>();
            for (int i = 0; i < rounds; i++) {
                kept.add(overload.round(seconds));
            }
            double[] sorted =
                    kept.stream().mapToDouble(Double::doubleValue).sorted().toArray();
            System.out.printf(
                    "answered under overload, of the peak: %.2f (%.2f-%.2f)%n",
                    sorted[sorted.length / 2], sorted[0], sorted[sorted.length - 1]);
        }
    }

    /** A model that takes some time. */
    static Artifact wide(Random random) {
        GraphBuilder b = new GraphBuilder("wide");
        Value x = b.input("x", DataType.FLOAT32, Shape.symbolic("batch", WIDTH));
        for (int i = 0; i < LAYERS; i++) {
            Value weight = b.constant("w" + i, Tensor.of(Perceptron.random(WIDTH * WIDTH, random), WIDTH, WIDTH));
            Value bias = b.constant("b" + i, Tensor.of(Perceptron.random(WIDTH, random)));
            x = b.tanh(b.gemm(x, false, weight, false, bias));
        }
        b.output("y", x);
        return Artifact.of(b.build());
    }

    private double round(double seconds) throws InterruptedException {
        double peak = peak(seconds);
        double rate = TIMES * peak;
        LongAdder answered = new LongAdder();
        LongAdder refused = new LongAdder();
        LongAdder others = new LongAdder();
        long[] refusals = new long[1 << 20];
        int count = 0;
        long sent = 0;
        long start = System.nanoTime();
        long end = start + (long) (seconds * 1e9);
        long now = start;
        while (now < end) {
            long due = (long) ((now - start) / 1e9 * rate);
            while (sent < due) {
                sent++;
                long before = System.nanoTime();
                CompletableFuture<?> answer = model.predictAsync(request);
                if (answer.isCompletedExceptionally()) {
                    refusals[count++ & refusals.length - 1] = System.nanoTime() - before;
                }
                var unused = answer.whenComplete((outputs, failure) -> {
                    Throwable cause = failure == null || failure.getCause() == null ? failure : failure.getCause();
                    (failure == null ? answered : cause instanceof OverloadedException ? refused : others).increment();
                });
            }
            LockSupport.parkNanos(100_000);
            now = System.nanoTime();
        }
        double goodput = answered.sum() / ((now - start) / 1e9);
        long[] sorted = Arrays.copyOf(refusals, Math.min(count, refusals.length));
        Arrays.sort(sorted);
        System.out.printf(
                "peak %.0f a second; offered %.0f: answered %.0f, refused %d (p50 %.1f us, p99 %.1f us), failed otherwise %d%n",
                peak,
                sent / seconds,
                goodput,
                refused.sum(),
                sorted[sorted.length / 2] / 1e3,
                sorted[(int) (sorted.length * 0.99)] / 1e3,
                others.sum());
        return goodput / peak;
    }

    private double peak(double seconds) throws InterruptedException {
        return peak(model, request, seconds);
    }

    /** Answers a second to callers that wait for theirs. */
    static double peak(Model model, Tensors request, double seconds) throws InterruptedException {
        LongAdder answered = new LongAdder();
        long start = System.nanoTime();
        long end = start + (long) (seconds * 1e9);
        List<Thread> callers = new ArrayList<>();
        for (int i = 0; i < CALLERS; i++) {
            Thread caller = new Thread(() -> {
                while (System.nanoTime() < end) {
                    model.predict(request);
                    answered.increment();
                }
            });
            caller.start();
            callers.add(caller);
        }
        for (Thread each : callers) {
            each.join();
        }
        return answered.sum() / ((System.nanoTime() - start) / 1e9);
    }
}
