package io.maas.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.RegistryException;
import io.maas.model.Artifact;
import io.maas.registry.Finding.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegistryUpkeepTest {
    @TempDir
    Path folder;

    private Path root = Path.of("");
    private StoredModelRegistry registry;
    private StoredModelRegistry backup;

    @BeforeEach
    void publish() {
        root = folder.resolve("registry");
        registry = Artifacts.open(root, new UnsyncedDisk());
        backup = Artifacts.open(folder.resolve("backup"), new UnsyncedDisk());
        for (StoredModelRegistry each : List.of(registry, backup)) {
            each.publish("digits", Artifacts.of(1));
            each.publish("digits", Artifacts.of(2));
            each.publish("iris", Artifacts.of(1));
        }
    }

    private RegistryUpkeep upkeep() {
        return registry.upkeep();
    }

    private Path blob(String digest) {
        return root.resolve("blobs").resolve(digest.substring(0, 2)).resolve(digest);
    }

    private String model(int seed) {
        return Artifacts.present(Artifacts.of(seed).manifest().files().get(Artifact.MODEL_FILE))
                .sha256();
    }

    private void damage(String digest) throws IOException {
        Path blob = blob(digest);
        assertThat(blob.toFile().setWritable(true)).isTrue();
        byte[] bytes = Files.readAllBytes(blob);
        bytes[bytes.length / 2] ^= 1;
        Files.write(blob, bytes);
    }

    @Test
    void aSoundRegistryHasNoFindings() {
        CheckReport report = upkeep().check();
        assertThat(report.findings()).isEmpty();
        assertThat(report.isSound()).isTrue();
        assertThat(report).hasToString("3 versions of 2 models, 6 blobs, 0 findings\n");
    }

    @Test
    void everyProblemIsToldWithTheVersionsThatSuffer() throws IOException {
        damage(model(1));
        Files.delete(blob(model(2)));
        String orphan = Digests.of(new byte[] {1});
        Files.createDirectories(blob(orphan).resolveSibling(""));
        Files.write(blob(orphan), new byte[] {1});
        registry.journal().append("digits", "deploy", Map.of());
        Path journal = root.resolve("deployments/digits/log.jsonl");
        Files.writeString(journal, Files.readString(journal).replace("deploy", "dePloy"));

        CheckReport report = upkeep().check();

        assertThat(report.isSound()).isFalse();
        assertThat(report.findings())
                .extracting(Finding::kind, Finding::subject)
                .containsExactlyInAnyOrder(
                        tuple(Kind.DAMAGED_BLOB, model(1)),
                        tuple(Kind.MISSING_BLOB, model(2)),
                        tuple(Kind.BROKEN_LOG, "deployment digits"),
                        tuple(Kind.ORPHAN, orphan));
        assertThat(finding(report, Kind.DAMAGED_BLOB).versions()).containsExactly("digits:1", "iris:1");
        assertThat(finding(report, Kind.MISSING_BLOB).versions()).containsExactly("digits:2");
        assertThat(finding(report, Kind.ORPHAN).message()).isEqualTo("nothing refers to its 1 bytes");
    }

    private static org.assertj.core.groups.Tuple tuple(Object... values) {
        return org.assertj.core.groups.Tuple.tuple(values);
    }

    private static Finding finding(CheckReport report, Kind kind) {
        return report.findings().stream()
                .filter(finding -> finding.kind() == kind)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void brokenLogsAndManifestsAreToldAndLeaveOrphansOpen() throws IOException {
        Version digits = registry.version("digits", 2);
        damage(digits.digest());
        Path log = root.resolve("models/iris/log.jsonl");
        Files.writeString(log, Files.readString(log).replace("publish", "pubLish"));
        // Also to a process that has read the log before.
        for (RegistryUpkeep any :
                List.of(upkeep(), StoredModelRegistry.open(root).upkeep())) {
            CheckReport report = any.check();
            assertThat(report.findings()).extracting(Finding::kind).containsExactly(Kind.DAMAGED_BLOB, Kind.BROKEN_LOG);
            assertThat(finding(report, Kind.BROKEN_LOG).subject()).isEqualTo("model iris");
            assertThat(finding(report, Kind.DAMAGED_BLOB).versions()).containsExactly("digits:2");
        }
        RepairReport repaired = upkeep().repair(backup.upkeep());
        assertThat(repaired.restored()).containsExactly(digits.digest());
        assertThat(repaired.left()).extracting(Finding::kind).containsExactly(Kind.BROKEN_LOG);
        assertThat(Files.readString(log)).contains("pubLish");
    }

    @Test
    void aManifestOfANewerFormatIsToldAsUnreadable() throws IOException {
        byte[] newer = "{\"format\":\"9\"}".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        String digest = Digests.of(newer);
        Files.createDirectories(blob(digest).resolveSibling(""));
        Files.write(blob(digest), newer);
        Catalog catalog = new Catalog(new StoreAccess(FileRegistryStore.open(root)), java.time.Clock.systemUTC());
        catalog.append(
                catalog.state("iris"), new LogEntry.Body(RegistryEvent.Action.PUBLISH, 2, digest, Change.unsaid()));
        Finding finding = finding(upkeep().check(), Kind.UNREADABLE_MANIFEST);
        assertThat(finding.versions()).containsExactly("iris:2");
        assertThat(finding.message()).contains("is of format 9, expected at most 2; use a newer version");
        assertThatThrownBy(() -> upkeep().statistics()).isInstanceOf(RegistryException.class);
    }

    @Test
    void repairPutsBackWhatIsMissingOrDamagedAndCollectsTheRest() throws IOException {
        Version digits = registry.version("digits", 2);
        damage(model(1));
        // The file of a manifest that is not there is not known before that is back.
        Files.delete(blob(digits.digest()));
        Files.delete(blob(model(2)));
        String orphan = Digests.of(new byte[] {1});
        Files.createDirectories(blob(orphan).resolveSibling(""));
        Files.write(blob(orphan), new byte[] {1});
        Files.writeString(root.resolve("tmp/left.part"), "12");

        RepairReport report = upkeep().repair(backup.upkeep());

        assertThat(report.restored()).containsExactlyInAnyOrder(model(1), model(2), digits.digest());
        assertThat(report.freed()).isEqualTo(3);
        assertThat(report.left()).isEmpty();
        assertThat(upkeep().check().findings()).isEmpty();
        assertThat(registry.load(digits).model().read())
                .isEqualTo(Artifacts.of(2).model().read());
    }

    @Test
    void repairTakesNothingThatIsNotWhatItShouldBe() throws IOException {
        Files.delete(blob(model(2)));
        damage(model(1));
        List<String> asked = new ArrayList<>();
        RepairReport report = upkeep().repair(sha256 -> {
            asked.add(sha256);
            if (sha256.equals(model(1))) {
                throw new NoSuchFileException(sha256);
            }
            return new java.io.ByteArrayInputStream(new byte[2_000]);
        });
        assertThat(asked).containsExactlyInAnyOrder(model(1), model(2));
        assertThat(report.restored()).isEmpty();
        assertThat(report.left())
                .extracting(Finding::kind)
                .containsExactlyInAnyOrder(Kind.DAMAGED_BLOB, Kind.MISSING_BLOB);
        assertThat(root.resolve("tmp")).isEmptyDirectory();
        assertThat(blob(model(2))).doesNotExist();
    }

    @Test
    void countsWhatIsKeptSharedAndLeft() throws IOException {
        RegistryStatistics before = upkeep().statistics();
        assertThat(before.models()).isEqualTo(2);
        assertThat(before.versions()).isEqualTo(3);
        assertThat(before.blobs()).isEqualTo(5);
        assertThat(before.orphans()).isZero();
        // Both models and iris share a vocabulary of 8 bytes, and a model and its manifest.
        long manifest = Files.size(blob(registry.version("iris", 1).digest()));
        assertThat(before.bytesShared()).isEqualTo(2 * 8 + 2_000 + manifest);
        registry.delete("digits", 2);
        RegistryStatistics after = upkeep().statistics();
        assertThat(after.bytesStored()).isEqualTo(before.bytesStored());
        assertThat(after.orphans()).isEqualTo(2);
        assertThat(registry.collectGarbage()).isEqualTo(after.orphanBytes());
        assertThat(upkeep().statistics().orphanBytes()).isZero();
    }

    @Test
    void whatIsDeletedAndCollectedMeanwhileIsAsIfItHadNeverBeenThere() {
        List<Version> versions = whileTheSecondIsDeleted(registry -> registry.versions("digits"));
        assertThat(versions).extracting(Version::number).containsExactly(1);
        List<VersionDetails> details = whileTheSecondIsDeleted(registry -> registry.details("digits"));
        assertThat(details).hasSize(1);
        CheckReport report =
                whileTheSecondIsDeleted(registry -> registry.upkeep().check());
        assertThat(report.findings()).noneMatch(finding -> finding.kind() != Kind.ORPHAN);
        long freed = whileTheSecondIsDeleted(ModelRegistry::collectGarbage);
        assertThat(freed).isZero();
    }

    /** What a registry answers if another one deletes and collects the last of two versions as soon as it opens the first one's manifest. */
    private <T> T whileTheSecondIsDeleted(Function<StoredModelRegistry, T> ask) {
        int second = registry.versions("digits").size() == 2
                ? 2
                : registry.publish("digits", Artifacts.of(2)).number();
        FarStore far = new FarStore(root);
        AtomicBoolean deleted = new AtomicBoolean();
        far.line(in -> {
            if (deleted.compareAndSet(false, true)) {
                registry.delete("digits", second);
                registry.collectGarbage();
            }
            return in;
        });
        return ask.apply(StoredModelRegistry.on(new UnlockedStore(far)));
    }

    @Test
    void aScrubTellsOfDamageInEachRound() throws Exception {
        damage(model(2));
        BlockingQueue<Finding> found = new LinkedBlockingQueue<>();
        try (Scrub scrub = upkeep().scrub(new ScrubOptions(1L << 30, Duration.ZERO), found::add)) {
            scrub.awaitRound();
            for (int round = 0; round < 2; round++) {
                Finding finding = Artifacts.present(found.poll(20, TimeUnit.SECONDS));
                assertThat(finding.kind()).isEqualTo(Kind.DAMAGED_BLOB);
                assertThat(finding.versions()).containsExactly("digits:2");
            }
        }
    }

    @Test
    void aScrubReadsNoFasterThanItMay() throws Exception {
        registry.publish("large", Artifacts.of(9, 5_000_000));
        AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1_000);
        List<Finding> found = new ArrayList<>();
        AtomicLong slept = new AtomicLong();
        ScrubOptions slow = new ScrubOptions(1_000_000, Duration.ofDays(1));
        Catalog catalog = new Catalog(new StoreAccess(FileRegistryStore.open(root)), java.time.Clock.systemUTC());
        Scrub.Sleeper sleeper = nanos -> {
            if (nanos == slow.pause().toNanos()) {
                Thread.sleep(Long.MAX_VALUE); // Until it is closed.
            }
            slept.addAndGet(nanos);
            now.addAndGet(nanos);
        };
        long read = 5_000_000 + 2 * 2_000 + 8;
        com.google.common.base.Ticker ticker = new com.google.common.base.Ticker() {
            @Override
            public long read() {
                return now.get();
            }
        };
        try (Scrub scrub = new Scrub(catalog, slow, found::add, ticker, sleeper)) {
            scrub.awaitRound();
        }
        assertThat(slept.get()).isEqualTo(read * 1_000);
        assertThat(found).isEmpty();
    }

    @Test
    void aScrubThatIsClosedEndsAtOnceAndTellsNothing() throws Exception {
        List<Finding> found = new ArrayList<>();
        BlockingQueue<Long> sleeping = new LinkedBlockingQueue<>();
        Catalog catalog = new Catalog(new StoreAccess(FileRegistryStore.open(root)), java.time.Clock.systemUTC());
        Scrub scrub = new Scrub(
                catalog,
                new ScrubOptions(1, Duration.ZERO),
                found::add,
                com.google.common.base.Ticker.systemTicker(),
                nanos -> {
                    sleeping.add(nanos);
                    Thread.sleep(Long.MAX_VALUE);
                });
        assertThat(sleeping.poll(20, TimeUnit.SECONDS)).isPositive();
        scrub.close();
        scrub.close();
        scrub.awaitRound();
        assertThat(found).isEmpty();
    }
}
