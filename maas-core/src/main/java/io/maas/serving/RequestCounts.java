package io.maas.serving;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * What a version did so far; read by meters, so that a request pays for a few additions only.
 *
 * <p>Thread-safe.
 */
final class RequestCounts {
    /** How far {@link #lastRun} may be behind, so that runs after one another need not all write it. */
    private static final long LAST_RUN_NANOS = 1_000_000;

    /** No moment that a ticker comes to. */
    private static final long NEVER = Long.MIN_VALUE;

    final LongAdder requests = new LongAdder();
    final LongAdder executions = new LongAdder();
    final LongAdder failures = new LongAdder();
    private final Map<ErrorKind, LongAdder> kinds = new EnumMap<>(ErrorKind.class);
    /** Of runs. */
    final LongAdder rows = new LongAdder();
    /** Elements that the engine was given, filled-up ones included; of models with a variable axis. */
    final LongAdder elements = new LongAdder();

    final LongAdder usefulElements = new LongAdder();
    final LongAdder runNanos = new LongAdder();
    /** Requests that waited in the line until they were run. */
    final LongAdder queued = new LongAdder();

    final LongAdder queueNanos = new LongAdder();
    final LongAdder cacheHits = new LongAdder();
    final LongAdder cacheHitNanos = new LongAdder();
    final LongAdder cacheMisses = new LongAdder();
    final LongAdder cacheMissNanos = new LongAdder();
    /** Requests that were answered by a run. */
    final LongAdder answers = new LongAdder();
    /** From their coming to their answers. */
    final LongAdder answerNanos = new LongAdder();
    /** Of the runs that they stood in. */
    final LongAdder computeNanos = new LongAdder();

    final LongAdder failureNanos = new LongAdder();
    final BatchCounts batches = new BatchCounts();
    /** When the last run ended, about, on the ticker's time line. */
    private final AtomicLong lastRun = new AtomicLong(NEVER);

    /** In nanoseconds, of requests that were answered by a run, waiting included. */
    final Histogram latency = new Histogram();

    RequestCounts() {
        for (ErrorKind kind : ErrorKind.values()) {
            kinds.put(kind, new LongAdder());
        }
    }

    LongAdder failures(ErrorKind kind) {
        return Objects.requireNonNull(kinds.get(kind));
    }

    void failed(Throwable failure) {
        failures.increment();
        failures(ErrorKind.of(failure)).increment();
    }

    /** A request that failed some time after it came. */
    void failed(Throwable failure, long nanos) {
        failureNanos.add(nanos);
        failed(failure);
    }

    /** A request that was counted as answered and then failed by its answer. */
    void failedAfterAll(Throwable failure) {
        answers.decrement();
        failed(failure);
    }

    /** A request that was answered by a run. */
    void answered(long nanos, long runOfNanos) {
        latency.add((double) nanos);
        answers.increment();
        answerNanos.add(nanos);
        computeNanos.add(runOfNanos);
    }

    private void ended(long now) {
        long last = lastRun.get();
        if (last == NEVER || now - last > LAST_RUN_NANOS) {
            lastRun.lazySet(now);
        }
    }

    /** How long ago the last run ended, about; null if there was none. */
    @Nullable
    Duration sinceLastRun(long now) {
        long last = lastRun.get();
        return last == NEVER ? null : Duration.ofNanos(Math.max(0, now - last));
    }

    /**
     * A run that ended well.
     *
     * @param allElements 0 for models without a variable axis
     * @param now when it ended, on the ticker's time line
     */
    void ran(long runRows, long allElements, long useful, long nanos, long now) {
        executions.increment();
        rows.add(runRows);
        runNanos.add(nanos);
        batches.ran(runRows, nanos);
        ended(now);
        if (allElements > 0) {
            elements.add(allElements);
            usefulElements.add(useful);
        }
    }

    double errorRate() {
        return ratio(failures.sum(), requests.sum());
    }

    /** Rows a run. */
    double meanBatch() {
        return ratio(rows.sum(), executions.sum());
    }

    /** The share of elements that only fill up. */
    double paddingWaste() {
        long all = elements.sum();
        return all == 0 ? 0 : Math.max(0, 1 - usefulElements.sum() / (double) all);
    }

    private static double ratio(long part, long whole) {
        return whole == 0 ? 0 : part / (double) whole;
    }
}
