package io.maas.training.data;

import io.maas.error.InvalidInputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads a source into a table, in one pass or, where a column turns to text behind numbers, in two. */
final class Passes {
    private Passes() {}

    /** Writes all rows of a stream. */
    interface Pass {
        void run(InputStream stream, TableWriter writer) throws IOException;
    }

    /**
     * The table, from the options' cache if it holds this source read with these options.
     *
     * @param settings all options as text
     */
    static Table read(Source source, ReadOptions options, String settings, Pass pass) throws IOException {
        Path cache = options.cache();
        Path file = source.file();
        if (cache == null || file == null) {
            return readAll(source, options, null, pass);
        }
        TableFile kept = TableFile.of(cache, file, settings);
        Table known = kept.load();
        return known != null ? known : readAll(source, options, kept, pass);
    }

    private static Table readAll(Source source, ReadOptions options, @Nullable TableFile kept, Pass pass)
            throws IOException {
        Map<String, ColumnType> types = options.types();
        while (true) {
            try (TableWriter writer =
                            new TableWriter(types, options.nonFiniteMissing(), kept == null ? null : kept.folder());
                    InputStream stream = source.open()) {
                pass.run(stream, writer);
                if (!writer.isDiscarding()) {
                    requireNumbers(writer);
                    return kept == null ? writer.finish() : kept.save(writer);
                }
                types = new TreeMap<>();
                for (ColumnSink column : writer.sinks()) {
                    types.put(column.name(), column.finalType());
                }
            }
        }
    }

    /** What could be told only once the columns' types were known. */
    static void requireNumbers(TableWriter writer) {
        for (ColumnSink column : writer.sinks()) {
            String refusal = column.refused();
            if (refusal != null) {
                throw new InvalidInputException(refusal);
            }
        }
    }
}
