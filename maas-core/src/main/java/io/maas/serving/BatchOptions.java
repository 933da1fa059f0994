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
 * @param packing whether what requests of different lengths are filled up with is left out of the computation, where the model permits
 *     ({@link io.maas.graph.pass.Passes#packing})
 */
public record BatchOptions(
        int maxRows,
        long maxElements,
        ImmutableSortedSet<Integer> preferredRows,
        @Nullable Duration latencyTarget,
        boolean dependentRows,
        boolean packing) {
    private static final int MAX_ROWS = 64;

    public BatchOptions {
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
    public static BatchOptions defaults() {
        return new BatchOptions(MAX_ROWS, Long.MAX_VALUE, ImmutableSortedSet.of(), null, false, true);
    }

    public BatchOptions withMaxRows(int other) {
        return new BatchOptions(other, maxElements, preferredRows, latencyTarget, dependentRows, packing);
    }

    public BatchOptions withMaxElements(long other) {
        return new BatchOptions(maxRows, other, preferredRows, latencyTarget, dependentRows, packing);
    }

    public BatchOptions withPreferredRows(Integer... other) {
        return new BatchOptions(
                maxRows, maxElements, ImmutableSortedSet.copyOf(other), latencyTarget, dependentRows, packing);
    }

    public BatchOptions withLatencyTarget(Duration other) {
        return new BatchOptions(maxRows, maxElements, preferredRows, other, dependentRows, packing);
    }

    public BatchOptions withDependentRows() {
        return new BatchOptions(maxRows, maxElements, preferredRows, latencyTarget, true, packing);
    }

    /** What fills requests up is computed as if it were real, as the model is written. */
    public BatchOptions withoutPacking() {
        return new BatchOptions(maxRows, maxElements, preferredRows, latencyTarget, dependentRows, false);
    }
}
