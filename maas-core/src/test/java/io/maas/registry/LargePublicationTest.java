package io.maas.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.hash.Hashing;
import com.google.common.io.ByteSource;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.RegistryException;
import io.maas.model.Artifact;
import io.maas.model.Manifest;
import io.maas.storage.ForwardingStorage;
import io.maas.storage.Storage;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that are long enough to be synchronised while they are hashed and written. */
class LargePublicationTest {
    /** Two stretches that are synchronised on the way, and no whole number of chunks. */
    private static final int SIZE = (70 << 20) + 12_345;

    @TempDir
    Path folder;

    private final byte[] bytes = new byte[SIZE];

    @BeforeEach
    void fill() {
        new Random(5).nextBytes(bytes);
    }

    private Artifact artifact(ByteSource source) {
        Manifest small = Artifacts.of(1).manifest();
        Manifest.FileEntry entry =
                new Manifest.FileEntry(Hashing.sha256().hashBytes(bytes).toString(), bytes.length);
        Manifest large = new Manifest(
                small.signature(),
                small.lineage(),
                "",
                Map.of(),
                Map.of(Artifact.MODEL_FILE, entry),
                small.goldenTolerance());
        return Artifact.stored(large, any -> source);
    }

    private boolean isClean() throws IOException {
        return StoreFolder.list(folder.resolve("tmp")).isEmpty();
    }

    @Test
    void whatIsReadIsWhatWasPublished() throws IOException {
        AtomicInteger syncs = new AtomicInteger();
        Storage counting = new ForwardingStorage(Storage.disk()) {
            @Override
            public Output open(Path file) throws IOException {
                return new ForwardingOutput(super.open(file)) {
                    @Override
                    public void sync() throws IOException {
                        syncs.incrementAndGet();
                        super.sync();
                    }
                };
            }
        };
        StoredModelRegistry registry =
                StoredModelRegistry.on(FileRegistryStore.open(folder, counting, Duration.ofSeconds(5)));
        registry.publish("small", Artifacts.of(2));
        int before = syncs.get();
        registry.publish("small", Artifacts.of(3));
        int small = syncs.get() - before;
        before = syncs.get();
        Version version = registry.publish("large", artifact(ByteSource.wrap(bytes)));

        assertThat(registry.load(version).model().read()).isEqualTo(bytes);
        assertThat(syncs.get() - before).as("on the way too").isGreaterThan(small);
        assertThat(isClean()).isTrue();
    }

    @Test
    void bytesThatAreOthersAreRefused() throws IOException {
        StoredModelRegistry registry = StoredModelRegistry.open(folder);
        Artifact artifact = artifact(ByteSource.wrap(bytes));
        bytes[SIZE - 1]++;
        assertThatThrownBy(() -> registry.publish("large", artifact))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageContaining("SHA-256");
        assertThat(isClean()).isTrue();
        bytes[SIZE - 1]--;
        assertThat(registry.publish("large", artifact).number()).isEqualTo(1);
    }

    @Test
    void aSourceThatBreaksOffLeavesNothing() throws IOException {
        StoredModelRegistry registry = StoredModelRegistry.open(folder);
        ByteSource broken = new ByteSource() {
            @Override
            public InputStream openStream() throws IOException {
                return new FilterInputStream(ByteSource.wrap(bytes).openStream()) {
                    private int count;

                    @Override
                    public int read(byte[] into, int offset, int length) throws IOException {
                        if (count > SIZE / 2) {
                            throw new IOException("unplugged");
                        }
                        int n = super.read(into, offset, length);
                        count += n;
                        return n;
                    }
                };
            }
        };
        assertThatThrownBy(() -> registry.publish("large", artifact(broken)))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageContaining("unplugged");
        assertThat(isClean()).isTrue();
        assertThat(registry.models()).isEmpty();
    }

    @Test
    void aDiskThatFailsOnTheWayIsHeardOf() throws IOException {
        AtomicBoolean fails = new AtomicBoolean();
        Storage failing = new ForwardingStorage(Storage.disk()) {
            @Override
            public Output open(Path file) throws IOException {
                return new ForwardingOutput(super.open(file)) {
                    @Override
                    public void sync() throws IOException {
                        // Once, as a system says it once.
                        if (fails.getAndSet(false)) {
                            throw new IOException("no disk");
                        }
                        super.sync();
                    }
                };
            }
        };
        StoredModelRegistry registry =
                StoredModelRegistry.on(FileRegistryStore.open(folder, failing, Duration.ofSeconds(5)));
        Artifact artifact = artifact(ByteSource.wrap(bytes));
        fails.set(true);
        assertThatThrownBy(() -> registry.publish("large", artifact))
                .isInstanceOf(RegistryException.class)
                .hasMessageContaining("no disk");
        assertThat(fails).isFalse();
        assertThat(isClean()).isTrue();
        assertThat(registry.publish("large", artifact).number()).isEqualTo(1);
    }
}
