package io.maas.serving;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/**
 * What a version did so far; read by meters, so that a request pays for a few additions only.
 *
 * <p>Thread-safe.
 */
final class RequestCounts {
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

    /** @param allElements 0 for models without a variable axis */
    void ran(long runRows, long allElements, long useful, long nanos) {
        executions.increment();
        rows.add(runRows);
        runNanos.add(nanos);
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
