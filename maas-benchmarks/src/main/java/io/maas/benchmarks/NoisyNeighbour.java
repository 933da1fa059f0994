package io.maas.benchmarks;

import io.maas.Maas;
import io.maas.backend.Backends;
import io.maas.error.OverloadedException;
import io.maas.error.QuotaExceededException;
import io.maas.model.Model;
import io.maas.model.RequestOptions;
import io.maas.registry.StoredModelRegistry;
import io.maas.serving.Quota;
import io.maas.serving.Quotas;
import io.maas.serving.ServingOptions;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * What one caller notices of another that asks for ten times what the model can answer: the neighbour's p99 alone, beside the noisy one,
 * and beside the noisy one under a quota, a round of each in turns.
 *
 * <pre>{@code java -cp … io.maas.benchmarks.NoisyNeighbour [seconds a round = 4] [rounds = 7]}</pre>
 */
public final class NoisyNeighbour {
    /** Requests of the neighbour, a second. */
    private static final int RATE = 200;

    private static final RequestOptions NEIGHBOUR = RequestOptions.none().withCaller("neighbour");
    private static final RequestOptions NOISY = RequestOptions.none().withCaller("noisy");

    private NoisyNeighbour() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        double seconds = args.length > 0 ? Double.parseDouble(args[0]) : 4;
        int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 7;
        Random random = new Random(1);
        Tensors request = Tensors.of("x", Tensor.of(Perceptron.random(Overload.WIDTH, random), 1, Overload.WIDTH));
        // Compute seconds a second, of about one that the model can give on each core.
        Quotas quotas = Quotas.of(caller -> caller.equals("noisy")
                ? Quota.unlimited().withComputePerSecond(0.25).withBurst(Duration.ofMillis(50))
                : Quota.unlimited());
        try (Maas free = open("free", ServingOptions.defaults(), random);
                Maas bounded = open("bounded", ServingOptions.defaults().withQuotas(quotas), random)) {
            double noise = 10 * Overload.peak(free.model("wide"), request, seconds);
            System.out.printf("the neighbour asks %d times a second, the noisy one %.0f times%n", RATE, noise);
            List<Double> besideFree = new ArrayList<>();
            List<Double> besideBounded = new ArrayList<>();
            for (int i = 0; i < rounds; i++) {
                double alone = p99(free.model("wide"), request, seconds, 0);
                double first = p99(free.model("wide"), request, seconds, noise);
                double second = p99(bounded.model("wide"), request, seconds, noise);
                System.out.printf(
                        "p99 alone %.2f ms, beside the noisy one %.2f ms, beside it under a quota %.2f ms%n",
                        alone / 1e6, first / 1e6, second / 1e6);
                besideFree.add(first / alone);
                besideBounded.add(second / alone);
            }
            print("beside the noisy one, fair queueing alone", besideFree);
            print("beside it under a quota of a quarter of a core", besideBounded);
        }
    }

    private static void print(String what, List<Double> ratios) {
        double[] sorted =
                ratios.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        System.out.printf(
                "%s: p99 %.2f (%.2f-%.2f) times that alone%n",
                what, sorted[sorted.length / 2], sorted[0], sorted[sorted.length - 1]);
    }

    private static Maas open(String name, ServingOptions options, Random random) throws IOException {
        StoredModelRegistry registry = StoredModelRegistry.open(Files.createTempDirectory("maas-" + name));
        Maas maas = Maas.open(registry, Backends.load(), options);
        maas.registry().publish("wide", Overload.wide(random));
        maas.deploy("wide");
        return maas;
    }

    /** Nanoseconds; each request of the neighbour has a thread that waits for it, as a service's would. */
    private static double p99(Model model, Tensors request, double seconds, double noise) throws InterruptedException {
        long start = System.nanoTime();
        long end = start + (long) (seconds * 1e9);
        Thread noisy = new Thread(() -> flood(model, request, noise, start, end), "noisy");
        noisy.start();
        List<Long> taken = new ArrayList<>();
        while (System.nanoTime() < end) {
            long due = start + (long) (taken.size() / (double) RATE * 1e9);
            while (System.nanoTime() < due) {
                LockSupport.parkNanos(due - System.nanoTime());
            }
            long before = System.nanoTime();
            model.predict(request, NEIGHBOUR);
            taken.add(System.nanoTime() - before);
        }
        noisy.join();
        long[] sorted = taken.stream().mapToLong(Long::longValue).sorted().toArray();
        return sorted[(int) (sorted.length * 0.99)];
    }

    private static void flood(Model model, Tensors request, double rate, long start, long end) {
        LongAdder failed = new LongAdder();
        long sent = 0;
        for (long now = start; now < end && rate > 0; now = System.nanoTime()) {
            long due = (long) ((now - start) / 1e9 * rate);
            for (; sent < due; sent++) {
                CompletableFuture<?> answer = model.predictAsync(request, NOISY);
                var unused = answer.whenComplete((outputs, failure) -> {
                    if (failure != null && !isRefusal(failure)) {
                        failed.increment();
                    }
                });
            }
            LockSupport.parkNanos(100_000);
        }
        if (failed.sum() > 0) {
            throw new IllegalStateException(failed.sum() + " requests failed (expected: answers and refusals)");
        }
    }

    private static boolean isRefusal(Throwable failure) {
        return failure instanceof OverloadedException
                || failure instanceof QuotaExceededException
                || (failure.getCause() != null && isRefusal(failure.getCause()));
    }
}
