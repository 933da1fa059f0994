package io.maas.api.job;

import io.maas.error.InvalidInputException;
import io.maas.tensor.Tensor;
import io.maas.training.data.ColumnType;
import io.maas.training.data.RowPartition;
import io.maas.training.data.RowSplit;
import io.maas.training.data.Splitter;
import io.maas.training.data.Table;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Which rows a job does not learn from.
 *
 * @param splitter how they are chosen; null if none are
 * @param validation the share that epochs are judged by; 0 for none
 * @param test the share that has no part in training; 0 for none
 */
record SplitPlan(@Nullable Splitter splitter, double validation, double test) {
    /** The rows of a table in up to three parts. */
    record Parts(
            Table train,
            @Nullable Table validation,
            @Nullable Table test) {}

    static SplitPlan read(@Nullable Map<String, Object> declared, Map<String, ColumnType> columns) {
        if (declared == null) {
            return new SplitPlan(null, 0, 0);
        }
        Declared it = new Declared("split", declared);
        String type = it.choice(
                "type", Map.of("random", "random", "stratified", "stratified", "grouped", "grouped", "time", "time"));
        String column = it.textOrNull("column");
        long seed = it.whole("seed", 0, Long.MIN_VALUE, Long.MAX_VALUE);
        double validation = share(it, "validation");
        double test = share(it, "test");
        it.end();
        if (validation + test == 0 || validation + test >= 1) {
            throw it.refusal(
                    "validation", validation, "shares for validation and test that are above 0 and below 1 together");
        }
        if (type.equals("random")) {
            if (column != null) {
                throw it.refusal("column", "given", "none for a random split");
            }
            return new SplitPlan(Splitter.random(seed), validation, test);
        }
        if (column == null) {
            throw it.refusal("column", "missing", "the column to split by");
        }
        if (!columns.containsKey(column)) {
            throw it.refusal("column", io.maas.error.Require.quote(column), "one of " + columns.keySet());
        }
        Splitter splitter = switch (type) {
            case "stratified" -> Splitter.stratified(column, seed);
            case "grouped" -> Splitter.grouped(column, seed);
            default -> Splitter.byTime(column);
        };
        return new SplitPlan(splitter, validation, test);
    }

    private static double share(Declared it, String member) {
        double share = it.number(member, 0);
        if (!(share >= 0 && share < 1)) {
            throw it.refusal(member, share, "a share of the rows, 0 <= " + member + " < 1");
        }
        return share;
    }

    /** @throws InvalidInputException if the rows cannot be cut so */
    Parts cut(Table table) {
        if (splitter == null) {
            return new Parts(table, null, null);
        }
        Function<String, @Nullable Tensor> columns =
                name -> table.names().contains(name) ? table.column(name, 0, table.rows()) : null;
        try {
            if (validation > 0 && test > 0) {
                RowPartition rows = splitter.split(table.rows(), columns, validation, test);
                return new Parts(table.rows(rows.train()), table.rows(rows.validation()), table.rows(rows.test()));
            }
            RowSplit rows = splitter.split(table.rows(), columns, validation + test);
            Table held = table.rows(rows.test());
            return validation > 0
                    ? new Parts(table.rows(rows.train()), held, null)
                    : new Parts(table.rows(rows.train()), null, held);
        } catch (IllegalArgumentException e) {
            throw new InvalidInputException("split: " + e.getMessage(), e);
        }
    }

    /** For lineage. */
    @Override
    public String toString() {
        return splitter == null ? "none" : splitter + ", " + validation + " for validation, " + test + " for the test";
    }
}
