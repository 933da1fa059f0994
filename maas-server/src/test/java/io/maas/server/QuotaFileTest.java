package io.maas.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.serving.Quota;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuotaFileTest {
    @TempDir
    Path folder;

    private QuotaFile read(String... lines) throws IOException {
        return QuotaFile.of(Files.write(folder.resolve("quotas"), java.util.List.of(lines)));
    }

    @Test
    void eachBoundCounts() throws IOException {
        assertThat(read("anna = requests: 100, rows:5000 ,compute : 0.5, burst: 2.5")
                        .of("anna"))
                .isEqualTo(new Quota(100, 5000, 0.5, Duration.ofMillis(2500)));
    }

    @Test
    void theLongestNameThatFitsCounts() throws IOException {
        QuotaFile quotas = read("a* = requests: 1", "anna = requests: 2", "an* = requests: 3", "anna* = requests: 4");

        assertThat(quotas.of("anna").requestsPerSecond()).isEqualTo(2);
        assertThat(quotas.of("annabel").requestsPerSecond()).isEqualTo(4);
        assertThat(quotas.of("andrew").requestsPerSecond()).isEqualTo(3);
        assertThat(quotas.of("a").requestsPerSecond()).isEqualTo(1);
        assertThat(quotas.of("bob")).isEqualTo(Quota.unlimited());
        assertThat(read("* = rows: 7").of("bob").rowsPerSecond()).isEqualTo(7);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            anna = requests: many     | anna: requests: "many" (expected: a number)
            anna = requests: 0        | anna: requestsPerSecond: 0.0 (expected: requestsPerSecond > 0)
            anna = rows: NaN          | anna: rows: "NaN" (expected: a number)
            anna = burst: NaN         | anna: burst: "NaN" (expected: a number)
            anna = burst: -1          | anna: burst: PT-1S (expected: burst >= 0)
            anna = speed: 1           | anna: no bound "speed" (expected: requests, rows or compute
            anna = 100                | anna: "100" (expected: each bound once, such as requests: 100
            anna =                    | anna: "" (expected: each bound once
            anna = rows: 1, rows: 2   | anna: "rows: 1, rows: 2" (expected: each bound once
            """)
    void whatIsNoQuotaIsRefusedByItsName(String line, String message) {
        assertThatThrownBy(() -> read(line))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(folder.resolve("quotas") + ": " + message);
    }

    @Test
    void aFileThatIsNotThereIsNamed() {
        assertThatThrownBy(() -> QuotaFile.of(folder.resolve("nosuch")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cannot read " + folder.resolve("nosuch"));
    }
}
