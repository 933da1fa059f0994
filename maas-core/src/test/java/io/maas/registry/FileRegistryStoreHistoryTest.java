package io.maas.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.maas.error.MaasException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Lets threads and processes do random things at once; all that they were answered could have come of one after the other. */
class FileRegistryStoreHistoryTest {
    private static final boolean NIGHTLY = Boolean.getBoolean("maas.nightly");
    private static final int VERSIONS = 6;

    @TempDir
    Path folder;

    @Test
    void threadsOfTwoInstancesAreLinearizable() throws Exception {
        int rounds = NIGHTLY ? 500 : 10;
        for (int round = 0; round < rounds; round++) {
            History history = threads(round, folder.resolve("root " + round), UnaryOperator.identity());
            assertThat(history.isLinearizable())
                    .as("round %s:\n%s", round, history)
                    .isTrue();
        }
    }

    /** Or they die of what another one has written at the same time. */
    @Test
    void threadsWithoutALockAreNot() throws Exception {
        boolean found = false;
        for (int round = 0; round < 100 && !found; round++) {
            try {
                found = !threads(round, folder.resolve("root " + round), UnlockedStore::new)
                        .isLinearizable();
            } catch (ExecutionException e) {
                assertThat(e).hasCauseInstanceOf(MaasException.class);
                found = true;
            }
        }
        assertThat(found).isTrue();
    }

    private static ModelRegistry open(Path root, UnaryOperator<RegistryStore> wrong) {
        return StoredModelRegistry.on(
                wrong.apply(FileRegistryStore.open(root, new UnsyncedDisk(), Duration.ofSeconds(30))));
    }

    private static History threads(long seed, Path root, UnaryOperator<RegistryStore> wrong) throws Exception {
        int threads = 4;
        List<ModelRegistry> registries = List.of(open(root, wrong), open(root, wrong));
        CyclicBarrier start = new CyclicBarrier(threads);
        List<Callable<List<History.Done>>> tasks = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            Random random = new Random(seed * threads + t);
            ModelRegistry registry = registries.get(t % 2);
            tasks.add(() -> {
                List<History.Done> done = new ArrayList<>();
                start.await();
                for (int i = 0; i < 10; i++) {
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

    private static History processes(long seed, Path root, boolean kill) throws IOException, InterruptedException {
        StoredModelRegistry.open(root);
        int count = NIGHTLY ? 30 : 20;
        List<Process> processes = new ArrayList<>();
        List<BufferedReader> readers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Process process = HistoryProcess.start(root, seed * 3 + i, count, VERSIONS);
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
