package io.maas.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.DuplicateVersionException;
import io.maas.error.MaasException;
import io.maas.error.RegistryException;
import io.maas.storage.FaultyStorage;
import io.maas.storage.FaultyStorage.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Lets every single call to the disk fail, one after the other, in every kind of write. */
class FileRegistryStoreFaultTest {
    private static final String MODEL = Write.MODEL;

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(Fault.class)
    void eachWriteHappensWhollyOrNotAtAllWhicheverCallFails(Fault fault) throws IOException {
        for (Write write : Write.values()) {
            Aftermath aftermath = Aftermath.of(write, folder);
            boolean struck = true;
            for (int call = 1; struck; call++) {
                struck = strike(aftermath, fault, call);
            }
        }
    }

    private boolean strike(Aftermath aftermath, Fault fault, int call) throws IOException {
        String title = fault + " at call " + call + " of " + aftermath.write();
        Path root = aftermath.copy(folder.resolve(title));
        FaultyStorage storage = new FaultyStorage(new UnsyncedDisk());
        ModelRegistry registry = Artifacts.open(root, storage);
        List<Path> temporary = StoreFolder.list(root.resolve("tmp"));
        storage.arm(fault, call);
        boolean acknowledged = succeeds(title, registry, aftermath.write());
        boolean struck = storage.struck();
        storage.heal();
        if (!acknowledged && fault != Fault.KILL) {
            assertThat(temporary).as(title).containsAll(StoreFolder.list(root.resolve("tmp")));
        }
        // Works again without being opened anew.
        aftermath.check(title, registry, root, acknowledged);
        return struck;
    }

    private static boolean succeeds(String title, ModelRegistry registry, Write write) {
        try {
            write.to(registry);
            return true;
        } catch (RegistryException e) {
            assertThat(e).as(title).hasMessageContaining("what was acknowledged before is intact; check free space");
            return false;
        } catch (FaultyStorage.Killed e) {
            return false;
        }
    }

    @ParameterizedTest
    @EnumSource(Fault.class)
    void aRegistryIsMadeWhollyOrCanBeMadeAgain(Fault fault) throws IOException {
        boolean struck = true;
        for (int call = 1; struck; call++) {
            Path root = folder.resolve("root " + call);
            FaultyStorage storage = new FaultyStorage(new UnsyncedDisk());
            storage.arm(fault, call);
            try {
                Artifacts.open(root, storage);
            } catch (RegistryException | FaultyStorage.Killed e) {
                assertThat(storage.struck()).isTrue();
            }
            struck = storage.struck();
            StoredModelRegistry registry = open(root);
            assertThat(registry.publish(MODEL, Artifacts.of(1)).number()).isEqualTo(1);
        }
    }

    @Test
    void anOldVersionServesOnAFullDisk() throws IOException {
        Path root = folder.resolve("root");
        FaultyStorage storage = new FaultyStorage(new UnsyncedDisk());
        StoredModelRegistry registry = Artifacts.open(root, storage);
        Version version = registry.publish(MODEL, Artifacts.of(1));
        storage.arm(Fault.FULL, 1);
        assertThatThrownBy(() -> registry.publish(MODEL, Artifacts.of(2)))
                .isInstanceOf(RegistryException.class)
                .hasMessageStartingWith(
                        "registry " + root.toRealPath() + " failed to publish a version of model digits: IOException: ")
                .hasMessageContaining("No space left on device")
                .hasCauseInstanceOf(IOException.class);
        assertThat(registry.load(version).model().read())
                .isEqualTo(Artifacts.of(1).model().read());
        storage.heal();
        assertThat(registry.publish(MODEL, Artifacts.of(2)).number()).isEqualTo(2);
    }

    private static StoredModelRegistry open(Path root) {
        return Artifacts.open(root, new UnsyncedDisk());
    }

    @Test
    void aTornTailIsInvisibleAndMakesRoom() throws IOException {
        Path base = folder.resolve("base");
        Write.PUBLISH.prepare(base);
        Path log = base.resolve("models/digits/log.jsonl");
        byte[] whole = Files.readAllBytes(log);
        Snapshot expected = Snapshot.of(open(base), MODEL);
        // The line that the next publication would add, cut at every length, and with what a lost sector leaves.
        Path next = folder.resolve("next");
        Snapshot.copyTree(base, next);
        open(next).publish(MODEL, Artifacts.of(9));
        byte[] longer = Files.readAllBytes(next.resolve("models/digits/log.jsonl"));
        for (int length = whole.length; length <= longer.length; length++) {
            byte[] torn = java.util.Arrays.copyOf(longer, length);
            if (length > whole.length && length % 3 == 0) {
                torn[length - 1] = 0;
            }
            Files.write(log, torn);
            assertThat(Snapshot.of(open(base), MODEL)).as("length %s", length).isEqualTo(expected);
            if (length % 16 == 0 || length == longer.length) {
                Path root = folder.resolve("torn " + length);
                Snapshot.copyTree(base, root);
                assertThat(open(root).publish(MODEL, Artifacts.of(9)).number()).isEqualTo(5);
                assertThat(Files.size(root.resolve("models/digits/log.jsonl")))
                        .isBetween((long) whole.length, longer.length + 40L);
                assertThat(Snapshot.of(open(root), MODEL).digests()).containsKey(5);
            }
        }
    }

    @Test
    void aDuplicateIsReportedEvenIfTheFirstOneWasNotAcknowledged() {
        Path root = folder.resolve("root");
        FaultyStorage storage = new FaultyStorage(new UnsyncedDisk());
        StoredModelRegistry registry = Artifacts.open(root, storage);
        registry.publish(MODEL, Artifacts.of(1));
        int seen = 0;
        for (int call = 1; call < 60; call++) {
            storage.arm(Fault.LATE, call);
            long seed = 1_000L + call;
            try {
                registry.publish(MODEL, Artifacts.of(seed));
            } catch (MaasException e) {
                storage.heal();
                try {
                    registry.publish(MODEL, Artifacts.of(seed));
                } catch (DuplicateVersionException duplicate) {
                    seen++;
                    assertThat(registry.version(MODEL, duplicate.existingVersion())
                                    .digest())
                            .isEqualTo(Digests.of(
                                    ManifestJson.write(Artifacts.of(seed).manifest())));
                }
            }
            storage.heal();
        }
        assertThat(seen).as("failures after the change was visible").isPositive();
        assertThat(registry.versions(MODEL)).hasSize(60);
    }
}
