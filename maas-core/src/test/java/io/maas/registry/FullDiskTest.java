package io.maas.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.RegistryException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** A real file system of one megabyte that runs full, or turns read-only, under a registry. */
@EnabledIf(value = "mayMount", disabledReason = "needs leave to mount: root, docker run --cap-add=SYS_ADMIN")
class FullDiskTest {
    private static final String MODEL = "digits";

    @TempDir
    Path folder;

    private Path disk;

    static boolean mayMount() throws IOException, InterruptedException {
        Path place = Files.createTempDirectory("mount");
        try {
            return run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place.toString())
                    && run("umount", place.toString());
        } finally {
            Files.delete(place);
        }
    }

    private static boolean run(String... command) throws InterruptedException {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getInputStream().readAllBytes();
            return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false; // No such program.
        }
    }

    @BeforeEach
    void mount() throws IOException, InterruptedException {
        disk = Files.createDirectory(folder.toRealPath().resolve("disk"));
        assertThat(run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk.toString()))
                .isTrue();
    }

    private StoredModelRegistry prepare() {
        StoredModelRegistry registry = StoredModelRegistry.open(disk.resolve("registry"));
        registry.publish(MODEL, Artifacts.of(1));
        registry.publish(MODEL, Artifacts.of(2));
        registry.setAlias(MODEL, "champion", 1);
        return registry;
    }

    @AfterEach
    void unmount() throws InterruptedException {
        // Lazily: a registry keeps the file of its lock open as long as it lives.
        assertThat(run("umount", "-l", disk.toString())).isTrue();
    }

    /** Fills all but so many bytes. */
    private Path fill(int left) throws IOException {
        Path filling = disk.resolve("filling");
        long free = Files.getFileStore(disk).getUsableSpace();
        Files.write(filling, new byte[(int) Math.max(0, free - left)]);
        return filling;
    }

    private List<Path> temporary() throws IOException {
        return StoreFolder.list(disk.resolve("registry/tmp"));
    }

    @Test
    void whateverIsLeftOfADiskAWriteIsWholeOrRefused() throws IOException {
        StoredModelRegistry registry = prepare();
        int refused = 0;
        int published = 2;
        for (int left = 0; left <= 20 * 4096; left += 4096) {
            Path filling = fill(left);
            Snapshot before = Snapshot.verified(registry, MODEL);
            try {
                registry.publish(MODEL, Artifacts.of(100 + left, 20_000));
                published++;
            } catch (RegistryException e) {
                refused++;
                assertThat(e).hasMessageContaining("No space left on device");
                assertThat(Snapshot.verified(registry, MODEL))
                        .as("%s bytes left", left)
                        .isEqualTo(before);
            }
            assertThat(temporary()).as("%s bytes left", left).isEmpty();
            Files.delete(filling);
        }
        assertThat(refused).isPositive();
        assertThat(Snapshot.verified(registry, MODEL).digests())
                .hasSize(published)
                .hasSizeGreaterThan(2);
    }

    @Test
    void aFullDiskCanBeEmptied() throws IOException {
        StoredModelRegistry registry = prepare();
        fill(0);
        assertThatThrownBy(() -> registry.setAlias(MODEL, "champion", 2)).isInstanceOf(RegistryException.class);
        assertThat(registry.resolve(MODEL, "champion").number()).isEqualTo(1);
        Files.delete(disk.resolve("filling"));
        registry.setAlias(MODEL, "champion", 2);
        registry.delete(MODEL, 1);
        assertThat(registry.collectGarbage()).isPositive();
        assertThat(Snapshot.verified(registry, MODEL).aliases()).containsEntry("champion", 2);
    }

    @Test
    void aReadOnlyDiskIsReadAndCanBeMadeWritable() throws IOException, InterruptedException {
        Path root = disk.resolve("registry");
        // By another process, because no disk becomes read-only while a file is open for writing.
        List<String> other = Straced.java(OneWrite.class, root.toString(), Write.CREATE.name(), root.toString());
        assertThat(run(other.toArray(new String[0]))).isTrue();
        assertThat(run("mount", "-o", "remount,ro", disk.toString())).isTrue();
        StoredModelRegistry registry = StoredModelRegistry.open(root);
        Snapshot before = Snapshot.verified(registry, MODEL);
        assertThat(before.digests()).hasSize(1);
        List<Consumer<ModelRegistry>> writes = List.of(
                each -> each.publish(MODEL, Artifacts.of(1)),
                each -> each.publish("iris", Artifacts.of(1)),
                each -> each.setAlias(MODEL, "champion", 1),
                each -> each.delete(MODEL, 1),
                ModelRegistry::collectGarbage);
        for (Consumer<ModelRegistry> write : writes) {
            assertThatThrownBy(() -> write.accept(registry))
                    .isInstanceOf(RegistryException.class)
                    .hasMessageContaining("Read-only file system");
            assertThat(Snapshot.verified(registry, MODEL)).isEqualTo(before);
        }
        assertThat(run("mount", "-o", "remount,rw", disk.toString())).isTrue();
        registry.setAlias(MODEL, "champion", 1);
        assertThat(registry.publish(MODEL, Artifacts.of(1)).number()).isEqualTo(2);
    }
}
