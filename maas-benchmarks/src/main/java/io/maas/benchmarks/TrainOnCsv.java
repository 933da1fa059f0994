package io.maas.benchmarks;

import io.maas.training.data.CsvOptions;
import io.maas.training.data.Dataset;
import io.maas.training.data.Table;
import io.maas.training.layer.Layers;
import io.maas.training.layer.Network;
import io.maas.training.loop.Fit;
import io.maas.training.loop.Trained;
import io.maas.training.loop.Trainer;
import io.maas.training.loss.Losses;
import io.maas.training.optimizer.Optimizers;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Trains on a file of separated values that is much larger than the heap: writes one of many rows, and then, in a JVM of its own
 * with a small heap, reads it, makes a data set of it and trains for one epoch. Prints how long each took, what the network
 * learned, and the heap that was used at most.
 *
 * <pre>{@code java -cp … io.maas.benchmarks.TrainOnCsv [rows = 10000000] [heap = 256m]}</pre>
 */
public final class TrainOnCsv {
    private static final int FEATURES = 6;
    private static final double[] RULE = {0.5, -1, 2, 0.25, -0.75, 1.5};
    /** The standard deviation of what the features do not tell. */
    private static final double NOISE = 0.1;

    private static final int BATCH = 1024;

    private TrainOnCsv() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        if (args.length == 2 && args[0].equals("train")) {
            train(Path.of(args[1]));
            return;
        }
        int rows = args.length > 0 ? Integer.parseInt(args[0]) : 10_000_000;
        String heap = args.length > 1 ? args[1] : "256m";
        Path file = Files.createTempFile("train-on-csv-", ".csv");
        try {
            long start = System.nanoTime();
            write(file, rows);
            say("write", start, "%d rows, %.0f MB", rows, Files.size(file) / 1e6);
            System.exit(fork(heap, file));
        } finally {
            Files.delete(file);
        }
    }

    /** A file whose last column follows from the others by a rule, but for some noise. */
    static void write(Path file, int rows) throws IOException {
        SplittableRandom random = new SplittableRandom(1);
        try (OutputStream stream = new BufferedOutputStream(Files.newOutputStream(file), 1 << 20)) {
            stream.write("a,b,c,d,e,f,y\n".getBytes(StandardCharsets.UTF_8));
            StringBuilder row = new StringBuilder();
            for (int i = 0; i < rows; i++) {
                row.setLength(0);
                double y = NOISE * random.nextDouble(-Math.sqrt(3), Math.sqrt(3));
                for (int j = 0; j < FEATURES; j++) {
                    int millionths = random.nextInt(-1_000_000, 1_000_000);
                    y += RULE[j] * millionths / 1e6;
                    row.append(millionths / 1e6).append(',');
                }
                row.append(Math.round(y * 1e6) / 1e6).append('\n');
                stream.write(row.toString().getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    /** Trains in a JVM of its own; its exit code. */
    static int fork(String heap, Path file) throws IOException, InterruptedException {
        return new ProcessBuilder(command(heap, file)).inheritIO().start().waitFor();
    }

    static List<String> command(String heap, Path file) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xmx" + heap);
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(TrainOnCsv.class.getName(), "train", file.toString()));
        return command;
    }

    private static void train(Path file) throws IOException {
        long start = System.nanoTime();
        Table table = Table.readCsv(file, CsvOptions.defaults());
        double seconds = say("read", start, "%s", table);
        System.out.printf(Locale.ROOT, "%-8s %.0f MB/s%n", "", Files.size(file) / 1e6 / seconds);

        start = System.nanoTime();
        Dataset data = table.dataset("y");
        say("prepare", start, "%s", data);

        start = System.nanoTime();
        Network network = Network.sequential(Layers.dense(FEATURES, 32), Layers.relu(), Layers.dense(32, 1));
        Trained trained = Trainer.of(network, Losses.meanSquared(), Optimizers.adam(1e-3))
                .withSeed(1)
                .fit(data, Fit.epochs(1).batchSize(BATCH));
        seconds = say("train", start, "metrics %s; noise %.4f", trained.metrics(), NOISE * NOISE);
        System.out.printf(Locale.ROOT, "%-8s %.0f rows/s%n", "", table.rows() / seconds);
        System.out.printf(
                Locale.ROOT,
                "%-8s %.0f MB of heap at most, of %.0f%n",
                "",
                peak() / 1e6,
                Runtime.getRuntime().maxMemory() / 1e6);
    }

    private static double say(String what, long start, String format, Object... values) {
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.printf(Locale.ROOT, "%-8s %6.1f s  %s%n", what, seconds, String.format(Locale.ROOT, format, values));
        return seconds;
    }

    /** An upper bound: the pools did not peak at once. */
    private static long peak() {
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP)
                .map(MemoryPoolMXBean::getPeakUsage)
                .mapToLong(java.lang.management.MemoryUsage::getUsed)
                .sum();
    }
}
