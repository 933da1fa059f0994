package io.maas.store.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.io.ByteSource;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.ModelNotFoundException;
import io.maas.model.Artifact;
import io.maas.model.Manifest;
import io.maas.registry.ModelRegistry;
import io.maas.registry.RegistryStore;
import io.maas.registry.StoredModelRegistry;
import io.maas.registry.Version;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is published is what comes back, as long as a version refers to it and no longer. */
abstract class PublicationContract {
    private final RegistryStoreContract fixture;
    private RegistryStore store;
    private ModelRegistry registry;

    PublicationContract(RegistryStoreContract fixture) {
        this.fixture = fixture;
    }

    @BeforeEach
    void open() throws IOException {
        store = fixture.open();
        registry = StoredModelRegistry.on(store);
    }

    private ModelRegistry another() throws IOException {
        return StoredModelRegistry.on(fixture.open());
    }

    private static byte[] model(long seed) throws IOException {
        return SampleArtifacts.of(seed).model().read();
    }

    @Test
    void loadsOnlyWhatItPublished() {
        Version version = registry.publish("digits", SampleArtifacts.of(1));
        Version other = new Version("digits", 1, "0".repeat(64), version.published(), version.manifest());
        assertThatThrownBy(() -> registry.load(other))
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessageStartingWith("no version digits:1 of digest \"" + other.digest() + "\"; found: ");
        registry.delete("digits", 1);
        assertThatThrownBy(() -> registry.load(version)).isInstanceOf(ModelNotFoundException.class);
    }

    @Test
    void collectsWhatNothingRefersTo() throws IOException {
        Version first = registry.publish("digits", SampleArtifacts.of(1));
        registry.publish("digits", SampleArtifacts.of(2));
        Version shares = registry.publish("iris", SampleArtifacts.of(1).withTag("own", "manifest"));
        assertThat(registry.collectGarbage()).isZero();
        registry.delete("digits", 1);
        // The model file lives on in iris:1, the vocabulary in both.
        long manifest;
        try (InputStream in = store.blobs().open(first.digest())) {
            manifest = in.readAllBytes().length;
        }
        assertThat(another().collectGarbage()).isEqualTo(manifest);
        registry.delete("digits", 2);
        assertThat(registry.collectGarbage()).isGreaterThan(2_000);
        assertThat(SampleArtifacts.model(another(), shares)).isEqualTo(model(1));
    }

    @Test
    void refusesFilesThatAreNotWhatTheManifestSays() throws IOException {
        Artifact good = SampleArtifacts.of(1);
        byte[] bytes = good.model().read();
        byte[] other = bytes.clone();
        other[1_999] ^= 1;
        Map<byte[], String> wrong = Map.of(
                Arrays.copyOf(bytes, 2_001),
                "it has more than 2000 bytes",
                Arrays.copyOf(bytes, 1_999),
                "it has only 1999 bytes instead of 2000",
                new byte[0],
                "it has only 0 bytes instead of 2000",
                other,
                "its SHA-256 is another");
        wrong.forEach((found, how) -> assertThatThrownBy(
                        () -> registry.publish("digits", withModel(good, ByteSource.wrap(found))))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessage("file \"model.onnx\" of the artifact is not what its manifest says: " + how
                        + "; build the artifact again from files that stay the same"));
        assertThatThrownBy(() -> registry.publish("digits", withModel(good, broken())))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessage(
                        "file \"model.onnx\" of the artifact cannot be read: broken; expected a file that can be read"
                                + " until it is published");
        assertThat(registry.models()).isEmpty();
        registry.collectGarbage();
        assertThat(registry.collectGarbage()).isZero();
        // Also if the right bytes are there already.
        registry.publish("iris", good.withTag("own", "manifest"));
        assertThatThrownBy(() -> registry.publish("digits", withModel(good, ByteSource.wrap(other))))
                .isInstanceOf(ArtifactRejectedException.class);
    }

    private static Artifact withModel(Artifact artifact, ByteSource model) {
        Manifest.FileEntry entry =
                SampleArtifacts.present(artifact.manifest().files().get(Artifact.MODEL_FILE));
        return Artifact.stored(
                artifact.manifest(), any -> any.equals(entry) ? model : artifact.file(SampleArtifacts.SHARED_FILE));
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
    void damagedAndMissingBlobsAreToldAndHealedByPublishingAgain() throws IOException {
        Version version = registry.publish("digits", SampleArtifacts.of(1));
        String sha256 = SampleArtifacts.entry(model(1)).sha256();
        byte[] changed = model(1);
        changed[0] ^= 1;
        String where = "stored file " + store.blobs().describe(sha256);
        for (byte[] wrong : List.of(changed, new byte[1_999], new byte[2_001])) {
            fixture.replaceBlob(sha256, wrong);
            assertThatThrownBy(() -> SampleArtifacts.model(registry, version))
                    .isInstanceOf(ArtifactRejectedException.class)
                    .hasMessageStartingWith(where + " is damaged: ")
                    .hasMessageEndingWith("; delete the version and publish it again");
        }
        fixture.replaceBlob(sha256, null);
        assertThatThrownBy(() -> SampleArtifacts.model(registry, version))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessage(where + " is missing; delete the version and publish it again");
        fixture.replaceBlob(sha256, changed);
        registry.delete("digits", 1);
        Version again = another().publish("digits", SampleArtifacts.of(1));
        assertThat(SampleArtifacts.model(registry, again)).isEqualTo(model(1));
    }

    @Test
    void aDamagedManifestDoesNotStopTheOthers() throws IOException {
        Version damaged = registry.publish("digits", SampleArtifacts.of(1));
        Version other = registry.publish("digits", SampleArtifacts.of(2));
        fixture.replaceBlob(damaged.digest(), "{}".getBytes(StandardCharsets.UTF_8));
        ModelRegistry fresh = another();
        assertThatThrownBy(() -> fresh.version("digits", 1))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageContaining(" is damaged: its SHA-256 is another");
        fixture.replaceBlob(damaged.digest(), null);
        assertThatThrownBy(() -> fresh.version("digits", 1))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessage("manifest of version digits:1 is missing; delete the version and publish it again");
        // What it refers to is not known, so nothing can be collected.
        assertThatThrownBy(fresh::collectGarbage).isInstanceOf(ArtifactRejectedException.class);
        assertThat(fresh.resolve("digits", "latest")).isEqualTo(other);
        fresh.delete("digits", 1);
        assertThat(fresh.collectGarbage()).isPositive();
        assertThat(SampleArtifacts.model(fresh, other)).isEqualTo(model(2));
    }

    @Test
    void aCollectionSparesWhatIsBeingPublished() throws Exception {
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        Artifact slow = slow(SampleArtifacts.of(7), reading, go);
        registry.publish("digits", SampleArtifacts.of(1));
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<Version> published = thread.submit(() -> registry.publish("digits", slow));
            reading.await();
            // Also takes away the vocabulary that the publication means to share.
            registry.delete("digits", 1);
            another().collectGarbage();
            go.countDown();
            Artifact loaded = registry.load(published.get());
            assertThat(loaded.model().read()).isEqualTo(slow.model().read());
            assertThat(loaded.file(SampleArtifacts.SHARED_FILE).read()).hasSize(8);
        } finally {
            thread.shutdownNow();
        }
    }

    /** Stops before the shared file is read, after it was found to be there. */
    private static Artifact slow(Artifact artifact, CountDownLatch reading, CountDownLatch go) {
        ByteSource shared = new ByteSource() {
            @Override
            public InputStream openStream() throws IOException {
                reading.countDown();
                awaitQuietly(go);
                return artifact.file(SampleArtifacts.SHARED_FILE).openStream();
            }
        };
        return Artifact.stored(
                artifact.manifest(), entry -> entry.size() == 8 ? shared : artifact.file(Artifact.MODEL_FILE));
    }

    private static void awaitQuietly(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}
