package io.maas.benchmarks;

import io.maas.graph.GraphBuilder;
import io.maas.model.Artifact;
import io.maas.registry.StoredModelRegistry;
import io.maas.registry.Version;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How long it takes to open a registry of many versions, list its models and find the newest version: the first time in a JVM, each
 * time in a new one, and once it is warm. The versions are made first, unless the folder has them.
 *
 * <pre>{@code java -cp … io.maas.benchmarks.RegistryOpening [folder] [versions = 10000] [rounds = 9]}</pre>
 */
public final class RegistryOpening {
    private static final int WARM = 20;

    private RegistryOpening() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        if (args.length == 2 && args[0].equals("open")) {
            openOften(Path.of(args[1]));
            return;
        }
        Path folder = args.length > 0 ? Path.of(args[0]) : Files.createTempDirectory("maas-opening");
        int versions = args.length > 1 ? Integer.parseInt(args[1]) : 10_000;
        int rounds = args.length > 2 ? Integer.parseInt(args[2]) : 9;
        fill(folder, versions);
        List<List<Double>> figures = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        for (int round = 0; round < rounds; round++) {
            String[] said = inNewJvm(folder).split(" ", -1);
            if (Integer.parseInt(said[3]) != versions) {
                throw new IllegalStateException("latest version: " + said[3] + " (expected: " + versions + ")");
            }
            for (int i = 0; i < figures.size(); i++) {
                figures.get(i).add(Double.valueOf(said[i]));
            }
        }
        System.out.printf("%d versions, %d JVMs, median (least-most)%n", versions, rounds);
        report(
                "opened, listed and resolved, the first time in a JVM, of which the library's classes are new",
                figures.get(0));
        report("the same once more, in a registry opened anew", figures.get(1));
        report("the same, median of " + WARM + " further times", figures.get(2));
    }

    private static void fill(Path folder, int versions) {
        StoredModelRegistry registry = StoredModelRegistry.open(folder);
        int made = registry.models().isEmpty()
                ? 0
                : registry.resolve("digits", "latest").number();
        GraphBuilder b = new GraphBuilder("same");
        b.output("y", b.tanh(b.input("x", DataType.FLOAT32, Shape.symbolic("batch", 4))));
        Artifact model = Artifact.of(b.build());
        for (int number = made + 1; number <= versions; number++) {
            registry.publish("digits", model.withTag("number", Integer.toString(number)));
        }
    }

    private static String inNewJvm(Path folder) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        RegistryOpening.class.getName(),
                        "open",
                        folder.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader reader = process.inputReader()) {
            String line = reader.readLine();
            if (process.waitFor() != 0 || line == null) {
                throw new IllegalStateException("the JVM that opens the registry said: " + line);
            }
            return line;
        }
    }

    private static void openOften(Path folder) {
        Opening first = open(folder);
        Opening second = open(folder);
        double[] warm = new double[WARM];
        for (int i = 0; i < WARM; i++) {
            warm[i] = open(folder).millis();
        }
        java.util.Arrays.sort(warm);
        System.out.printf(
                Locale.ROOT, "%.1f %.1f %.1f %d%n", first.millis(), second.millis(), warm[WARM / 2], first.latest());
    }

    private record Opening(double millis, int latest) {}

    private static Opening open(Path folder) {
        long start = System.nanoTime();
        StoredModelRegistry registry = StoredModelRegistry.open(folder);
        Version latest = registry.resolve(registry.models().get(0), "latest");
        return new Opening((System.nanoTime() - start) / 1e6, latest.number());
    }

    private static void report(String what, List<Double> millis) {
        double[] sorted =
                millis.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        System.out.printf(
                Locale.ROOT,
                "%s: %.0f ms (%.0f-%.0f)%n",
                what,
                sorted[sorted.length / 2],
                sorted[0],
                sorted[sorted.length - 1]);
    }
}
