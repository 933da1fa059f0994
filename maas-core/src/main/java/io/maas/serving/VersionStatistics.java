package io.maas.serving;

import com.google.common.collect.ImmutableSortedMap;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What one version has done since it was loaded. The figures are read one after the other while requests go on, so they may differ by
 * those.
 *
 * <p>Immutable and thread-safe.
 *
 * @param sinceLastRun how long ago its last run ended, to about a millisecond; null if there was none
 * @param rows that were run
 * @param executions runs
 * @param answered requests, from coming to the answer; what was remembered is among them
 * @param failed requests that ended with an error
 * @param queued requests that waited for their run
 * @param computed requests that were run, each as long as the batch that it stood in
 * @param cacheHits requests that were answered by what was remembered
 * @param cacheMisses requests that were looked for in what is remembered, in vain
 * @param batches runs by their number of rows; of the first 256 such numbers that came up
 * @param residentBytes what the version takes, as far as known
 */
public record VersionStatistics(
        int version,
        @Nullable Duration sinceLastRun,
        long rows,
        long executions,
        Times answered,
        Times failed,
        Times queued,
        Times computed,
        Times cacheHits,
        Times cacheMisses,
        ImmutableSortedMap<Long, Times> batches,
        long residentBytes) {
    /** How often, and how many nanoseconds together. */
    public record Times(long count, long nanos) {}

    static VersionStatistics of(LoadedVersion loaded, long now) {
        RequestCounts counts = loaded.counts();
        long hits = counts.cacheHits.sum();
        long computed = counts.answers.sum();
        return new VersionStatistics(
                loaded.version().number(),
                counts.sinceLastRun(now),
                counts.rows.sum(),
                counts.executions.sum(),
                new Times(computed + hits, counts.answerNanos.sum() + counts.cacheHitNanos.sum()),
                new Times(counts.failures.sum(), counts.failureNanos.sum()),
                new Times(counts.queued.sum(), counts.queueNanos.sum()),
                new Times(computed, counts.computeNanos.sum()),
                new Times(hits, counts.cacheHitNanos.sum()),
                new Times(counts.cacheMisses.sum(), counts.cacheMissNanos.sum()),
                counts.batches.times(),
                loaded.residentBytes());
    }
}
