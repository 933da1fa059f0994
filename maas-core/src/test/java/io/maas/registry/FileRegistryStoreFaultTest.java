package io.maas.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.DuplicateVersionException;
import io.maas.error.MaasException;
import io.maas.error.RegistryException;
import io.maas.registry.FaultyStorage.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Lets every single call to the disk fail, one after the other, in every kind of write. */
class FileRegistryStoreFaultTest {
    private static final String MODEL = "digits";

    @TempDir
    Path folder;

    private static Map<String, Consumer<ModelRegistry>> writes() {
        Map<String, Consumer<ModelRegistry>> writes = new LinkedHashMap<>();
        writes.put("publish", registry -> registry.publish(MODEL, Artifacts.of(9)));
        writes.put("first publish", registry -> registry.publish("iris", Artifacts.of(9)));
        writes.put("alias", registry -> registry.setAlias(MODEL, "champion", 3));
        writes.put("rollback", registry -> registry.rollback(MODEL, "champion"));
        writes.put("delete", registry -> registry.delete(MODEL, 3));
        writes.put("collect", ModelRegistry::collectGarbage);
        return writes;
    }

    @ParameterizedTest
    @EnumSource(Fault.class)
    void eachWriteHappensWhollyOrNotAtAllWhicheverCallFails(Fault fault) throws IOException {
        Path base = folder.resolve("base");
        prepare(base);
        for (Map.Entry<String, Consumer<ModelRegistry>> write : writes().entrySet()) {
            Path undisturbed = folder.resolve("after " + write.getKey());
            Snapshot.copyTree(base, undisturbed);
            List<Snapshot> before = snapshots(open(undisturbed));
            write.getValue().accept(open(undisturbed));
            List<Snapshot> after = snapshots(open(undisturbed));
            boolean struck = true;
            for (int call = 1; struck; call++) {
                struck = strike(base, fault, call, write, List.of(before, after));
            }
        }
    }

    private static void prepare(Path base) {
        StoredModelRegistry registry = open(base);
        for (int i = 1; i <= 4; i++) {
            registry.publish(MODEL, Artifacts.of(i, 200));
        }
        registry.setAlias(MODEL, "champion", 1);
        registry.setAlias(MODEL, "champion", 2);
        registry.delete(MODEL, 4);
    }

    private boolean strike(
            Path base,
            Fault fault,
            int call,
            Map.Entry<String, Consumer<ModelRegistry>> write,
            List<List<Snapshot>> allowed)
            throws IOException {
        String title = fault + " at call " + call + " of " + write.getKey();
        Path root = folder.resolve(title);
        Snapshot.copyTree(base, root);
        FaultyStorage storage = new FaultyStorage(new UnsyncedDisk());
        StoredModelRegistry registry = Artifacts.open(root, storage);
        storage.arm(fault, call);
        boolean acknowledged = succeeds(title, registry, write.getValue());
        boolean struck = storage.struck();
        storage.heal();

        List<Snapshot> seen = snapshots(registry);
        assertThat(seen).as(title).isIn(allowed);
        if (acknowledged) {
            assertThat(seen).as(title).isEqualTo(allowed.get(1));
        } else if (fault != Fault.KILL) {
            assertThat(root.resolve("tmp")).as(title).isEmptyDirectory();
        }
        if (seen.equals(allowed.get(0))) {
            // Works again without being opened anew.
            write.getValue().accept(registry);
        }
        registry.collectGarbage();
        assertThat(root.resolve("tmp")).as(title).isEmptyDirectory();
        assertThat(snapshots(open(root))).as(title).isEqualTo(allowed.get(1));
        assertThat(registry.publish(MODEL, Artifacts.of(100)).number())
                .as(title)
                .isGreaterThan(4);
        return struck;
    }

    private static boolean succeeds(String title, ModelRegistry registry, Consumer<ModelRegistry> write) {
        try {
            write.accept(registry);
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

    private static List<Snapshot> snapshots(ModelRegistry registry) {
        return List.of(Snapshot.verified(registry, MODEL), Snapshot.verified(registry, "iris"));
    }

    @Test
    void aTornTailIsInvisibleAndMakesRoom() throws IOException {
        Path base = folder.resolve("base");
        prepare(base);
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
