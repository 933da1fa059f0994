package io.maas.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.io.ByteSource;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.RegistryException;
import io.maas.model.Artifact;
import io.maas.model.Manifest;
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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileRegistryStoreTest {
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
    void collectsWhatDeadProcessesLeftAndNothingThatIsNotOurs() throws IOException {
        publish("digits", 1);
        Files.writeString(root.resolve("tmp/left-behind.part"), "12345");
        Files.writeString(root.resolve("blobs/README"), "not ours");
        assertThat(registry.collectGarbage()).isEqualTo(5);
        assertThat(root.resolve("blobs/README")).exists();
        assertThat(root.resolve("tmp")).isEmptyDirectory();
    }

    private static void awaitQuietly(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Test
    void whatIsRefusedLeavesNoFile() throws IOException {
        Artifact good = Artifacts.of(1);
        for (ByteSource wrong : List.of(ByteSource.wrap(new byte[2_000]), ByteSource.empty())) {
            assertThatThrownBy(() -> registry.publish("digits", Artifact.stored(good.manifest(), entry -> wrong)))
                    .isInstanceOf(ArtifactRejectedException.class);
        }
        Manifest escaping = new Manifest(
                good.signature(),
                good.manifest().lineage(),
                "",
                Map.of(),
                Map.of(Artifact.MODEL_FILE, new Manifest.FileEntry("../../../../etc/passwd", 3)),
                0);
        assertThatThrownBy(() -> registry.publish("digits", Artifact.stored(escaping, entry -> ByteSource.empty())))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageContaining("sha256");
        assertThat(root.resolve("tmp")).isEmptyDirectory();
        assertThat(root.resolve("blobs")).isEmptyDirectory();
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
    void aFolderThatHoldsOnlyFilesIsOpenedByItsOwnerOnly() throws IOException {
        Path files = folder.resolve("files");
        FileRegistryStore.openFiles(files, "one").close();
        assertThat(FileRegistryStore.openFiles(files, "one").names(LogName.Kind.MODEL))
                .isEmpty();
        assertThatThrownBy(() -> FileRegistryStore.openFiles(files, "two"))
                .isInstanceOf(RegistryException.class)
                .hasMessage(
                        "folder " + files.toRealPath() + " holds the files of registry one, whose logs are elsewhere,"
                                + " expected the files of registry two, whose logs are"
                                + " elsewhere; choose another folder, or open this one as what"
                                + " it is");
        assertThatThrownBy(() -> StoredModelRegistry.open(files))
                .isInstanceOf(RegistryException.class)
                .hasMessageContaining(", expected a registry; choose another folder");
        publish("digits", 1);
        assertThatThrownBy(() -> FileRegistryStore.openFiles(root, "one"))
                .isInstanceOf(RegistryException.class)
                .hasMessageContaining(" holds a registry, expected the files of registry one");
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
        Files.writeString(marker, "{\"format\":\"3\"}");
        assertThatThrownBy(this::reopen)
                .isInstanceOf(RegistryException.class)
                .hasMessage("registry " + root.toRealPath()
                        + " is of format 3, expected at most 2; use a newer version of this library");
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

    /** The line, the head's bytes, the head's name: see {@link FileLog#append}. */
    @Test
    void anAliasMovesWithThreeSynchronisations() {
        publish("digits", 2);
        UnsyncedDisk disk = new UnsyncedDisk();
        StoredModelRegistry counted = Artifacts.open(root, disk);
        counted.setAlias("digits", "champion", 1);
        assertThat(disk.syncs()).isEqualTo(3);
        counted.setAlias("digits", "champion", 2);
        assertThat(disk.syncs()).isEqualTo(3);
        counted.rollback("digits", "champion");
        assertThat(disk.syncs()).isEqualTo(3);
        counted.delete("digits", 2);
        assertThat(disk.syncs()).isEqualTo(3);
        counted.aliases("digits");
        assertThat(disk.syncs()).isZero();
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
                            + ", last taken by another thread of this process; expected it to be free; try again, or"
                            + " end what holds it");
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
        assertThatThrownBy(() -> StoredModelRegistry.open(file))
                .isInstanceOf(RegistryException.class)
                .hasMessage(file + " is a file, expected a folder, or nothing there yet; choose another folder");
        assertThatThrownBy(() -> StoredModelRegistry.open(Path.of("/proc/none/registry")))
                .isInstanceOf(RegistryException.class)
                .hasMessageNotContaining("Exception");
    }

    private void publish(String name, int count) {
        publish(name, 1, count);
    }

    private void publish(String name, int from, int to) {
        for (int i = from; i <= to; i++) {
            registry.publish(name, Artifacts.of(i));
        }
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
