package io.maas.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.io.ByteSource;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.RegistryException;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CachedRegistryStoreTest {
    @TempDir
    private Path folder;

    private Path kept;
    private FarStore far;

    @BeforeEach
    void open() {
        kept = folder.resolve("kept");
        far = new FarStore(folder.resolve("far"));
    }

    private BlobStore cache(long bytes) {
        return CachedRegistryStore.of(far, kept, bytes, new Ticks()).blobs();
    }

    private static byte[] bytes(int seed) {
        byte[] bytes = new byte[1_000];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static String sha256(int seed) {
        return Digests.of(bytes(seed));
    }

    /** Puts blobs of 1,000 bytes into the store that is far away. */
    private void put(int... seeds) throws IOException {
        try (BlobStore.Staging staging = far.blobs().stage()) {
            for (int seed : seeds) {
                staging.put(Artifacts.entry(bytes(seed)), ByteSource.wrap(bytes(seed)));
            }
            assertThat(far.write(staging::install)).isTrue();
        }
    }

    private static byte[] read(BlobStore blobs, int seed) throws IOException {
        try (InputStream in = blobs.open(sha256(seed))) {
            return in.readAllBytes();
        }
    }

    private void assertRead(BlobStore blobs, int seed, int fetched) throws IOException {
        assertThat(read(blobs, seed)).isEqualTo(bytes(seed));
        assertThat(far.fetched()).as("fetches of blob %d", seed).isEqualTo(fetched);
    }

    private List<String> names(String part) throws IOException {
        try (Stream<Path> files = Files.list(kept.resolve(part))) {
            return files.map(StoreFolder::name).sorted().toList();
        }
    }

    private Path file(int seed) {
        return kept.resolve("blobs").resolve(sha256(seed));
    }

    @Test
    void whatWasReadOnceIsReadFromTheFolder() throws IOException {
        put(1);
        BlobStore blobs = cache(5_000);
        assertRead(blobs, 1, 1);
        assertRead(blobs, 1, 0);
        assertRead(cache(5_000), 1, 0);
        assertThat(names("blobs")).containsExactly(sha256(1));
        assertThat(names("tmp")).isEmpty();
    }

    @Test
    void aRegistryLoadsAndPublishesThroughIt() throws IOException {
        StoredModelRegistry.on(far).publish("digits", Artifacts.of(1));
        far.fetched();
        CachedRegistryStore store = CachedRegistryStore.of(far, kept, 1 << 20);
        StoredModelRegistry registry = StoredModelRegistry.on(store);
        for (int fetched : new int[] {2, 0}) {
            Version version = registry.version("digits", 1);
            assertThat(registry.load(version).model().read())
                    .isEqualTo(Artifacts.of(1).model().read());
            assertThat(far.fetched()).isEqualTo(fetched);
        }
        Version second = registry.publish("digits", Artifacts.of(2));
        assertThat(StoredModelRegistry.on(far).resolve("digits", "latest")).isEqualTo(second);
        registry.delete("digits", 1);
        assertThat(registry.collectGarbage()).isPositive();
        assertThat(store.describe()).isEqualTo(far.describe());
    }

    @Test
    void whatWasNotReadForLongestGoesFirst() throws IOException {
        put(1, 2, 3, 4);
        BlobStore blobs = cache(3_000);
        for (int seed = 1; seed <= 3; seed++) {
            assertRead(blobs, seed, 1);
        }
        assertRead(blobs, 1, 0);
        assertRead(blobs, 4, 1);
        assertThat(names("blobs")).containsExactlyInAnyOrder(sha256(1), sha256(3), sha256(4));
        cache(1_999);
        assertThat(names("blobs")).containsExactly(sha256(4));
        cache(0);
        assertThat(names("blobs")).isEmpty();
    }

    @Test
    void aDamagedFileIsFetchedAnew() throws IOException {
        put(1);
        BlobStore blobs = cache(5_000);
        byte[] changed = bytes(1);
        changed[999] ^= 1;
        for (byte[] wrong : List.of(changed, new byte[0], new byte[999], new byte[1_001])) {
            read(blobs, 1);
            far.fetched();
            Files.write(file(1), wrong);
            assertRead(blobs, 1, 1);
            assertRead(blobs, 1, 0);
        }
    }

    @Test
    void whatIsTooLargeIsPassedThrough() throws IOException {
        put(1);
        for (long bytes : new long[] {0, 1, 999}) {
            BlobStore blobs = cache(bytes);
            assertRead(blobs, 1, 1);
            assertRead(blobs, 1, 1);
            assertThat(names("blobs")).isEmpty();
            assertThat(names("tmp")).isEmpty();
        }
        assertRead(cache(1_000), 1, 1);
        assertThat(names("blobs")).containsExactly(sha256(1));
    }

    @Test
    void aBoundBelowNothingIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> cache(-1))
                .withMessage("maxBytes: -1 (expected: maxBytes >= 0)");
        assertThat(kept).doesNotExist();
    }

    @Test
    void whatArrivesDamagedIsNotKept() throws IOException {
        StoredModelRegistry.on(far).publish("digits", Artifacts.of(1));
        StoredModelRegistry registry = StoredModelRegistry.on(CachedRegistryStore.of(far, kept, 1 << 20));
        Version version = registry.version("digits", 1);
        far.line(in -> new ByteArrayInputStream(new byte[2_000]));
        assertThatThrownBy(() -> registry.load(version).model().read())
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageContaining("is damaged: its SHA-256 is another");
        far.line(in -> in);
        assertThat(registry.load(version).model().read())
                .isEqualTo(Artifacts.of(1).model().read());
        assertThat(names("tmp")).isEmpty();
    }

    @Test
    void aLineThatBreaksLeavesNothing() throws IOException {
        put(1);
        BlobStore blobs = cache(5_000);
        far.line(in -> new FilterInputStream(in) {
            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                int n = super.read(bytes, offset, Math.min(length, 600));
                if (n < 600) {
                    throw new IOException("broken");
                }
                return n;
            }
        });
        assertThatThrownBy(() -> blobs.open(sha256(1)))
                .isInstanceOf(IOException.class)
                .hasMessage("broken");
        assertThat(names("blobs")).isEmpty();
        assertThat(names("tmp")).isEmpty();
        far.line(in -> in);
        assertRead(blobs, 1, 2);
    }

    @Test
    void aFolderThatIsLostIsDoneWithout() throws IOException {
        put(1);
        BlobStore blobs = cache(5_000);
        for (String part : List.of("blobs", "tmp")) {
            Files.delete(kept.resolve(part));
        }
        assertRead(blobs, 1, 1);
        assertRead(blobs, 1, 1);
    }

    @Test
    void whatIsNoFolderIsRefused() throws IOException {
        Files.writeString(kept, "a file");
        assertThatThrownBy(() -> cache(1)).isInstanceOf(RegistryException.class).hasMessageContaining(kept.toString());
    }

    @Test
    void manyReadersGetWhatTheyAskFor() throws Exception {
        put(IntStream.range(0, 10).toArray());
        List<BlobStore> caches = List.of(cache(4_000), cache(4_000));
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Callable<Boolean>> tasks = IntStream.range(0, 4)
                    .mapToObj(thread -> (Callable<Boolean>) () -> {
                        Random random = new Random(thread);
                        for (int i = 0; i < 50; i++) {
                            int seed = random.nextInt(10);
                            assertThat(read(caches.get(thread % 2), seed)).isEqualTo(bytes(seed));
                        }
                        return true;
                    })
                    .toList();
            for (Future<Boolean> done : threads.invokeAll(tasks)) {
                assertThat(done.get()).isTrue();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(names("blobs")).hasSizeBetween(1, 4);
        assertThat(names("tmp")).isEmpty();
    }

    @Test
    void whatAKilledProcessLeavesIsNeverServedAndCleanedUp() throws Exception {
        put(1, 2);
        Process process = StuckReader.start(folder.resolve("far"), kept, sha256(1), sha256(2));
        try {
            assertThat(process.getInputStream().read()).isEqualTo('!');
            assertThat(names("tmp")).as("half a file").hasSize(1);
            // It is somebody's who lives.
            BlobStore blobs = cache(5_000);
            assertThat(names("tmp")).hasSize(1);
            assertRead(blobs, 1, 0);
            assertRead(blobs, 2, 1);
        } finally {
            process.destroyForcibly().waitFor();
        }
        BlobStore blobs = cache(5_000);
        assertThat(names("tmp")).isEmpty();
        assertRead(blobs, 1, 0);
        assertRead(blobs, 2, 0);
    }
}
