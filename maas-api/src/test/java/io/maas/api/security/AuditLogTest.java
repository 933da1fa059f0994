package io.maas.api.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditLogTest {
    @TempDir
    Path folder;

    private static AuditLog.Entry entry(int number) {
        return new AuditLog.Entry(
                "2026-01-31T10:20:30Z",
                "id-" + number,
                "a\"\nb",
                "127.0.0.1",
                "keyIssue",
                Map.of("model", "m"),
                200,
                0);
    }

    @Test
    void linesAreAppendedToWhatIsThere() throws Exception {
        Path file = folder.resolve("deep/audit.jsonl");
        for (int i = 0; i < 2; i++) {
            try (AuditLog log = AuditLog.open(file)) {
                log.add(entry(i));
            }
        }
        assertThat(Files.readAllLines(file)).containsExactly(line(0), line(1));
    }

    private static String line(int number) {
        return "{\"time\":\"2026-01-31T10:20:30Z\",\"request\":\"id-" + number
                + "\",\"principal\":\"a\\\"\\nb\",\"from\":\"127.0.0.1\",\"operation\":\"keyIssue\",\"target\":{\"model\":\"m\"},"
                + "\"status\":200,\"unlisted\":0}";
    }

    @Test
    void longFilesAreSetAsideAndTheOldestGo() throws Exception {
        Path file = folder.resolve("audit.jsonl");
        try (AuditLog log = AuditLog.open(file, 1024, 2)) {
            IntStream.range(0, 40).forEach(i -> log.add(entry(i)));
        }
        List<String> all = new ArrayList<>();
        for (String suffix : List.of(".2", ".1", "")) {
            Path each = file.resolveSibling("audit.jsonl" + suffix);
            assertThat(Files.size(each)).isBetween(1L, 1024L);
            all.addAll(Files.readAllLines(each));
        }
        assertThat(file.resolveSibling("audit.jsonl.3")).doesNotExist();
        // The newest, without a gap.
        assertThat(all)
                .isEqualTo(IntStream.range(40 - all.size(), 40)
                        .mapToObj(AuditLogTest::line)
                        .toList());
    }
}
