package io.maas.serving;

import com.google.common.collect.ImmutableSortedMap;
import io.maas.serving.VersionStatistics.Times;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Runs by their number of rows.
 *
 * <p>Thread-safe.
 */
final class BatchCounts {
    /** Requests may have any number of rows; this bounds what is kept of them. */
    static final int MOST_SIZES = 256;

    private record Cell(LongAdder runs, LongAdder nanos) {}

    private final ConcurrentHashMap<Long, Cell> cells = new ConcurrentHashMap<>();

    void ran(long rows, long nanos) {
        Cell cell = cell(rows);
        if (cell != null) {
            cell.runs.increment();
            cell.nanos.add(nanos);
        }
    }

    private @Nullable Cell cell(long rows) {
        Cell known = cells.get(rows);
        // A few more where several threads see the last free place.
        return known != null || cells.size() >= MOST_SIZES
                ? known
                : cells.computeIfAbsent(rows, fresh -> new Cell(new LongAdder(), new LongAdder()));
    }

    ImmutableSortedMap<Long, Times> times() {
        ImmutableSortedMap.Builder<Long, Times> all = ImmutableSortedMap.naturalOrder();
        cells.forEach((rows, cell) -> all.put(rows, new Times(cell.runs.sum(), cell.nanos.sum())));
        return all.buildOrThrow();
    }
}
