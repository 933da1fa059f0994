package io.maas.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The clock of a machine may be wrong by ten years either way, and right again: only the times that are written down differ. */
class FileRegistryStoreClockTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private static final Duration TEN_YEARS = Duration.ofDays(3_653);

    @TempDir
    Path folder;

    /** Jumps by up to ten years each time that it is looked at. */
    private static final class JumpingClock extends Clock {
        private final Random random = new Random(7);

        @Override
        public Instant instant() {
            return NOW.plusSeconds(random.nextLong(-TEN_YEARS.toSeconds(), TEN_YEARS.toSeconds()));
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }

    private StoredModelRegistry open(Clock clock) {
        return open(folder.resolve("jumping"), clock);
    }

    private static StoredModelRegistry open(Path root, Clock clock) {
        return StoredModelRegistry.on(FileRegistryStore.open(root, new UnsyncedDisk(), Duration.ofSeconds(30)), clock);
    }

    private static List<String> work(ModelRegistry registry) {
        return IntStream.range(0, 200)
                .mapToObj(i -> Action.random(new Random(i), 6).to(registry))
                .toList();
    }

    @Test
    void answersAreThoseOfARightClock() {
        ModelRegistry jumping = open(new JumpingClock());
        List<String> answers = work(jumping);
        assertThat(answers).contains("1", "done", Action.ABSENT, Action.REFUSED);
        List<Integer> alias = jumping.aliasHistory(Action.MODEL, Action.ALIAS).stream()
                .map(AliasChange::number)
                .toList();

        ModelRegistry right = open(folder.resolve("right"), Clock.fixed(NOW, ZoneOffset.UTC));
        assertThat(work(right)).isEqualTo(answers);
        assertThat(right.aliasHistory(Action.MODEL, Action.ALIAS))
                .extracting(AliasChange::number)
                .isEqualTo(alias);
        assertThat(Snapshot.verified(open(Clock.systemUTC()), Action.MODEL))
                .isEqualTo(Snapshot.verified(jumping, Action.MODEL));
    }

    @Test
    void timesOfFilesMeanNothing() throws IOException {
        ModelRegistry registry = open(new JumpingClock());
        work(registry);
        Snapshot before = Snapshot.verified(registry, Action.MODEL);
        Random random = new Random(3);
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.toList()) {
                long seconds = random.nextLong(-TEN_YEARS.toSeconds(), TEN_YEARS.toSeconds());
                Files.setLastModifiedTime(file, FileTime.from(NOW.plusSeconds(seconds)));
            }
        }
        registry.collectGarbage();
        for (ModelRegistry each : List.of(registry, open(new JumpingClock()))) {
            assertThat(Snapshot.verified(each, Action.MODEL)).isEqualTo(before);
        }
    }
}
