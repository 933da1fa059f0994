package io.maas.serving;

import com.google.common.base.Strings;
import com.google.common.collect.ImmutableList;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * All that is in service, at one moment. Its text is a table for people.
 *
 * <p>Immutable and thread-safe.
 */
public record ServingStatus(ImmutableList<Row> rows) {
    /**
     * One loaded version.
     *
     * @param state {@code serving}, {@code overloaded}, {@code unloaded} if it waits for its next request to be loaded, or {@code warm} if
     *     it is kept for a rollback
     * @param requests that came in since it was deployed
     * @param errorRate the share of them that ended with an error
     * @param p50 from a request to its answer, waiting included; zero if there was none
     * @param meanBatch rows that the engine ran together
     * @param paddingWaste the share of elements that only fill up
     * @param waiting requests in the queue
     * @param residentBytes what the model takes, as far as known
     */
    public record Row(
            String model,
            int version,
            String state,
            long requests,
            double errorRate,
            Duration p50,
            Duration p99,
            double meanBatch,
            double paddingWaste,
            int waiting,
            long residentBytes) {
        static Row of(LoadedVersion loaded, boolean answers) {
            RequestCounts counts = loaded.counts();
            String state = loaded.residentBytes() == 0
                    ? "unloaded"
                    : !answers ? "warm" : loaded.isOverloaded() ? "overloaded" : "serving";
            return new Row(
                    loaded.version().model(),
                    loaded.version().number(),
                    state,
                    counts.requests.sum(),
                    counts.errorRate(),
                    Duration.ofNanos((long) counts.latency.quantile(0.5)),
                    Duration.ofNanos((long) counts.latency.quantile(0.99)),
                    counts.meanBatch(),
                    counts.paddingWaste(),
                    loaded.waiting(),
                    loaded.residentBytes());
        }

        private List<String> cells() {
            return List.of(
                    model,
                    Integer.toString(version),
                    state,
                    Long.toString(requests),
                    percent(errorRate),
                    time(p50),
                    time(p99),
                    String.format(Locale.ROOT, "%.1f", meanBatch),
                    percent(paddingWaste),
                    Integer.toString(waiting),
                    memory(residentBytes));
        }

        private static String percent(double share) {
            return String.format(Locale.ROOT, "%.1f %%", 100 * share);
        }

        private static String time(Duration time) {
            long nanos = time.toNanos();
            return nanos < 1_000_000
                    ? String.format(Locale.ROOT, "%.1f µs", nanos / 1e3)
                    : String.format(Locale.ROOT, "%.1f ms", nanos / 1e6);
        }

        private static String memory(long bytes) {
            return bytes < 1 << 20
                    ? String.format(Locale.ROOT, "%.1f KiB", bytes / 1024.0)
                    : String.format(Locale.ROOT, "%.1f MiB", bytes / 1024.0 / 1024.0);
        }
    }

    private static final List<String> TITLES = List.of(
            "model", "version", "state", "requests", "errors", "p50", "p99", "batch", "waste", "queue", "memory");

    /** The columns that hold words, which stand on the left. */
    private static final int WORDS = 3;

    @Override
    public String toString() {
        List<List<String>> lines = new ArrayList<>();
        lines.add(TITLES);
        rows.forEach(row -> lines.add(row.cells()));
        int[] widths = new int[TITLES.size()];
        for (List<String> line : lines) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], line.get(i).length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (List<String> line : lines) {
            StringBuilder padded = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                padded.append(i == 0 ? "" : "  ")
                        .append(
                                i < WORDS
                                        ? Strings.padEnd(line.get(i), widths[i], ' ')
                                        : Strings.padStart(line.get(i), widths[i], ' '));
            }
            text.append(padded.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }
}
