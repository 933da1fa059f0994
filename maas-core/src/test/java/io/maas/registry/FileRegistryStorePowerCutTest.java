package io.maas.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.maas.error.DuplicateVersionException;
import io.maas.storage.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random work on a disk that forgets what was not synchronised, with processes killed on the way and a power cut at the
 * end: what was acknowledged is there, what was not is there wholly or not at all.
 */
class FileRegistryStorePowerCutTest {
    private static final List<String> MODELS = List.of("digits", "iris");

    @TempDir
    Path folder;

    /** Some cuts a seed; the seeds of one run are those of the next. */
    static List<Long> seeds() {
        List<Long> seeds = new ArrayList<>();
        for (long seed = 0; seed < (Boolean.getBoolean("maas.nightly") ? 2_000 : 30); seed++) {
            seeds.add(seed);
        }
        return seeds;
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void whatWasAcknowledgedSurvives(long seed) throws IOException {
        Random random = new Random(seed);
        Path root = folder.toRealPath().resolve("work");
        Files.createDirectory(root);
        LosingStorage losing = new LosingStorage(new UnsyncedDisk(), root);
        Map<String, Set<Snapshot>> allowed = new HashMap<>();
        MODELS.forEach(model -> allowed.put(model, new LinkedHashSet<>(List.of(Snapshot.EMPTY))));
        int processes = 1 + random.nextInt(4);
        for (int process = 0; process < processes; process++) {
            FaultyStorage storage = new FaultyStorage(losing);
            storage.arm(FaultyStorage.Fault.KILL, 1 + random.nextInt(200));
            live(storage, root, random, allowed);
        }
        for (int cut = 0; cut < 3; cut++) {
            check(seed, losing, folder.resolve("cut " + cut), random, allowed);
        }
    }

    /** One process from its start to its death. */
    private static void live(Storage storage, Path root, Random random, Map<String, Set<Snapshot>> allowed) {
        try {
            StoredModelRegistry registry = Artifacts.open(root, storage);
            while (true) {
                String model = MODELS.get(random.nextInt(MODELS.size()));
                Snapshot before = Snapshot.of(registry, model);
                Set<Snapshot> all = Artifacts.present(allowed.get(model));
                try {
                    if (act(registry, model, before, random)) {
                        all.clear();
                        all.add(Snapshot.of(registry, model));
                    }
                } catch (FaultyStorage.Killed e) {
                    // What the next process sees may last, or what was acknowledged before may come back.
                    all.add(Snapshot.of(Artifacts.open(root, new UnsyncedDisk()), model));
                    throw e;
                }
            }
        } catch (FaultyStorage.Killed e) {
            return;
        }
    }

    /** Does something; says whether the state of the model was acknowledged. */
    private static boolean act(StoredModelRegistry registry, String model, Snapshot before, Random random) {
        int kind = random.nextInt(8);
        List<Integer> numbers = List.copyOf(before.digests().keySet());
        try {
            if (kind < 4 || numbers.isEmpty()) {
                // Few kinds of content, so that files are shared, deleted and published again.
                return registry.publish(model, Artifacts.of(random.nextInt(6), 300))
                                .number()
                        > 0;
            }
            int number = numbers.get(random.nextInt(numbers.size()));
            switch (kind) {
                case 4, 5 -> registry.setAlias(model, "champion", number);
                case 6 -> registry.delete(model, number);
                default -> registry.collectGarbage();
            }
            return kind < 7;
        } catch (DuplicateVersionException e) {
            return true; // Says that the version is there, so it must be durable.
        } catch (IllegalStateException e) {
            return false; // An alias points at what was to be deleted.
        }
    }

    private static void check(
            long seed, LosingStorage losing, Path rest, Random random, Map<String, Set<Snapshot>> allowed)
            throws IOException {
        losing.cut(rest, random);
        StoredModelRegistry registry = Artifacts.open(rest, new UnsyncedDisk());
        for (String model : MODELS) {
            Snapshot found = Snapshot.verified(registry, model);
            assertThat(found).as("seed %s, model %s in %s", seed, model, rest).isIn(allowed.get(model));
            Version next = registry.publish(model, Artifacts.of(1_000));
            int highest =
                    found.digests().keySet().stream().mapToInt(n -> n).max().orElse(0);
            assertThat(next.number()).as("seed %s", seed).isGreaterThan(highest);
        }
        registry.collectGarbage();
        for (String model : MODELS) {
            assertThat(Snapshot.verified(registry, model).digests()).isNotEmpty();
        }
    }
}
