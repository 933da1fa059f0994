package io.maas.store.tck;

import static org.assertj.core.api.Assertions.assertThat;

import io.maas.error.DuplicateVersionException;
import io.maas.registry.AliasChange;
import io.maas.registry.Journal;
import io.maas.registry.ModelRegistry;
import io.maas.registry.StoredModelRegistry;
import io.maas.registry.Version;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two registries on one store are as one. */
abstract class ConcurrencyContract {
    private static final int THREADS = 6;
    private static final int EACH = Boolean.getBoolean("maas.nightly") ? 200 : 3;

    private final RegistryStoreContract fixture;
    private StoredModelRegistry[] registries;

    ConcurrencyContract(RegistryStoreContract fixture) {
        this.fixture = fixture;
    }

    @BeforeEach
    void open() throws IOException {
        registries = new StoredModelRegistry[] {another(), another()};
    }

    private StoredModelRegistry another() throws IOException {
        return StoredModelRegistry.on(fixture.open());
    }

    @Test
    void twoPublicationsAtOnceGetTwoNumbers() throws Exception {
        List<List<Version>> published = Crowd.of(THREADS, thread -> {
            List<Version> mine = new ArrayList<>();
            for (int i = 0; i < EACH; i++) {
                mine.add(registries[thread % 2].publish("shared", SampleArtifacts.of(thread * 1_000L + i)));
            }
            return mine;
        });
        List<Version> all = published.stream().flatMap(List::stream).toList();
        for (ModelRegistry any : List.of(registries[0], registries[1], another())) {
            assertThat(any.versions("shared")).containsExactlyInAnyOrderElementsOf(all);
            for (Version version : all) {
                assertThat(SampleArtifacts.model(any, version)).hasSize(2_000);
            }
        }
        assertThat(all)
                .extracting(Version::number)
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.rangeClosed(1, THREADS * EACH).boxed().toList());
    }

    @Test
    void theSameContentIsPublishedOnce() throws Exception {
        List<Integer> numbers = Crowd.of(THREADS, thread -> {
            try {
                return registries[thread % 2]
                        .publish("shared", SampleArtifacts.of(1))
                        .number();
            } catch (DuplicateVersionException e) {
                return -e.existingVersion();
            }
        });
        assertThat(numbers).containsOnlyOnce(1).contains(-1).containsOnly(1, -1);
        assertThat(another().versions("shared")).hasSize(1);
    }

    /** What a write has done is what every later read sees, until a later write. */
    @Test
    void anAliasIsOneValueForAll() throws Exception {
        int count = THREADS * EACH;
        for (int i = 1; i <= count; i++) {
            registries[0].publish("shared", SampleArtifacts.of(i));
        }
        // For each number that was set, one that was read by the other registry afterwards.
        Map<Integer, Integer> seen = new ConcurrentHashMap<>();
        Crowd.of(THREADS, thread -> {
            for (int i = 1; i <= EACH; i++) {
                int number = thread * EACH + i;
                registries[thread % 2].setAlias("shared", "common", number);
                seen.put(
                        number,
                        registries[1 - thread % 2].resolve("shared", "common").number());
            }
            return thread;
        });
        List<Integer> history = another().aliasHistory("shared", "common").stream()
                .map(AliasChange::number)
                .toList();
        assertThat(history).hasSize(count).doesNotHaveDuplicates();
        assertThat(seen)
                .hasSize(count)
                .allSatisfy((set, read) -> assertThat(history.indexOf(read))
                        .as("read after %d was set: %d, of %s", set, read, history)
                        .isGreaterThanOrEqualTo(history.indexOf(set)));
        assertThat(another().aliases("shared")).containsEntry("common", history.get(count - 1));
    }

    @Test
    void rollbacksAtOnceEachGoOneBack() throws Exception {
        int count = 2 * THREADS;
        for (int i = 1; i <= count; i++) {
            registries[0].publish("shared", SampleArtifacts.of(i));
            registries[0].setAlias("shared", "common", i);
        }
        List<Integer> backAt = Crowd.of(
                THREADS,
                thread -> registries[thread % 2].rollback("shared", "common").number());
        assertThat(backAt)
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(count - THREADS, count).boxed().toList());
    }

    @Test
    void entriesOfTheJournalAreNotLost() throws Exception {
        Crowd.of(THREADS, thread -> {
            for (int i = 0; i < EACH; i++) {
                registries[thread % 2].journal().append("shared", "event", Map.of("of", thread + "-" + i));
            }
            return thread;
        });
        assertThat(another().journal().entries("shared"))
                .extracting(Journal.Entry::fields)
                .hasSize(THREADS * EACH)
                .doesNotHaveDuplicates();
    }

    /** The same few files come and go over and over while others collect: what a version refers to is always there. */
    @Test
    void noCollectionTakesWhatIsBeingPublished() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        Set<Integer> running = ConcurrentHashMap.newKeySet();
        IntStream.range(0, 3).forEach(running::add);
        Crowd.of(5, thread -> {
            StoredModelRegistry mine = registries[thread % 2];
            if (thread >= 3) {
                while (!done.get()) {
                    mine.collectGarbage();
                }
                return thread;
            }
            try {
                for (int i = 0; i < 2 * EACH; i++) {
                    comeAndGo(mine, "model-" + thread);
                }
            } finally {
                running.remove(thread);
                done.compareAndSet(false, running.isEmpty());
            }
            return thread;
        });
        another().collectGarbage();
        for (String name : another().models()) {
            for (Version version : another().versions(name)) {
                assertThat(SampleArtifacts.model(another(), version)).hasSize(2_000);
            }
        }
    }

    private static void comeAndGo(ModelRegistry registry, String name) throws IOException {
        Version version = registry.publish(
                name, SampleArtifacts.of(ThreadLocalRandom.current().nextInt(2)));
        assertThat(SampleArtifacts.model(registry, version)).hasSize(2_000);
        assertThat(registry.load(version).file(SampleArtifacts.SHARED_FILE).read())
                .hasSize(8);
        registry.delete(name, version.number());
    }
}
