package io.maas.backend.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;

import io.maas.Maas;
import io.maas.backend.Backends;
import io.maas.error.ModelNotFoundException;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.model.Artifact;
import io.maas.registry.StoredModelRegistry;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Models come and go for as long as the process lives. Longer under {@code -Dmaas.nightly=true}. */
@Timeout(1800)
class OnnxRuntimeLifecycleTest {
    private static final boolean NIGHTLY = Boolean.getBoolean("maas.nightly");
    private static final int LOADS = NIGHTLY ? 10_000 : 500;
    private static final int CLOSES = NIGHTLY ? 10_000 : 300;

    /** A kibibyte a cycle, and what heap and allocator take while they find their size. */
    private static final long BOUND_KIB = LOADS + (NIGHTLY ? 0L : 16 * 1024);

    private static final int ROUNDS = 5;
    private static final int CALLERS = 4;
    private static final Tensors INPUT = Tensors.of("x", Tensor.of(new float[] {3}, 1, 1));

    @TempDir
    Path folder;

    private static Maas open(Path folder) {
        Maas maas = Maas.open(StoredModelRegistry.open(folder), Backends.of(new OnnxRuntimeBackend()));
        GraphBuilder b = new GraphBuilder("doubling");
        Value x = b.input("x", DataType.FLOAT32, Shape.symbolic("batch", 1));
        b.output("y", b.mul(x, 2));
        maas.registry().publish("m", Artifact.of(b.build()));
        return maas;
    }

    private static float ask(Maas maas) {
        return maas.model("m").predict(INPUT).outputs().get("y").toFloatArray()[0];
    }

    @Test
    @EnabledOnOs(OS.LINUX) // Elsewhere the size of the process is not to be read.
    void memoryReturnsAfterLoadingAndUnloading() throws Exception {
        Path status = Path.of("/proc/self/status");
        try (Maas maas = open(folder)) {
            cycle(maas, LOADS / 10);
            long grown = Long.MAX_VALUE;
            // A leak grows in every round; a heap or an allocator that has not found its size yet does so only at
            // first.
            for (int round = 0; round < ROUNDS && grown > BOUND_KIB; round++) {
                long before = residentKib(status);
                cycle(maas, LOADS);
                grown = residentKib(status) - before;
            }
            assertThat(grown)
                    .as("KiB grown in each of %d rounds of %d cycles", ROUNDS, LOADS)
                    .isLessThanOrEqualTo(BOUND_KIB);
        }
    }

    private static void cycle(Maas maas, int times) {
        for (int i = 0; i < times; i++) {
            maas.deploy("m");
            assertThat(ask(maas)).isEqualTo(6);
            maas.undeploy("m");
        }
    }

    private static long residentKib(Path status) throws IOException {
        System.gc();
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .sum();
    }

    /** Closing the runtime's session during a run ends the process, so that is another one. */
    @Test
    void noCloseUnderLoadEndsTheProcess() throws Exception {
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        ClosingUnderLoad.class.getName(),
                        folder.toString(),
                        Integer.toString(CLOSES))
                .redirectErrorStream(true);
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output).contains(CLOSES + " closes");
    }

    /** Takes a model out of service again and again while others call it. */
    static final class ClosingUnderLoad {
        private ClosingUnderLoad() {}

        @SuppressWarnings("SystemOut") // Read by the test through the pipe.
        public static void main(String[] arguments) throws Exception {
            int closes = Integer.parseInt(arguments[1]);
            ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
            AtomicBoolean done = new AtomicBoolean();
            AtomicLong answered = new AtomicLong();
            try (Maas maas = open(Path.of(arguments[0]))) {
                List<Future<?>> calls = new ArrayList<>();
                for (int i = 0; i < CALLERS; i++) {
                    calls.add(callers.submit(() -> call(maas, done, answered)));
                }
                for (int i = 0; i < closes; i++) {
                    maas.deploy("m");
                    long before = answered.get();
                    while (answered.get() == before && calls.stream().noneMatch(Future::isDone)) {
                        Thread.onSpinWait();
                    }
                    maas.undeploy("m");
                }
                done.set(true);
                for (Future<?> each : calls) {
                    each.get();
                }
            }
            System.out.println(closes + " closes, " + answered + " answers");
            System.exit(0);
        }

        private static void call(Maas maas, AtomicBoolean done, AtomicLong answered) {
            while (!done.get()) {
                try {
                    if (ask(maas) != 6) {
                        throw new IllegalStateException("wrong answer");
                    }
                    answered.incrementAndGet();
                } catch (ModelNotFoundException e) {
                    // Out of service at the moment; the cores are for who puts it back.
                    LockSupport.parkNanos(100_000);
                }
            }
        }
    }
}
