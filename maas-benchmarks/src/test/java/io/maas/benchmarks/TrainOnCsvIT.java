package io.maas.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainOnCsvIT {
    private static final Pattern LOSS = Pattern.compile("train\\.loss=([0-9.]+)");

    /** The whole of it in little: 200,000 rows, which take 13 MB as text and as much as cells, in a heap of 40 MB. */
    @Test
    void aSmallHeapTrainsOnManyRows(@TempDir Path folder) throws IOException, InterruptedException {
        Path file = folder.resolve("rows.csv");
        TrainOnCsv.write(file, 200_000);
        Process process = new ProcessBuilder(TrainOnCsv.command("40m", file))
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output).contains("200000 rows: a number, b number", "features float32[200000, 6]");
        Matcher loss = LOSS.matcher(output);
        assertThat(loss.find()).as(output).isTrue();
        // Without learning it is the variance of y, 2.6.
        assertThat(Double.parseDouble(loss.group(1))).isBetween(0.01, 0.5);
    }
}
