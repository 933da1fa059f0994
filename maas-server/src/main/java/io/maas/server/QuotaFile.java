package io.maas.server;

import com.google.common.base.Splitter;
import com.google.common.primitives.Doubles;
import io.maas.error.Require;
import io.maas.serving.Quota;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;

/**
 * Quotas of callers in a file of properties, such as {@code anna = requests: 100, rows: 5000, compute: 0.5, burst: 2}; {@code batch-* = …}
 * is that of each one whose name begins so. The longest pattern that fits counts, and whoever fits none is not bounded.
 */
final class QuotaFile {
    private static final String REST = "*";
    private static final double NANOS = 1e9;

    private final Map<String, Quota> byPattern = new HashMap<>();

    /** @throws IllegalArgumentException if it cannot be read or says what is no quota, and where */
    static QuotaFile of(Path file) {
        Properties lines = load(file);
        QuotaFile quotas = new QuotaFile();
        for (String pattern : lines.stringPropertyNames()) {
            try {
                quotas.byPattern.put(pattern, quota(lines.getProperty(pattern)));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(file + ": " + pattern + ": " + e.getMessage(), e);
            }
        }
        return quotas;
    }

    /** @throws IllegalArgumentException if it cannot be read */
    static Properties load(Path file) {
        Properties lines = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            lines.load(reader);
            return lines;
        } catch (IOException e) {
            throw new IllegalArgumentException("cannot read " + file + " (expected: a file of properties)", e);
        }
    }

    private static Quota quota(String line) {
        Quota quota = Quota.unlimited();
        for (Map.Entry<String, String> bound : bounds(line).entrySet()) {
            double rate = number(bound.getKey(), bound.getValue());
            quota = switch (bound.getKey()) {
                case "requests" -> quota.withRequestsPerSecond(rate);
                case "rows" -> quota.withRowsPerSecond(rate);
                case "compute" -> quota.withComputePerSecond(rate);
                case "burst" -> quota.withBurst(Duration.ofNanos((long) (rate * NANOS)));
                default ->
                    throw new IllegalArgumentException("no bound " + Require.quote(bound.getKey())
                            + " (expected: requests, rows or compute, all a second, or burst, in seconds)");
            };
        }
        return quota;
    }

    private static Map<String, String> bounds(String line) {
        try {
            return Splitter.on(',')
                    .trimResults()
                    .withKeyValueSeparator(Splitter.on(':').trimResults())
                    .split(line);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    Require.quote(line) + " (expected: each bound once, such as requests: 100, compute: 0.5)", e);
        }
    }

    private static double number(String bound, String value) {
        Double number = Doubles.tryParse(value);
        if (number == null || number.isNaN()) {
            throw new IllegalArgumentException(bound + ": " + Require.quote(value) + " (expected: a number)");
        }
        return number;
    }

    Quota of(String caller) {
        Quota own = byPattern.get(caller);
        for (int end = caller.length(); own == null && end >= 0; end--) {
            own = byPattern.get(caller.substring(0, end) + REST);
        }
        return own == null ? Quota.unlimited() : own;
    }
}
