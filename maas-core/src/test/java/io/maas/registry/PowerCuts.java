package io.maas.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.maas.error.DuplicateVersionException;
import io.maas.error.MaasException;
import io.maas.error.RegistryException;
import io.maas.storage.FaultyStorage;
import io.maas.storage.FaultyStorage.Fault;
import io.maas.storage.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Random work on a disk that forgets what was not synchronised, by processes that meet an error now and then and are killed at a
 * random call; then several power cuts at that moment, each of which leaves something else. What was acknowledged must be there,
 * what was not must be there wholly or not at all.
 *
 * <p>All that happens is a function of the seed.
 */
final class PowerCuts {
    static final int A_SEED = 5;
    private static final List<String> MODELS = List.of("digits", "iris");
    private static final int CALLS = 200;

    private final String title;
    private final Random random;
    private final Path folder;
    private final Path root;
    private final UnaryOperator<Storage> wrong;
    private final FaultyStorage failing = new FaultyStorage(new UnsyncedDisk());
    private final LosingStorage losing;

    /** For each model the states in which it may be found after a power cut. */
    private final Map<String, Set<Snapshot>> allowed = new HashMap<>();

    private PowerCuts(long seed, Path folder, UnaryOperator<Storage> wrong) {
        this.title = "seed " + seed;
        this.random = new Random(seed);
        this.folder = folder;
        this.root = folder.resolve("work");
        this.wrong = wrong;
        this.losing = new LosingStorage(failing, root, random);
        MODELS.forEach(model -> allowed.put(model, new LinkedHashSet<>(List.of(Snapshot.EMPTY))));
    }

    /**
     * Works and cuts.
     *
     * @param folder an empty one, by its real path
     * @param wrong what stands between the registry and its disk
     * @throws AssertionError if a promise is broken
     */
    static void run(long seed, Path folder, UnaryOperator<Storage> wrong) throws IOException {
        PowerCuts cuts = new PowerCuts(seed, folder, wrong);
        Files.createDirectory(cuts.root);
        int processes = 1 + cuts.random.nextInt(4);
        for (int process = 0; process < processes; process++) {
            cuts.live();
        }
        for (int cut = 0; cut < A_SEED; cut++) {
            cuts.cut("cut " + cut);
        }
    }

    /** One process from its start to its death. */
    private void live() {
        FaultyStorage mortal = new FaultyStorage(losing);
        mortal.arm(Fault.KILL, 1 + random.nextInt(CALLS));
        failing.arm(Fault.FAIL, 1 + random.nextInt(CALLS));
        try {
            StoredModelRegistry registry = open(mortal);
            while (true) {
                work(registry, MODELS.get(random.nextInt(MODELS.size())));
            }
        } catch (FaultyStorage.Killed e) {
            return;
        }
    }

    private StoredModelRegistry open(Storage storage) {
        try {
            return Artifacts.open(root, wrong.apply(storage));
        } catch (RegistryException e) {
            return Artifacts.open(root, wrong.apply(storage)); // The one error is over.
        }
    }

    private void work(StoredModelRegistry registry, String model) {
        Set<Snapshot> all = Artifacts.present(allowed.get(model));
        try {
            if (act(registry, model)) {
                all.clear();
                all.add(Snapshot.of(registry, model));
            }
        } catch (FaultyStorage.Killed e) {
            // What the next process sees may last, or what was acknowledged before may come back.
            all.add(visible(model));
            throw e;
        } catch (RegistryException e) {
            all.add(visible(model));
        }
    }

    private Snapshot visible(String model) {
        return Snapshot.of(Artifacts.open(root, new UnsyncedDisk()), model);
    }

    /** Does something; says whether the state of the model was acknowledged. */
    private boolean act(StoredModelRegistry registry, String model) {
        int kind = random.nextInt(9);
        List<Integer> numbers =
                List.copyOf(Snapshot.of(registry, model).digests().keySet());
        try {
            if (kind < 4 || numbers.isEmpty()) {
                // Few kinds of content, so that files are shared, deleted and published again.
                registry.publish(model, Artifacts.of(random.nextInt(6), 300));
                return true;
            }
            int number = numbers.get(random.nextInt(numbers.size()));
            switch (kind) {
                case 4, 5 -> registry.setAlias(model, "champion", number);
                case 6 -> registry.delete(model, number);
                case 7 -> registry.rollback(model, "champion");
                default -> registry.collectGarbage();
            }
            return kind < 8;
        } catch (DuplicateVersionException e) {
            return true; // Says that the version is there, so it must be durable.
        } catch (RegistryException e) {
            throw e;
        } catch (IllegalStateException | MaasException e) {
            return false; // An alias points at what was to be deleted, or nowhere back.
        }
    }

    private void cut(String cut) throws IOException {
        Path rest = folder.resolve(cut);
        losing.cut(rest, random);
        StoredModelRegistry registry = Artifacts.open(rest, new UnsyncedDisk());
        for (String model : MODELS) {
            Snapshot found = Snapshot.verified(registry, model);
            assertThat(found).as("%s, model %s in %s", title, model, rest).isIn(allowed.get(model));
            Version next = registry.publish(model, Artifacts.of(1_000));
            int highest =
                    found.digests().keySet().stream().mapToInt(n -> n).max().orElse(0);
            assertThat(next.number()).as(title).isGreaterThan(highest);
        }
        registry.collectGarbage();
        assertThat(rest.resolve("tmp")).as(title).isEmptyDirectory();
        for (String model : MODELS) {
            assertThat(Snapshot.verified(registry, model).digests()).as(title).isNotEmpty();
        }
    }
}
