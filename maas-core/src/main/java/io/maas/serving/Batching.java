package io.maas.serving;

import com.google.common.collect.ImmutableSortedSet;
import io.maas.error.Require;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How requests that wait are put together. Within these bounds as many are taken as promise the most work a second by what runs have
 * cost so far.
 *
 * @param maxRows the most rows of one batch; 1 turns batching off
 * @param maxElements the most elements of one batch, rows times elements a row of the first input, filled-up ones included
 * @param preferredRows if a batch has at least the smallest of these, it is cut to one of them; empty for any number
 * @param latencyTarget batches are kept so small that requests are answered in this time, where that is possible; null for the most
 *     work a second
 * @param dependentRows whether to batch a model whose answers depend on batch neighbours ({@link
 *     io.maas.model.Signature#rowsIndependent}): faster, but answers change slightly with the load. Without it each request of such a
 *     model runs alone
 */
public record Batching(
        int maxRows,
        long maxElements,
        ImmutableSortedSet<Integer> preferredRows,
        @Nullable Duration latencyTarget,
        boolean dependentRows) {
    private static final int MAX_ROWS = 64;

    public Batching {
        Require.positive(maxRows, "maxRows");
        Require.that(maxElements > 0, "maxElements", maxElements, "maxElements > 0");
        Require.that(
                preferredRows.isEmpty() || (preferredRows.first() > 0 && preferredRows.last() <= maxRows),
                "preferredRows",
                preferredRows,
                "1 to maxRows, " + maxRows);
        Require.that(
                latencyTarget == null || (!latencyTarget.isNegative() && !latencyTarget.isZero()),
                "latencyTarget",
                String.valueOf(latencyTarget),
                "latencyTarget > 0");
    }

    /** Up to 64 rows of any number of elements, no preferred numbers, no target; requests of models with dependent rows run alone. */
    public static Batching defaults() {
        return new Batching(MAX_ROWS, Long.MAX_VALUE, ImmutableSortedSet.of(), null, false);
    }

    public Batching withMaxRows(int other) {
        return new Batching(other, maxElements, preferredRows, latencyTarget, dependentRows);
    }

    public Batching withMaxElements(long other) {
        return new Batching(maxRows, other, preferredRows, latencyTarget, dependentRows);
    }

    public Batching withPreferredRows(Integer... other) {
        return new Batching(maxRows, maxElements, ImmutableSortedSet.copyOf(other), latencyTarget, dependentRows);
    }

    public Batching withLatencyTarget(Duration other) {
        return new Batching(maxRows, maxElements, preferredRows, other, dependentRows);
    }

    public Batching withDependentRows() {
        return new Batching(maxRows, maxElements, preferredRows, latencyTarget, true);
    }
}
