package io.maas.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.ArtifactRejectedException;
import io.maas.error.RegistryException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damages every file of a registry in every way that a disk or a careless hand can: nothing wrong is ever given out. */
class FileRegistryStoreDamageTest {
    private static final String MODEL = "digits";
    private static final int FLIPS = Boolean.getBoolean("maas.nightly") ? 10_000 : 600;

    @TempDir
    Path folder;

    private Path root;
    private List<Snapshot> expected;

    @BeforeEach
    void prepare() throws IOException {
        root = folder.toRealPath().resolve("registry");
        StoredModelRegistry registry = open();
        for (int i = 1; i <= 3; i++) {
            registry.publish(MODEL, Artifacts.of(i, 200));
            registry.publish("iris", Artifacts.of(i, 200).withTag("of", "iris"));
        }
        registry.setAlias(MODEL, "champion", 2);
        registry.delete(MODEL, 1);
        registry.setAlias(MODEL, "champion", 3);
        expected = snapshots();
    }

    private StoredModelRegistry open() {
        return Artifacts.open(root, new UnsyncedDisk());
    }

    private List<Snapshot> snapshots() {
        StoredModelRegistry registry = open();
        return List.of(Snapshot.verified(registry, MODEL), Snapshot.verified(registry, "iris"));
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }

    /** Whether damage was seen; if it was not, everything must be as before. */
    private boolean refused(String title) {
        List<Snapshot> found;
        try {
            found = snapshots();
        } catch (RegistryException | ArtifactRejectedException e) {
            assertThat(e).as(title).hasMessageMatching("(?s).*(damaged|not valid|missing|newer version).*");
            return true;
        }
        assertThat(found).as(title).isEqualTo(expected);
        return false;
    }

    private static void replace(Path file, byte[] bytes) throws IOException {
        Files.deleteIfExists(file);
        Files.write(file, bytes);
    }

    @Test
    void aChangedByteIsNeverServed() throws IOException {
        Random random = new Random(7);
        List<Path> files = files().stream()
                .filter(file -> !StoreFolder.name(file).startsWith("lock"))
                .toList();
        int refused = 0;
        for (int i = 0; i < FLIPS; i++) {
            Path file = files.get(random.nextInt(files.size()));
            byte[] good = Files.readAllBytes(file);
            byte[] bad = good.clone();
            int at = random.nextInt(bad.length);
            bad[at] ^= (byte) (random.nextBoolean() ? 1 << random.nextInt(8) : 1 + random.nextInt(255));
            replace(file, bad);
            if (refused("flip " + i + " at " + at + " of " + file)) {
                refused++;
            }
            replace(file, good);
        }
        assertThat(snapshots()).isEqualTo(expected);
        // The manifests and files of a deleted version may change unseen.
        assertThat(refused).isGreaterThan(FLIPS * 3 / 4);
    }

    @Test
    void everyByteOfTheLogAndTheHeadCounts() throws IOException {
        for (String name : List.of("log.jsonl", "head.json")) {
            Path file = root.resolve("models").resolve(MODEL).resolve(name);
            byte[] good = Files.readAllBytes(file);
            for (int at = 0; at < good.length; at++) {
                for (int flip : new int[] {0x20, good[at] ^ '\n'}) {
                    byte[] bad = good.clone();
                    bad[at] ^= (byte) flip;
                    if (bad[at] != good[at]) {
                        replace(file, bad);
                        assertThat(refused("byte " + at + " of " + name + " ^ " + flip))
                                .as("byte %s of %s ^ %s", at, name, flip)
                                .isTrue();
                    }
                }
            }
            replace(file, good);
        }
    }

    @Test
    void aFileCutShortIsNeverServed() throws IOException {
        for (Path file : files()) {
            byte[] good = Files.readAllBytes(file);
            for (int length = 0; length < good.length; length++) {
                if (StoreFolder.name(file).endsWith(".jsonl") || length % 19 == 0) {
                    replace(file, Arrays.copyOf(good, length));
                    boolean refused = refused("cut to " + length + ": " + file);
                    if (file.startsWith(root.resolve("models"))) {
                        assertThat(refused).as("cut to %s: %s", length, file).isTrue();
                    }
                }
            }
            replace(file, good);
        }
    }

    @Test
    void aMissingFileIsNeverPassedOver() throws IOException {
        for (Path file : files()) {
            byte[] good = Files.readAllBytes(file);
            Files.delete(file);
            boolean refused = refused("without " + file);
            if (!file.startsWith(root.resolve("blobs"))
                    && !StoreFolder.name(file).startsWith("lock")) {
                assertThat(refused).as("without %s", file).isTrue();
            }
            replace(file, good);
        }
    }

    @Test
    void swappedFilesAreNeverServed() throws IOException {
        List<Path> files = files();
        for (Path one : files) {
            for (Path other : files) {
                byte[] good = Files.readAllBytes(one);
                byte[] wrong = Files.readAllBytes(other);
                if (!StoreFolder.name(one).startsWith("lock") && !Arrays.equals(good, wrong)) {
                    replace(one, wrong);
                    refused(other + " in place of " + one);
                    replace(one, good);
                }
            }
        }
        Path digits = root.resolve("models").resolve(MODEL);
        Path iris = root.resolve("models/iris");
        for (String name : List.of("log.jsonl", "head.json")) {
            Files.copy(digits.resolve(name), iris.resolve(name), StandardCopyOption.REPLACE_EXISTING);
        }
        assertThatThrownBy(() -> open().versions("iris"))
                .isInstanceOf(RegistryException.class)
                .hasMessage("log of model iris in registry " + root
                        + " is damaged: head: model: \"digits\" (expected: iris);" + " restore it from a backup");
    }

    @Test
    void messagesNameTheFileAndTheLine() throws IOException {
        Path log = root.resolve("models").resolve(MODEL).resolve("log.jsonl");
        List<String> lines = Files.readAllLines(log);
        lines.set(1, lines.get(1).replace("\"version\":\"2\"", "\"version\":\"7\""));
        Files.write(log, lines);
        assertThatThrownBy(() -> open().versions(MODEL))
                .isInstanceOf(RegistryException.class)
                .hasMessageStartingWith("log of model digits in registry " + root + " is damaged: line 3: previous: ")
                .hasMessageEndingWith("; restore it from a backup");
        // The other model lives on, and so does what this process knows.
        assertThat(open().versions("iris")).hasSize(3);
    }

    @Test
    void aDamagedVersionDoesNotStopTheOthers() throws IOException {
        StoredModelRegistry registry = open();
        Version damaged = registry.version(MODEL, 2);
        Path manifest =
                root.resolve("blobs").resolve(damaged.digest().substring(0, 2)).resolve(damaged.digest());
        byte[] bytes = Files.readAllBytes(manifest);
        bytes[bytes.length / 2] ^= 1;
        replace(manifest, bytes);
        assertThatThrownBy(() -> registry.load(damaged))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessage("stored file " + manifest + " is damaged: its SHA-256 is another; delete the version and"
                        + " publish it again");
        // What it refers to is not known, so nothing can be collected.
        assertThatThrownBy(() -> open().collectGarbage()).isInstanceOf(ArtifactRejectedException.class);
        assertThat(open().resolve(MODEL, "latest").number()).isEqualTo(3);
        open().delete(MODEL, 2);
        assertThat(open().collectGarbage()).isPositive();
        assertThat(open().versions(MODEL)).hasSize(1);
        assertThat(open().publish(MODEL, Artifacts.of(2, 200)).number()).isEqualTo(4);
    }

    @Test
    void aStreamOfADamagedFileFailsBeforeItsEnd() throws IOException {
        Version version = open().version(MODEL, 2);
        String digest = version.manifest().files().values().iterator().next().sha256();
        Path file = root.resolve("blobs").resolve(digest.substring(0, 2)).resolve(digest);
        byte[] bytes = Files.readAllBytes(file);
        bytes[0] ^= 1;
        replace(file, bytes);
        try (InputStream stream = open().load(version).model().openStream()) {
            assertThat(stream.skip(150)).isEqualTo(150);
            assertThatThrownBy(stream::readAllBytes).isInstanceOf(ArtifactRejectedException.class);
        }
        Files.delete(file);
        assertThatThrownBy(() -> open().load(version).model().read())
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessage("stored file " + file + " is missing; delete the version and publish it again");
    }
}
