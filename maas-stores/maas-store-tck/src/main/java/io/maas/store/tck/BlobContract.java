package io.maas.store.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.io.ByteSource;
import io.maas.error.ArtifactRejectedException;
import io.maas.model.Manifest.FileEntry;
import io.maas.registry.BlobStore;
import io.maas.registry.RegistryStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Blobs are whole or not there, and stay while they are being published. */
abstract class BlobContract {
    private static final byte[] BYTES = SampleArtifacts.bytes(1, 2_000);
    private static final FileEntry ENTRY = SampleArtifacts.entry(BYTES);

    private final RegistryStoreContract fixture;
    private RegistryStore store;
    private RegistryStore other;

    BlobContract(RegistryStoreContract fixture) {
        this.fixture = fixture;
    }

    @BeforeEach
    void open() throws IOException {
        store = fixture.open();
        other = fixture.open();
    }

    private static void put(BlobStore.Staging staging, byte[] bytes) throws IOException {
        staging.put(SampleArtifacts.entry(bytes), ByteSource.wrap(bytes));
    }

    private static void publish(RegistryStore store, byte[] bytes) throws IOException {
        try (BlobStore.Staging staging = store.blobs().stage()) {
            put(staging, bytes);
            assertThat(store.write(staging::install)).isTrue();
        }
    }

    private static byte[] read(RegistryStore store, FileEntry entry) throws IOException {
        try (InputStream in = store.blobs().open(entry.sha256())) {
            return in.readAllBytes();
        }
    }

    private static long retain(RegistryStore store, Set<String> digests) throws IOException {
        return store.write(() -> store.blobs().retain(() -> digests));
    }

    private void assertMissing(FileEntry entry) {
        assertThatThrownBy(() -> read(store, entry)).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> read(other, entry)).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void blobsOfAllSizesComeBack() throws IOException {
        // The last one is larger than the parts in which object stores take files.
        for (int size : new int[] {0, 1, 2_000, (1 << 20) + 1, 9_000_000}) {
            byte[] bytes = SampleArtifacts.bytes(size, size);
            assertMissing(SampleArtifacts.entry(bytes));
            publish(store, bytes);
            assertThat(Arrays.equals(read(other, SampleArtifacts.entry(bytes)), bytes))
                    .as("%d bytes", size)
                    .isTrue();
        }
    }

    @Test
    void whatFailsWhileItIsReadIsNeverThere() throws IOException {
        try (BlobStore.Staging staging = store.blobs().stage()) {
            for (int length : new int[] {0, 1, 1_999}) {
                assertThatThrownBy(() -> staging.put(ENTRY, failing(length)))
                        .as("%d bytes", length)
                        .isInstanceOf(ArtifactRejectedException.class)
                        .hasMessage("wrong");
            }
        }
        assertMissing(ENTRY);
        try (BlobStore.Staging staging = other.blobs().stage()) {
            assertThat(staging.reuse(ENTRY)).isFalse();
        }
        publish(other, BYTES);
        assertThat(read(store, ENTRY)).isEqualTo(BYTES);
    }

    /** As a registry gives files whose last byte would make them another file. */
    private static ByteSource failing(int length) {
        return new ByteSource() {
            @Override
            public InputStream openStream() {
                return new ByteArrayInputStream(BYTES, 0, length) {
                    @Override
                    public synchronized int read(byte[] bytes, int offset, int count) {
                        int n = super.read(bytes, offset, count);
                        if (n < 0) {
                            throw new ArtifactRejectedException("wrong");
                        }
                        return n;
                    }

                    @Override
                    public synchronized int read() {
                        byte[] one = new byte[1];
                        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
                    }
                };
            }
        };
    }

    @Test
    void onlyAWholeBlobIsReused() throws IOException {
        publish(store, BYTES);
        byte[] changed = BYTES.clone();
        changed[1_000] ^= 1;
        for (byte[] wrong : List.of(changed, Arrays.copyOf(BYTES, 1_999), Arrays.copyOf(BYTES, 2_001), new byte[0])) {
            fixture.replaceBlob(ENTRY.sha256(), wrong);
            try (BlobStore.Staging staging = other.blobs().stage()) {
                assertThat(staging.reuse(ENTRY)).as("%d bytes", wrong.length).isFalse();
                put(staging, BYTES);
                assertThat(other.write(staging::install)).isTrue();
            }
            assertThat(read(store, ENTRY)).isEqualTo(BYTES);
            try (BlobStore.Staging staging = store.blobs().stage()) {
                assertThat(staging.reuse(ENTRY)).isTrue();
            }
        }
        fixture.replaceBlob(ENTRY.sha256(), null);
        try (BlobStore.Staging staging = store.blobs().stage()) {
            assertThat(staging.reuse(ENTRY)).isFalse();
        }
    }

    @Test
    void aCollectionRemovesWhatNothingRefersTo() throws IOException {
        byte[] unused = SampleArtifacts.bytes(2, 300);
        publish(store, BYTES);
        publish(other, unused);
        assertThat(retain(store, Set.of(ENTRY.sha256()))).isEqualTo(300);
        assertMissing(SampleArtifacts.entry(unused));
        assertThat(read(other, ENTRY)).isEqualTo(BYTES);
        assertThat(retain(other, Set.of(ENTRY.sha256()))).isZero();
        assertThat(retain(other, Set.of())).isEqualTo(2_000);
        assertMissing(ENTRY);
    }

    @Test
    void whatWasPutIsThereAfterItsInstallationOrIsPutAgain() throws IOException {
        try (BlobStore.Staging staging = store.blobs().stage()) {
            put(staging, BYTES);
            retain(other, Set.of());
            boolean installed = store.write(staging::install);
            if (installed) {
                assertThat(read(other, ENTRY)).isEqualTo(BYTES);
            }
        }
    }

    @Test
    void aReusedBlobThatWasCollectedIsNotInstalled() throws IOException {
        publish(store, BYTES);
        try (BlobStore.Staging staging = store.blobs().stage()) {
            assertThat(staging.reuse(ENTRY)).isTrue();
            retain(other, Set.of());
            boolean installed = store.write(staging::install);
            assertThat(installed).isEqualTo(isThere());
        }
    }

    private boolean isThere() throws IOException {
        try {
            return Arrays.equals(read(other, ENTRY), BYTES);
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    @Test
    void anInstallationMayBeRepeated() throws IOException {
        byte[] second = SampleArtifacts.bytes(3, 500);
        publish(other, second);
        try (BlobStore.Staging staging = store.blobs().stage()) {
            put(staging, BYTES);
            assertThat(staging.reuse(SampleArtifacts.entry(second))).isTrue();
            put(staging, BYTES);
            assertThat(store.write(staging::install)).isTrue();
            assertThat(store.write(staging::install)).isTrue();
            assertThat(read(other, ENTRY)).isEqualTo(BYTES);
        }
        assertThat(read(other, ENTRY)).isEqualTo(BYTES);
        assertThat(read(other, SampleArtifacts.entry(second))).isEqualTo(second);
    }

    @Test
    void whatIsGivenUpLeavesNothingBehind() throws IOException {
        try (BlobStore.Staging staging = store.blobs().stage()) {
            put(staging, BYTES);
        }
        retain(other, Set.of());
        assertMissing(ENTRY);
        assertThat(retain(store, Set.of())).isZero();
    }

    @Test
    void oneOfManyWritersOfTheSameBytesIsEnough() throws Exception {
        Crowd.of(6, thread -> {
            publish(thread % 2 == 0 ? store : other, BYTES);
            assertThat(read(store, ENTRY)).isEqualTo(BYTES);
            return thread;
        });
        assertThat(retain(store, Set.of())).isEqualTo(2_000);
    }
}
