package io.maas.store.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.io.ByteSource;
import io.maas.error.RegistryException;
import io.maas.registry.AliasChange;
import io.maas.registry.BlobStore;
import io.maas.registry.Head;
import io.maas.registry.LogName;
import io.maas.registry.StoredModelRegistry;
import io.maas.registry.Version;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class S3RegistryStoreTest {
    private static final ObjectStore STORE = ObjectStore.start();
    private static final LogName DIGITS = new LogName(LogName.Kind.MODEL, "digits");

    private final String prefix = ObjectStore.newPrefix();

    @AfterAll
    static void stop() throws IOException {
        STORE.close();
    }

    private S3RegistryStore open() {
        return open(Duration.ZERO);
    }

    private S3RegistryStore open(Duration grace) {
        return S3RegistryStore.open(
                STORE.client(), ObjectStore.BUCKET, prefix, S3Options.defaults().withGrace(grace));
    }

    private S3Bucket bucket() {
        return new S3Bucket(STORE.client(), ObjectStore.BUCKET, prefix + "/");
    }

    private static <T> List<T> together(List<Callable<T>> tasks) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(tasks.size());
        try {
            List<T> results = new ArrayList<>();
            for (Future<T> done : threads.invokeAll(tasks)) {
                results.add(done.get());
            }
            return results;
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void aModelsWholeLife() throws IOException {
        StoredModelRegistry registry = StoredModelRegistry.on(open());
        StoredModelRegistry other = StoredModelRegistry.on(open());
        Version first = registry.publish("digits", Samples.artifact(1));
        Version second = other.publish("digits", Samples.artifact(2));
        registry.setAlias("digits", "champion", 1);
        other.setAlias("digits", "champion", 2);
        assertThat(registry.resolve("digits", "champion")).isEqualTo(second);
        assertThat(registry.rollback("digits", "champion")).isEqualTo(first);
        other.delete("digits", 2);
        assertThat(registry.models()).containsExactly("digits");
        assertThat(registry.versions("digits")).containsExactly(first);
        assertThat(registry.collectGarbage()).isGreaterThan(2_000);
        assertThat(other.collectGarbage()).isZero();
        assertThat(StoredModelRegistry.on(open()).load(first).model().read()).isEqualTo(Samples.bytes(1, 2_000));
        assertThat(bucket().listAll("pins/")).isEmpty();
        assertThat(bucket().listAll("collecting/")).isEmpty();
    }

    @Test
    void costsAsManyRequestsAsItsPageSays() {
        StoredModelRegistry registry = StoredModelRegistry.on(open());
        registry.publish("digits", Samples.artifact(1));
        assertThat(requests(() -> registry.publish("digits", Samples.artifact(2))))
                .isEqualTo(12);
        assertThat(requests(() -> registry.resolve("digits", "2"))).isEqualTo(2);
        assertThat(requests(() -> registry.resolve("digits", "2"))).isEqualTo(1);
        assertThat(requests(() -> registry.setAlias("digits", "champion", 1))).isEqualTo(2);
    }

    private static long requests(Runnable change) {
        long before = STORE.gateway().count();
        change.run();
        return STORE.gateway().count() - before;
    }

    @Test
    void manyWritersLoseNothing() throws Exception {
        int writers = 4;
        int moves = 6;
        StoredModelRegistry.on(open()).publish("digits", Samples.artifact(0));
        List<List<Integer>> numbers = together(IntStream.range(0, writers)
                .mapToObj(writer -> (Callable<List<Integer>>) () -> {
                    StoredModelRegistry mine = StoredModelRegistry.on(open());
                    int number =
                            mine.publish("digits", Samples.artifact(writer + 1)).number();
                    for (int i = 0; i < moves; i++) {
                        mine.setAlias("digits", "champion", i % 2 == 0 ? number : 1);
                        mine.setAlias("digits", "of-" + writer, i % 2 == 0 ? 1 : number);
                    }
                    return List.of(number);
                })
                .toList());
        assertThat(numbers.stream().flatMap(List::stream)).containsExactlyInAnyOrder(2, 3, 4, 5);
        StoredModelRegistry registry = StoredModelRegistry.on(open());
        for (int writer = 0; writer < writers; writer++) {
            int number = numbers.get(writer).get(0);
            assertThat(registry.aliasHistory("digits", "of-" + writer))
                    .extracting(AliasChange::number)
                    .containsExactly(1, number, 1, number, 1, number);
        }
    }

    @Test
    void aLogOfManyPagesIsReadFromAnywhere() throws IOException {
        S3RegistryStore store = open();
        StringBuilder all = new StringBuilder();
        List<Head> heads = new ArrayList<>(List.of(Head.empty("digits")));
        for (int i = 0; i < 12; i++) {
            String line = i + "x".repeat(20_000);
            Head before = store.head(DIGITS);
            store.append(DIGITS, before, line.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            heads.add(store.head(DIGITS));
            all.append(line).append('\n');
        }
        assertThat(bucket().listAll("pages/")).hasSizeBetween(2, 3);
        S3RegistryStore fresh = open();
        for (int from = 0; from <= 12; from += 3) {
            for (int to = from; to <= 12; to += 4) {
                assertThat(fresh.read(DIGITS, heads.get(from), heads.get(to)))
                        .asString()
                        .isEqualTo(all.substring((int) heads.get(from).bytes(), (int)
                                heads.get(to).bytes()));
            }
        }
    }

    @Test
    void aLargeFileGoesInPartByPart() throws IOException {
        byte[] large = Samples.bytes(7, (int) S3Upload.PART + 1_000_000);
        S3RegistryStore store = open();
        StoredModelRegistry registry = StoredModelRegistry.on(store);
        Version version = registry.publish("large", Samples.artifact(large));
        assertThat(registry.load(version).model().read()).isEqualTo(large);
        assertThat(bucket().find(S3Blobs.key(Samples.entry(large).sha256()))
                        .orElseThrow()
                        .tag())
                .as("ETag of an upload in parts")
                .contains("-");
    }

    @Test
    void aCollectionSparesWhatIsYoungAndWhatIsPinned() throws IOException {
        byte[] bytes = Samples.bytes(1, 100);
        S3RegistryStore store = open();
        try (BlobStore.Staging staging = store.blobs().stage()) {
            staging.put(Samples.entry(bytes), ByteSource.wrap(bytes));
            assertThat(staging.install()).isTrue();
            assertThat(open().blobs().retain(Set::of)).isZero();
        }
        assertThat(open(Duration.ofHours(1)).blobs().retain(Set::of)).isZero();
        assertThat(store.blobs().open(Samples.entry(bytes).sha256())).hasBinaryContent(bytes);
        assertThat(open().blobs().retain(Set::of)).isEqualTo(100);
        assertThatThrownBy(() -> store.blobs().open(Samples.entry(bytes).sha256()))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining(prefix);
    }

    @Test
    void aPublicationOutlivesACollectionThatDied() throws IOException {
        S3Options options = new S3Options(Duration.ZERO, Duration.ofMillis(300));
        S3RegistryStore store = S3RegistryStore.open(STORE.client(), ObjectStore.BUCKET, prefix, options);
        S3Marks.Mark dead = new S3Marks(bucket(), options.lease()).begin();
        assertThat(StoredModelRegistry.on(store)
                        .publish("digits", Samples.artifact(1))
                        .number())
                .isEqualTo(1);
        assertThatThrownBy(dead::renew).isInstanceOf(IOException.class).hasMessageContaining("collect again");
        assertThat(bucket().listAll("collecting/")).isEmpty();
    }

    @Test
    void aNewAliasIsNoticed() throws Exception {
        StoredModelRegistry registry = StoredModelRegistry.on(open());
        registry.publish("digits", Samples.artifact(1));
        BlockingQueue<LogName> heard = new LinkedBlockingQueue<>();
        try (Closeable watch = open().watch(heard::add)) {
            registry.setAlias("digits", "champion", 1);
            assertThat(heard.poll(30, TimeUnit.SECONDS)).isEqualTo(DIGITS);
            assertThat(watch).isNotNull();
        }
    }

    @Test
    void saysWhyABucketCannotBeOpened() {
        assertThatThrownBy(() -> S3RegistryStore.open(STORE.client(), "no-such-bucket", prefix))
                .isInstanceOf(RegistryException.class)
                .hasMessageStartingWith("registry s3://no-such-bucket/" + prefix + "/ cannot be opened: ")
                .hasMessageNotContaining("secret");
        assertThatThrownBy(() -> S3RegistryStore.open(STORE.client(), ObjectStore.BUCKET, "/" + prefix))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
