package io.maas.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Lets threads and processes do random things at once; all that they were answered could have come of one after the other. */
class FileModelRegistryHistoryTest {
    private static final boolean NIGHTLY = Boolean.getBoolean("maas.nightly");
    private static final int VERSIONS = 6;

    @TempDir
    Path folder;

    @Test
    void threadsOfTwoInstancesAreLinearizable() throws Exception {
        int rounds = NIGHTLY ? 500 : 30;
        for (int round = 0; round < rounds; round++) {
            History history = threads(round, folder.resolve("root " + round), 4, 10);
            assertThat(history.isLinearizable())
                    .as("round %s:\n%s", round, history)
                    .isTrue();
        }
    }

    private static History threads(long seed, Path root, int threads, int count) throws Exception {
        List<FileModelRegistry> registries =
                List.of(Artifacts.open(root, new UnsyncedDisk()), Artifacts.open(root, new UnsyncedDisk()));
        CyclicBarrier start = new CyclicBarrier(threads);
        List<Callable<List<History.Done>>> tasks = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            Random random = new Random(seed * threads + t);
            FileModelRegistry registry = registries.get(t % 2);
            tasks.add(() -> {
                List<History.Done> done = new ArrayList<>();
                start.await();
                for (int i = 0; i < count; i++) {
                    Action action = Action.random(random, VERSIONS);
                    long from = System.nanoTime();
                    String answer = action.to(registry);
                    done.add(new History.Done(from, System.nanoTime(), action, answer));
                }
                return done;
            });
        }
        List<History.Done> all = new ArrayList<>();
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            for (Future<List<History.Done>> done : executor.invokeAll(tasks)) {
                all.addAll(done.get());
            }
        } finally {
            executor.shutdownNow();
        }
        return new History(all);
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "processes need one clock")
    void processesAreLinearizableEvenIfOneDies() throws Exception {
        int rounds = NIGHTLY ? 100 : 2;
        for (int round = 0; round < rounds; round++) {
            History history = processes(round, folder.resolve("root " + round), round % 2 == 1);
            assertThat(history.isLinearizable())
                    .as("round %s:\n%s", round, history)
                    .isTrue();
        }
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "processes need one clock")
    void processesThatDoNotKnowOfEachOtherAreFound() throws IOException, InterruptedException {
        boolean found = false;
        for (int round = 0; round < 20 && !found; round++) {
            Path root = folder.resolve("root " + round);
            try {
                found = !processes(round, root, false, root.resolve("lock")).isLinearizable();
            } catch (AssertionError e) {
                found = true; // One of them died of what another had written.
            }
        }
        assertThat(found).isTrue();
    }

    private static History processes(long seed, Path root, boolean kill, Path... unlocked)
            throws IOException, InterruptedException {
        FileModelRegistry.open(root);
        int count = NIGHTLY ? 30 : 20;
        List<Process> processes = new ArrayList<>();
        List<BufferedReader> readers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Process process = HistoryProcess.start(root, seed * 3 + i, count, VERSIONS, unlocked);
            processes.add(process);
            readers.add(process.inputReader());
        }
        for (BufferedReader reader : readers) {
            assertThat(reader.readLine()).isEqualTo("ready");
        }
        for (Process process : processes) {
            process.outputWriter().append("go\n").flush();
        }
        List<History.Done> all = new ArrayList<>();
        for (int i = 0; i < processes.size(); i++) {
            StringBuilder output = new StringBuilder();
            boolean dies = kill && i == 0;
            if (dies) {
                for (int lines = 2 * new Random(seed).nextInt(count) + 1; lines > 0; lines--) {
                    output.append(Artifacts.present(readers.get(i).readLine())).append('\n');
                }
                assertThat(processes.get(i).toHandle().destroyForcibly()).isTrue();
            }
            all.addAll(HistoryProcess.done(
                    output.append(RegistryProcess.read(readers.get(i))).toString()));
            // The others were not kept waiting by the lock of the dead one.
            assertThat(processes.get(i).waitFor()).isEqualTo(dies ? 128 + 9 : 0);
        }
        return new History(all);
    }
}
