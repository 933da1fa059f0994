package io.maas.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many threads and processes write to one folder at once; some die of it. */
class FileRegistryStoreProcessTest {
    private static final int KILL_ROUNDS = Boolean.getBoolean("maas.nightly") ? 200 : 5;
    private static final int VICTIMS = 4;

    @TempDir
    Path root;

    @Test
    void threadsOfTwoInstancesShareTheNumbers() throws Exception {
        int threads = 8;
        int each = 6;
        StoredModelRegistry[] registries = {StoredModelRegistry.open(root), StoredModelRegistry.open(root)};
        CyclicBarrier start = new CyclicBarrier(threads);
        List<Callable<List<Version>>> tasks = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            int thread = t;
            tasks.add(() -> {
                StoredModelRegistry registry = registries[thread % 2];
                List<Version> mine = new ArrayList<>();
                start.await();
                for (int i = 0; i < each; i++) {
                    mine.add(registry.publish("shared", Artifacts.of(thread * 100L + i)));
                    registry.setAlias("shared", "common", mine.get(i).number());
                    if (i % 3 == 2) {
                        registry.collectGarbage();
                    }
                }
                return mine;
            });
        }
        List<Version> published = new ArrayList<>();
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            for (Future<List<Version>> done : executor.invokeAll(tasks)) {
                published.addAll(done.get());
            }
        } finally {
            executor.shutdownNow();
        }
        for (StoredModelRegistry registry : List.of(registries[0], registries[1], StoredModelRegistry.open(root))) {
            assertThat(registry.versions("shared")).containsExactlyInAnyOrderElementsOf(published);
            assertThat(Snapshot.verified(registry, "shared").digests().keySet())
                    .containsExactlyElementsOf(
                            IntStream.rangeClosed(1, threads * each).boxed().toList());
            assertThat(registry.aliasHistory("shared", "common")).hasSize(threads * each);
        }
    }

    @Test
    void processesShareTheNumbers() throws Exception {
        int count = 12;
        List<Process> processes = List.of(RegistryProcess.start(root, 1, count), RegistryProcess.start(root, 2, count));
        List<List<String>> all = new ArrayList<>();
        for (Process process : processes) {
            try (BufferedReader reader = process.inputReader()) {
                all.addAll(RegistryProcess.acknowledged(RegistryProcess.read(reader)));
            }
            assertThat(process.waitFor()).isZero();
        }
        StoredModelRegistry registry = StoredModelRegistry.open(root);
        check(registry, all);
        assertThat(RegistryProcess.numbers(all))
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.rangeClosed(1, 2 * count).boxed().toList());
        for (int id = 1; id <= 2; id++) {
            List<Integer> mine = new ArrayList<>();
            for (List<String> line : all) {
                if (line.get(0).equals("alias") && line.get(1).equals("of-" + id)) {
                    mine.add(Integer.valueOf(line.get(2)));
                }
            }
            assertThat(registry.aliasHistory("shared", "of-" + id))
                    .extracting(AliasChange::number)
                    .isEqualTo(mine);
        }
        assertThat(registry.aliasHistory("shared", "common"))
                .extracting(AliasChange::number)
                .containsExactlyInAnyOrderElementsOf(
                        RegistryProcess.numbers(all).toList());
    }

    @Test
    void killedProcessesLeaveNothingHalfDone() throws Exception {
        long seed = 5;
        Random random = new Random(seed);
        List<List<String>> all = new ArrayList<>();
        for (int round = 0; round < KILL_ROUNDS; round++) {
            List<Process> victims = new ArrayList<>();
            for (int i = 0; i < VICTIMS; i++) {
                victims.add(RegistryProcess.start(root, 10 + round * VICTIMS + i, 1_000_000));
            }
            all.addAll(kill(victims, random));
            StoredModelRegistry registry = StoredModelRegistry.open(root);
            check(registry, all);
            Version next = registry.publish("shared", Artifacts.of(-1 - round));
            all.add(List.of("published", String.valueOf(next.number()), next.digest()));
            registry.collectGarbage();
            assertThat(root.resolve("tmp")).isEmptyDirectory();
        }
        assertThat(RegistryProcess.numbers(all).count()).isGreaterThan(KILL_ROUNDS);
    }

    /** Lets each say a few lines and kills it a random moment later. */
    private static List<List<String>> kill(List<Process> victims, Random random) throws Exception {
        List<List<String>> said = new ArrayList<>();
        for (Process victim : victims) {
            try (BufferedReader reader = victim.inputReader()) {
                StringBuilder output = new StringBuilder();
                for (int lines = random.nextInt(6); lines >= 0; lines--) {
                    output.append(Artifacts.present(reader.readLine())).append('\n');
                }
                victim.waitFor(random.nextInt(20_000), TimeUnit.MICROSECONDS);
                // Through its handle, because the process itself would close its output before we have read it.
                assertThat(victim.toHandle().destroyForcibly()).isTrue();
                output.append(RegistryProcess.read(reader));
                said.addAll(RegistryProcess.acknowledged(output.toString()));
            }
        }
        return said;
    }

    /** Every acknowledged version is there, whole, under a number of its own. */
    private static void check(StoredModelRegistry registry, List<List<String>> acknowledged) {
        Map<Integer, String> expected = new HashMap<>();
        for (List<String> line : acknowledged) {
            if (line.get(0).equals("published")) {
                assertThat(expected.put(Integer.valueOf(line.get(1)), line.get(2)))
                        .as("number %s", line.get(1))
                        .isNull();
            }
        }
        Snapshot found = Snapshot.verified(registry, "shared");
        assertThat(found.digests()).containsAllEntriesOf(expected);
        assertThat(found.digests().keySet())
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(1, found.digests().size()).boxed().toList());
    }
}
