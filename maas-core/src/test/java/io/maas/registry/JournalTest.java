package io.maas.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.RegistryException;
import io.maas.storage.FaultyStorage;
import io.maas.storage.FaultyStorage.Fault;
import io.maas.storage.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class JournalTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-01-02T03:04:05Z"), ZoneOffset.UTC);
    private static final Duration WAIT = Duration.ofSeconds(10);

    @TempDir
    Path folder;

    private Journal onDisk(Storage storage) {
        return StoredModelRegistry.on(FileRegistryStore.open(folder.resolve("models"), storage, WAIT), CLOCK)
                .journal();
    }

    @Test
    void memoryKeepsTheLastEntriesOnly() {
        Journal journal = Journal.inMemory(CLOCK);
        for (int i = 0; i < 3 * MemoryJournal.KEPT; i++) {
            journal.append("m", "deploy", Map.of("number", Integer.toString(i)));
        }
        assertThat(journal.entries("m"))
                .hasSize(MemoryJournal.KEPT)
                .last()
                .extracting(entry -> entry.fields().get("number"))
                .isEqualTo("2999");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void keepsWhatHappenedToEachModelInOrder(boolean isDurable) {
        Journal journal = isDurable ? onDisk(Storage.disk()) : Journal.inMemory(CLOCK);
        assertThat(journal.models()).isEmpty();
        assertThat(journal.entries("digits")).isEmpty();
        journal.append("digits", "deploy", Map.of("version", "1", "why", "\u00fcber \"alles\"\n"));
        journal.append("iris", "deploy", Map.of());
        journal.append("digits", "rollback", Map.of("version", "1"));

        Journal again = isDurable ? onDisk(Storage.disk()) : journal;
        assertThat(again.models()).containsExactly("digits", "iris");
        assertThat(again.entries("digits"))
                .containsExactly(
                        new Journal.Entry(
                                CLOCK.instant(), "deploy", Map.of("version", "1", "why", "\u00fcber \"alles\"\n")),
                        new Journal.Entry(CLOCK.instant(), "rollback", Map.of("version", "1")));
        assertThatThrownBy(() -> journal.append("../x", "deploy", Map.of()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static List<String> events(Journal journal) {
        return journal.entries("digits").stream().map(Journal.Entry::event).toList();
    }

    @ParameterizedTest
    @EnumSource(Fault.class)
    void anyCallToTheDiskMayFailOrBeTheLast(Fault fault) throws IOException {
        for (List<String> before : List.of(List.<String>of(), List.of("one"))) {
            long calls = 0;
            boolean struck = true;
            while (struck) {
                FaultyStorage storage = new FaultyStorage(Storage.disk());
                storage.heal();
                clear();
                Journal journal = onDisk(storage);
                before.forEach(event -> journal.append("digits", event, Map.of()));
                storage.arm(fault, ++calls);
                boolean acknowledged = append(journal);
                struck = storage.struck();
                storage.heal();

                Journal after = onDisk(Storage.disk());
                if (acknowledged) {
                    assertThat(events(after)).as("call %d", calls).endsWith("two");
                }
                assertThat(events(after).subList(0, before.size()))
                        .as("call %d", calls)
                        .isEqualTo(before);
                assertThat(events(after).size() - before.size()).isBetween(0, 1);
                after.append("digits", "three", Map.of());
                assertThat(events(onDisk(Storage.disk()))).as("call %d", calls).endsWith("three");
            }
            assertThat(calls).isGreaterThan(6);
        }
    }

    private static boolean append(Journal journal) {
        try {
            journal.append("digits", "two", Map.of());
            return true;
        } catch (RegistryException | FaultyStorage.Killed e) {
            return false;
        }
    }

    private void clear() throws IOException {
        if (Files.exists(folder.resolve("models"))) {
            try (Stream<Path> all = Files.walk(folder.resolve("models"))) {
                for (Path path : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }

    @Test
    void damageIsSaid() throws IOException {
        Journal journal = onDisk(Storage.disk());
        journal.append("digits", "deploy", Map.of());
        journal.append("digits", "rollback", Map.of());
        Path log = folder.resolve("models/deployments/digits/log.jsonl");
        Files.writeString(log, Files.readString(log).replace("deploy", "employ"));

        assertThatThrownBy(() -> journal.entries("digits"))
                .isInstanceOf(RegistryException.class)
                .hasMessageContaining("is damaged: line 2: previous");
    }
}
