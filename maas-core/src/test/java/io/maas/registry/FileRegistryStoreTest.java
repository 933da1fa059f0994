package io.maas.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.io.ByteSource;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.DuplicateVersionException;
import io.maas.error.ModelNotFoundException;
import io.maas.error.RegistryException;
import io.maas.model.Artifact;
import io.maas.model.Manifest;
import io.maas.storage.Storage;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileModelRegistryTest {
    private static final Instant NOW = Instant.parse("2024-02-29T12:00:00.123456789Z");

    @TempDir
    Path folder;

    private Path root = Path.of("");
    private StoredModelRegistry registry;

    @BeforeEach
    void open() {
        root = folder.resolve("deep/registry");
        registry = reopen();
    }

    private StoredModelRegistry reopen() {
        return StoredModelRegistry.on(FileRegistryStore.open(root), Clock.fixed(NOW, ZoneOffset.UTC));
    }

    @Test
    void publishesListsAndLoads() throws IOException {
        Version first = registry.publish("digits", Artifacts.of(1));
        Version second = registry.publish("digits", Artifacts.of(2));
        registry.publish("iris", Artifacts.of(1));

        for (StoredModelRegistry any : List.of(registry, reopen())) {
            assertThat(any.models()).containsExactly("digits", "iris");
            assertThat(any.versions("digits")).containsExactly(first, second);
            assertThat(any.version("digits", 2)).isEqualTo(second);
            assertThat(any.resolve("digits", "latest")).isEqualTo(second);
            assertThat(any.resolve("digits", "1")).isEqualTo(first);
            Artifact loaded = any.load(second);
            assertThat(loaded.manifest()).isEqualTo(Artifacts.of(2).manifest());
            assertThat(loaded.model().read()).isEqualTo(Artifacts.of(2).model().read());
            assertThat(loaded.model().size()).isEqualTo(2_000);
            assertThat(loaded.file("text/vocabulary.txt")
                            .asCharSource(java.nio.charset.StandardCharsets.UTF_8)
                            .read())
                    .isEqualTo("the same");
        }
        assertThat(first.title()).isEqualTo("digits:1");
        assertThat(first.published()).isEqualTo(NOW);
        assertThat(first.digest()).matches("[0-9a-f]{64}");
    }

    @Test
    void pointsAliasesAndWalksThemBack() {
        publish("digits", 3);
        registry.setAlias("digits", "champion", 1);
        registry.setAlias("digits", "champion", 2);
        registry.setAlias("digits", "champion", 2);
        registry.setAlias("digits", "champion", 3);
        registry.setAlias("digits", "a.b-c_d", 3);
        assertThat(reopen().aliases("digits")).containsExactly(Map.entry("a.b-c_d", 3), Map.entry("champion", 3));
        assertThat(registry.resolve("digits", "champion").number()).isEqualTo(3);

        assertThat(registry.rollback("digits", "champion").number()).isEqualTo(2);
        assertThat(reopen().rollback("digits", "champion").number()).isEqualTo(1);
        assertThat(registry.aliases("digits")).containsEntry("champion", 1);
        assertThatIllegalStateException()
                .isThrownBy(() -> registry.rollback("digits", "champion"))
                .withMessage("alias champion of model digits points at version 1 and never pointed at another one that"
                        + " still exists; expected an earlier version; set the alias instead");
        assertThat(registry.aliasHistory("digits", "champion"))
                .extracting(AliasChange::number)
                .containsExactly(1, 2, 3, 2, 1);
        assertThat(reopen().aliasHistory("digits", "champion"))
                .isEqualTo(registry.aliasHistory("digits", "champion"))
                .first()
                .isEqualTo(new AliasChange("champion", 1, NOW));
    }

    @Test
    void aRollbackSkipsDeletedVersionsAndStartsAnewAfterTheNextAlias() {
        publish("digits", 4);
        for (int number : new int[] {1, 2, 1, 3}) {
            registry.setAlias("digits", "champion", number);
        }
        registry.delete("digits", 2);
        assertThat(registry.rollback("digits", "champion").number()).isEqualTo(1);
        assertThatIllegalStateException().isThrownBy(() -> registry.rollback("digits", "champion"));
        registry.setAlias("digits", "champion", 4);
        assertThat(registry.rollback("digits", "champion").number()).isEqualTo(1);
    }

    @Test
    void neverGivesANumberTwice() {
        publish("digits", 3);
        registry.delete("digits", 3);
        registry.delete("digits", 2);
        assertThat(reopen().publish("digits", Artifacts.of(3)).number()).isEqualTo(4);
        assertThat(registry.versions("digits")).extracting(Version::number).containsExactly(1, 4);
        registry.delete("digits", 1);
        registry.delete("digits", 4);
        assertThat(registry.models()).isEmpty();
        assertThatThrownBy(() -> registry.versions("digits")).isInstanceOf(ModelNotFoundException.class);
        assertThat(registry.publish("digits", Artifacts.of(1)).number()).isEqualTo(5);
    }

    @Test
    void refusesTheSameContentAgain() {
        registry.publish("digits", Artifacts.of(1));
        assertThatThrownBy(() -> reopen().publish("digits", Artifacts.of(1)))
                .isInstanceOfSatisfying(
                        DuplicateVersionException.class,
                        e -> assertThat(e.existingVersion()).isEqualTo(1))
                .hasMessage("model digits has this content already as version 1; expected new content; use version 1,"
                        + " or set an alias to it");
        assertThat(registry.publish("digits", Artifacts.of(1).withTag("stage", "2"))
                        .number())
                .isEqualTo(2);
    }

    @Test
    void refusesToDeleteWhatAnAliasPointsAt() {
        publish("digits", 2);
        registry.setAlias("digits", "champion", 1);
        assertThatIllegalStateException()
                .isThrownBy(() -> registry.delete("digits", 1))
                .withMessage(
                        "version digits:1 is in use: alias champion points at it; expected no alias; set the alias to"
                                + " another version first");
        registry.setAlias("digits", "champion", 2);
        registry.delete("digits", 1);
        assertThat(registry.versions("digits")).extracting(Version::number).containsExactly(2);
    }

    @Test
    void saysWhatThereIsWhenSomethingIsNot() {
        publish("digits", 25);
        registry.setAlias("digits", "champion", 1);
        assertThatThrownBy(() -> registry.version("digitz", 1))
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessage("no model \"digitz\"; found: [digits]");
        assertThatThrownBy(() -> registry.version("digits", 26))
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessage(
                        "no version 26 of model digits; found: [25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12,"
                                + " 11, 10, 9, 8, 7, 6] and 5 more");
        assertThatThrownBy(() -> registry.rollback("digits", "champ"))
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessage("no alias \"champ\" of model digits; found: [champion]");
        assertThatThrownBy(() -> registry.resolve("digits", "champ")).isInstanceOf(ModelNotFoundException.class);
        assertThatThrownBy(() -> registry.aliasHistory("digits", "champ")).isInstanceOf(ModelNotFoundException.class);
        assertThatThrownBy(() -> registry.setAlias("digits", "champion", 99))
                .isInstanceOf(ModelNotFoundException.class);
        assertThatThrownBy(() -> registry.delete("digits", 0)).isInstanceOf(ModelNotFoundException.class);
        assertThatThrownBy(() -> registry.aliases("nothing")).isInstanceOf(ModelNotFoundException.class);
        assertThatThrownBy(() -> registry.resolve("nothing", "latest")).isInstanceOf(ModelNotFoundException.class);
    }

    @Test
    void loadsOnlyWhatItPublished() {
        Version version = registry.publish("digits", Artifacts.of(1));
        StoredModelRegistry other = StoredModelRegistry.open(folder.resolve("other"));
        other.publish("digits", Artifacts.of(2));
        assertThatThrownBy(() -> other.load(version))
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessageStartingWith("no version digits:1 of digest \"" + version.digest() + "\"; found: ");
        registry.delete("digits", 1);
        assertThatThrownBy(() -> registry.load(version)).isInstanceOf(ModelNotFoundException.class);
    }

    @Test
    void collectsWhatNothingRefersTo() throws IOException {
        publish("digits", 2);
        registry.publish("iris", Artifacts.of(1).withTag("own", "manifest"));
        assertThat(registry.collectGarbage()).isZero();
        registry.delete("digits", 1);
        long manifest = Files.size(blob(manifestDigest(Artifacts.of(1))));
        // The model file lives on in iris:1, the vocabulary in both.
        assertThat(registry.collectGarbage()).isEqualTo(manifest);
        registry.delete("digits", 2);
        assertThat(registry.collectGarbage()).isGreaterThan(2_000);
        assertThat(registry.load(registry.version("iris", 1)).model().read())
                .isEqualTo(Artifacts.of(1).model().read());

        Files.writeString(root.resolve("tmp/left-behind.part"), "12345");
        Files.writeString(root.resolve("blobs/README"), "not ours");
        assertThat(registry.collectGarbage()).isEqualTo(5);
        assertThat(root.resolve("blobs/README")).exists();
        assertThat(root.resolve("tmp")).isEmptyDirectory();
    }

    @Test
    void aCollectionSparesWhatIsBeingPublished() throws Exception {
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        Artifact slow = slow(Artifacts.of(7), reading, go);
        registry.publish("digits", Artifacts.of(1));
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<Version> published = thread.submit(() -> registry.publish("digits", slow));
            reading.await();
            // Also takes away the vocabulary that the publication means to share.
            registry.delete("digits", 1);
            reopen().collectGarbage();
            go.countDown();
            Artifact loaded = registry.load(published.get());
            assertThat(loaded.model().read()).isEqualTo(slow.model().read());
            assertThat(loaded.file("text/vocabulary.txt").read()).hasSize(8);
        } finally {
            thread.shutdownNow();
        }
        assertThat(root.resolve("tmp")).isEmptyDirectory();
    }

    /** Stops before the last file is read. */
    private static Artifact slow(Artifact artifact, CountDownLatch reading, CountDownLatch go) {
        return Artifact.stored(artifact.manifest(), entry -> new ByteSource() {
            @Override
            public InputStream openStream() throws IOException {
                ByteSource source =
                        entry.size() == 8 ? artifact.file("text/vocabulary.txt") : artifact.file(Artifact.MODEL_FILE);
                return new FilterInputStream(source.openStream()) {
                    @Override
                    public int read(byte[] bytes, int offset, int length) throws IOException {
                        int n = super.read(bytes, offset, length);
                        if (n < 0 && entry.size() == 8) {
                            reading.countDown();
                            awaitQuietly(go);
                        }
                        return n;
                    }
                };
            }
        });
    }

    private static void awaitQuietly(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Test
    void refusesFilesThatAreNotWhatTheManifestSays() throws IOException {
        Artifact good = Artifacts.of(1);
        byte[] bytes = good.model().read();
        byte[] longer = java.util.Arrays.copyOf(bytes, bytes.length + 1);
        byte[] shorter = java.util.Arrays.copyOf(bytes, bytes.length - 1);
        byte[] other = bytes.clone();
        other[1_999] ^= 1;
        for (byte[] wrong : List.of(longer, shorter, other, new byte[0])) {
            assertThatThrownBy(() -> registry.publish(
                            "digits", Artifact.stored(good.manifest(), entry -> ByteSource.wrap(wrong))))
                    .isInstanceOf(ArtifactRejectedException.class)
                    .hasMessageStartingWith("file \"model.onnx\" of the artifact is not what its manifest says: ");
        }
        assertThatThrownBy(() -> registry.publish("digits", Artifact.stored(good.manifest(), entry -> broken())))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessage(
                        "file \"model.onnx\" of the artifact cannot be read: broken; expected a file that can be read"
                                + " until it is published");
        Manifest escaping = new Manifest(
                good.signature(),
                good.manifest().lineage(),
                "",
                Map.of(),
                Map.of(Artifact.MODEL_FILE, new Manifest.FileEntry("../../../../etc/passwd", 3)),
                0);
        assertThatThrownBy(() -> registry.publish("digits", Artifact.stored(escaping, entry -> broken())))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageContaining("sha256");
        assertThat(root.resolve("tmp")).isEmptyDirectory();
        assertThat(registry.models()).isEmpty();
        assertThat(registry.collectGarbage()).isZero();
    }

    private static ByteSource broken() {
        return new ByteSource() {
            @Override
            public InputStream openStream() throws IOException {
                throw new IOException("broken");
            }
        };
    }

    @Test
    void healsADamagedBlobWhenItIsPublishedAgain() throws IOException {
        Version version = registry.publish("digits", Artifacts.of(1));
        Path blob = blob(version.manifest().files().values().iterator().next().sha256());
        Files.delete(blob);
        Files.write(blob, new byte[2_000]);
        assertThatThrownBy(() -> registry.load(version).model().read())
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessage("stored file " + blob
                        + " is damaged: its SHA-256 is another; delete the version and publish it" + " again");
        registry.delete("digits", 1);
        Version again = registry.publish("digits", Artifacts.of(1));
        assertThat(registry.load(again).model().read())
                .isEqualTo(Artifacts.of(1).model().read());
    }

    @Test
    void seesWhatAnotherInstanceDoes() {
        StoredModelRegistry other = reopen();
        registry.publish("digits", Artifacts.of(1));
        assertThat(other.versions("digits")).hasSize(1);
        other.publish("digits", Artifacts.of(2));
        other.setAlias("digits", "champion", 2);
        assertThat(registry.resolve("digits", "champion").number()).isEqualTo(2);
        other.setAlias("digits", "champion", 1);
        other.delete("digits", 2);
        assertThat(registry.versions("digits")).extracting(Version::number).containsExactly(1);
    }

    @Test
    void aBackupMayBeRestoredUnderARunningRegistry() throws IOException {
        publish("digits", 2);
        Path backup = folder.resolve("backup");
        copy(root.resolve("models/digits"), backup);
        publish("digits", 3, 4);
        copy(backup, root.resolve("models/digits"));
        assertThat(registry.versions("digits")).hasSize(2);
        reopen().publish("digits", Artifacts.of(50));
        reopen().publish("digits", Artifacts.of(51));
        reopen().publish("digits", Artifacts.of(52));
        assertThat(registry.versions("digits")).hasSize(5);
        copy(backup, root.resolve("models/digits"));
        StoredModelRegistry other = reopen();
        for (int i = 60; i < 65; i++) {
            other.publish("digits", Artifacts.of(i));
        }
        assertThat(registry.versions("digits")).isEqualTo(other.versions("digits"));
    }

    @Test
    void opensOnlyAnEmptyFolderOrARegistryOfItsFormat() throws IOException {
        Path strange = Files.createDirectories(folder.resolve("strange"));
        Files.writeString(strange.resolve("thesis.tex"), "x");
        assertThatThrownBy(() -> StoredModelRegistry.open(strange))
                .isInstanceOf(RegistryException.class)
                .hasMessage("folder " + strange.toRealPath() + " is not a registry: it holds \"thesis.tex\" and no"
                        + " maas-registry.json; expected a registry or an empty folder; choose another folder");
        assertThat(strange).isDirectoryContaining("glob:**thesis.tex");
        try (Stream<Path> files = Files.list(strange)) {
            assertThat(files).hasSize(1);
        }

        publish("digits", 1);
        Path marker = root.resolve("maas-registry.json");
        assertThat(marker).hasContent("{\"format\":\"1\"}");
        Files.writeString(marker, "{\"format\":\"2\"}");
        assertThatThrownBy(this::reopen)
                .isInstanceOf(RegistryException.class)
                .hasMessage("registry " + root.toRealPath()
                        + " is of format 2, expected at most 1; use a newer version of" + " this library");
        for (String odd : List.of("", "{}", "[]", "{\"format\":\"0\"}", "{\"format\":1}", "\u0000")) {
            Files.writeString(marker, odd);
            assertThatThrownBy(this::reopen)
                    .as(odd)
                    .isInstanceOf(RegistryException.class)
                    .hasMessageContaining("maas-registry.json is damaged: ");
        }
        Files.delete(marker);
        assertThatThrownBy(this::reopen)
                .isInstanceOf(RegistryException.class)
                .hasMessageContaining("maas-registry.json is missing while blobs is not empty");
    }

    @Test
    void waitsForTheLockOnlySoLong() throws Exception {
        StoreLock lock = StoreLock.of(root.toRealPath().resolve("lock"));
        StoredModelRegistry hasty =
                StoredModelRegistry.on(FileRegistryStore.open(root, Storage.disk(), Duration.ofMillis(20)));
        hasty.publish("digits", Artifacts.of(1));
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<Boolean> holder = thread.submit(() -> lock.write(Duration.ofSeconds(5), () -> {
                held.countDown();
                awaitQuietly(go);
                return true;
            }));
            held.await();
            assertThatThrownBy(() -> hasty.setAlias("digits", "champion", 1))
                    .isInstanceOf(RegistryException.class)
                    .hasMessage("registry is locked: waited 20 ms for "
                            + root.toRealPath().resolve("lock")
                            + ", last taken by another thread of this process; expected it to be free; try again, or end"
                            + " what holds it");
            assertThat(hasty.versions("digits")).hasSize(1);
            go.countDown();
            assertThat(holder.get()).isTrue();
        } finally {
            thread.shutdownNow();
        }
        hasty.setAlias("digits", "champion", 1);
    }

    @Test
    void anInterruptedWriterChangesNothingAndBreaksNothing() {
        publish("digits", 2);
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> registry.setAlias("digits", "champion", 1)).isInstanceOf(RegistryException.class);
        assertThat(Thread.interrupted()).isTrue();
        registry.setAlias("digits", "champion", 2);
        assertThat(registry.aliasHistory("digits", "champion")).hasSize(1);
    }

    @Test
    void aFolderThatCannotBeUsedIsATypedError() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "x");
        assertThatThrownBy(() -> StoredModelRegistry.open(file.resolve("registry")))
                .isInstanceOf(RegistryException.class)
                .hasMessageStartingWith("registry " + file.resolve("registry") + " failed to open the registry: ")
                .hasMessageContaining("; check free space, permissions and the disk, then try again");
        assertThatThrownBy(() -> StoredModelRegistry.open(file)).isInstanceOf(RegistryException.class);
        assertThatThrownBy(() -> StoredModelRegistry.open(Path.of("/proc/none/registry")))
                .isInstanceOf(RegistryException.class);
    }

    @Test
    void refusesNamesThatDifferOnlyInCase() {
        publish("digits", 1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> registry.publish("Digits", Artifacts.of(1)))
                .withMessage("model: \"Digits\" (expected: a name that differs from model digits in more than upper and"
                        + " lower case)");
        assertThat(registry.models()).containsExactly("digits");
    }

    private void publish(String name, int count) {
        publish(name, 1, count);
    }

    private void publish(String name, int from, int to) {
        for (int i = from; i <= to; i++) {
            registry.publish(name, Artifacts.of(i));
        }
    }

    private static String manifestDigest(Artifact artifact) {
        return Digests.of(ManifestJson.write(artifact.manifest()));
    }

    private Path blob(String digest) {
        return root.resolve("blobs").resolve(digest.substring(0, 2)).resolve(digest);
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }
}
