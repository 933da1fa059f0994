package io.maas.backend.tck;

import static org.assertj.core.api.Assertions.assertThat;

import io.maas.backend.Program;
import io.maas.backend.Session;
import io.maas.graph.Graph;
import io.maas.tensor.Tensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * The process does not grow while programs are loaded and closed, and run. Measured on Linux, which tells the resident size in
 * {@code /proc/self/status}; forty times longer under {@code -Dmaas.nightly=true}.
 */
@EnabledOnOs(OS.LINUX)
public abstract class MemoryContract extends BackendContract {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final int SCALE = Boolean.getBoolean("maas.nightly") ? 40 : 1;
    private static final int LOADS = 500 * SCALE;
    private static final int RUNS = 5_000 * SCALE;
    private static final long BOUND_KIB = 32 * 1024;

    /** A leak grows in every round; a heap or an allocator that has not found its size yet does so only in the first ones. */
    private static final int ROUNDS = 10;

    /** For subclasses, which are test classes. */
    protected MemoryContract() {}

    @Test
    void loadingAndClosingDoesNotGrowTheProcess() throws IOException {
        Graph graph = SampleGraphs.network();
        Tensors inputs = SampleGraphs.networkInput(2, 1);
        assertSteady(LOADS, () -> {
            try (Program program = compile(graph)) {
                assertThat(program.run(inputs).size()).isOne();
            }
        });
    }

    @Test
    void runningDoesNotGrowTheProcess() throws IOException {
        List<Tensors> requests = List.of(SampleGraphs.networkInput(1, 1), SampleGraphs.networkInput(2, 2));
        try (Program program = compile(SampleGraphs.network())) {
            assertSteady(RUNS, () -> {
                assertThat(program.run(requests.get(0)).size()).isOne();
                assertThat(program.runBatch(requests)).hasSize(2);
            });
        }
    }

    @Test
    void steppingDoesNotGrowTheProcess() throws IOException {
        if (refusesState()) {
            return;
        }
        Tensors inputs = SampleGraphs.counterInput();
        try (Program program = compile(SampleGraphs.counter())) {
            assertSteady(RUNS / 10, () -> {
                try (Session session = program.newSession(Map.of("count", "next"), SampleGraphs.counterStart())) {
                    session.step(inputs);
                    session.step(inputs);
                    assertThat(session.read("count").elements()).isPositive();
                }
            });
        }
    }

    private static void assertSteady(int cycles, Runnable cycle) throws IOException {
        for (int i = 0; i < cycles / 10; i++) {
            cycle.run();
        }
        long grown = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS && grown >= BOUND_KIB; round++) {
            long before = residentKib();
            for (int i = 0; i < cycles; i++) {
                cycle.run();
            }
            grown = residentKib() - before;
        }
        assertThat(grown)
                .as("KiB that the process grew by in each of %d rounds of %d cycles", ROUNDS, cycles)
                .isLessThan(BOUND_KIB);
    }

    private static long residentKib() throws IOException {
        // What the collector has not looked at yet is not a leak.
        System.gc();
        for (String line : Files.readAllLines(STATUS)) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", ""));
            }
        }
        throw new IOException("no VmRSS in " + STATUS);
    }
}
