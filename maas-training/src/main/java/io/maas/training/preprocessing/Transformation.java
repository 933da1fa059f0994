package io.maas.training.preprocessing;

import io.maas.error.Require;
import io.maas.tensor.Tensors;
import java.util.List;

/**
 * A step of a {@link Preprocessing}: what becomes of some columns. Columns of one step are treated alike, each with its own
 * statistics, and computed together.
 *
 * <p>Immutable and thread-safe.
 */
public abstract sealed class Transformation permits Numbers, Bins, Categories, HashBuckets, DateParts, Images {
    private final List<String> columns;
    private final String output;

    Transformation(List<String> columns, String output) {
        Require.that(!columns.isEmpty(), "columns", columns, "at least one");
        Require.that(
                columns.stream().distinct().count() == columns.size(),
                "columns",
                columns,
                "each column once in a step");
        this.columns = List.copyOf(columns);
        this.output = Require.name(output, "output");
    }

    /** The columns that it reads. */
    public final List<String> columns() {
        return columns;
    }

    /** The output that it writes to, {@value Preprocessing#FEATURES} unless another was named. */
    public final String output() {
        return output;
    }

    /**
     * Begins to fit.
     *
     * @param first the first rows, for types and shapes
     * @throws io.maas.error.InvalidInputException if a column is missing or of a type that this step does not take
     */
    abstract Fitting fit(Tensors first);

    /** Name and settings, such as {@code numbers(age, fare: fill median, standardize)}. */
    abstract String line();

    @Override
    public final String toString() {
        return line();
    }
}
