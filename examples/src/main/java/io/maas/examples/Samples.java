package io.maas.examples;

import io.maas.tensor.Tensor;
import io.maas.training.data.CsvOptions;
import io.maas.training.data.RowPartition;
import io.maas.training.data.RowSplit;
import io.maas.training.data.Splitter;
import io.maas.training.data.Table;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;

/** The small tables of real data that lie beside this class; where they come from stands in DATA.md. */
final class Samples {
    private Samples() {}

    /**
     * A table with a header line.
     *
     * @param file such as {@code penguins.csv}
     */
    static Table table(String file) {
        try (InputStream csv = Samples.class.getResourceAsStream(file)) {
            return Table.readCsv(Objects.requireNonNull(csv, file), CsvOptions.defaults());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Which rows of a table to learn from and which to hold out. */
    static RowSplit split(Table table, Splitter splitter, double testShare) {
        return splitter.split(table.rows(), name -> column(table, name), testShare);
    }

    /** Which rows to learn from, which to choose by, and which to hold out to the end. */
    static RowPartition split(Table table, Splitter splitter, double validationShare, double testShare) {
        return splitter.split(table.rows(), name -> column(table, name), validationShare, testShare);
    }

    /** The same, so many times, each time with other rows held out. */
    static List<RowSplit> folds(Table table, Splitter splitter, int folds) {
        return splitter.folds(table.rows(), name -> column(table, name), folds);
    }

    private static Tensor column(Table table, String name) {
        return table.column(name, 0, table.rows());
    }
}
