package io.maas.benchmarks;

import com.google.common.hash.Hashing;
import com.google.common.io.ByteSource;
import com.sun.management.ThreadMXBean;
import io.maas.model.Artifact;
import io.maas.model.Lineage;
import io.maas.model.Manifest;
import io.maas.model.Signature;
import io.maas.model.TensorSpec;
import io.maas.registry.StoredModelRegistry;
import io.maas.registry.Version;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/**
 * How long it takes to publish a large model, against writing the same bytes into a file and synchronising it, a round of each in
 * turns. The SHA-256 alone and the memory that publishing allocates are measured beside it.
 *
 * <pre>{@code java -cp … io.maas.benchmarks.RegistryPublishing [megabytes = 100] [rounds = 15]}</pre>
 */
public final class RegistryPublishing {
    private static final int CHUNK = 1 << 20;
    private static final Signature SIGNATURE = new Signature(
            List.of(new TensorSpec("x", DataType.FLOAT32, Shape.symbolic("batch", 4))),
            List.of(new TensorSpec("y", DataType.FLOAT32, Shape.symbolic("batch", 4))));

    private final Path folder;
    private final StoredModelRegistry registry;
    private final byte[] bytes;
    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private long allocated;

    private RegistryPublishing(Path folder, byte[] bytes) {
        this.folder = folder;
        this.registry = StoredModelRegistry.open(folder.resolve("models"));
        this.bytes = bytes;
    }

    public static void main(String[] args) throws IOException {
        int megabytes = args.length > 0 ? Integer.parseInt(args[0]) : 100;
        int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 15;
        byte[] bytes = new byte[megabytes * 1_000_000];
        new Random(1).nextBytes(bytes);
        RegistryPublishing run = new RegistryPublishing(Files.createTempDirectory("maas-publishing"), bytes);
        List<Double> plain = new ArrayList<>();
        List<Double> published = new ArrayList<>();
        List<Double> ratios = new ArrayList<>();
        List<Double> hashed = new ArrayList<>();
        for (int round = -2; round < rounds; round++) {
            bytes[0]++;
            double write = run.write();
            double publish = run.publish();
            double hash = run.hash();
            // The first two warm up.
            if (round >= 0) {
                plain.add(write);
                published.add(publish);
                ratios.add(publish / write);
                hashed.add(hash);
            }
        }
        System.out.printf("%d MB, %d rounds, median (quartiles)%n", megabytes, rounds);
        report("written and synchronised", plain, "ms");
        report("published", published, "ms");
        report("ratio in a round", ratios, "times");
        report("SHA-256 alone", hashed, "ms");
        System.out.printf("allocated by the last publication: %.1f MB%n", run.allocated / 1e6);
    }

    private static double millisSince(long start) {
        return (System.nanoTime() - start) / 1e6;
    }

    private double hash() {
        long start = System.nanoTime();
        String hash = Hashing.sha256().hashBytes(bytes).toString();
        double millis = millisSince(start);
        if (hash.length() != 64) {
            throw new IllegalStateException("hash: " + hash);
        }
        return millis;
    }

    private double write() throws IOException {
        Path file = folder.resolve("plain");
        long start = System.nanoTime();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (int at = 0; at < bytes.length; at += CHUNK) {
                ByteBuffer chunk = ByteBuffer.wrap(bytes, at, Math.min(CHUNK, bytes.length - at));
                while (chunk.hasRemaining()) {
                    channel.write(chunk);
                }
            }
            channel.force(true);
        }
        double millis = millisSince(start);
        Files.delete(file);
        return millis;
    }

    private double publish() {
        String sha256 = Hashing.sha256().hashBytes(bytes).toString();
        Manifest manifest = new Manifest(
                SIGNATURE,
                new Lineage(null, 1L, Map.of(), Map.of(), "1.0"),
                "",
                Map.of(),
                Map.of(Artifact.MODEL_FILE, new Manifest.FileEntry(sha256, bytes.length)),
                1e-5);
        Artifact artifact = Artifact.stored(manifest, entry -> ByteSource.wrap(bytes));
        long before = threads.getCurrentThreadAllocatedBytes();
        long start = System.nanoTime();
        Version version = registry.publish("large", artifact);
        double millis = millisSince(start);
        allocated = threads.getCurrentThreadAllocatedBytes() - before;
        registry.delete("large", version.number());
        registry.collectGarbage();
        return millis;
    }

    private static void report(String what, List<Double> values, String unit) {
        double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
        Arrays.sort(sorted);
        System.out.printf(
                Locale.ROOT,
                "%s: %.2f %s (%.2f-%.2f)%n",
                what,
                sorted[sorted.length / 2],
                unit,
                sorted[sorted.length / 4],
                sorted[sorted.length * 3 / 4]);
    }
}
