package io.maas.training.data;

import com.google.common.base.Splitter;
import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.tensor.Tensor;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Reads one file of comma-separated values. */
final class CsvReader {
    private final CsvOptions options;
    private final Splitter cells;
    private final List<float[]> features = new ArrayList<>();
    private final List<Number> targets = new ArrayList<>();
    private List<String> names = List.of();
    private int width = -1;
    private int line;

    CsvReader(CsvOptions options) {
        this.options = options;
        this.cells = Splitter.on(options.separator()).trimResults();
    }

    Dataset read(BufferedReader reader) throws IOException {
        for (String text = reader.readLine(); text != null; text = reader.readLine()) {
            line++;
            if (!text.isBlank()) {
                take(cells.splitToList(text));
            }
        }
        if (features.isEmpty()) {
            throw new InvalidInputException("no rows in " + line + " lines (expected: at least one line of numbers)");
        }
        return dataset();
    }

    private void take(List<String> row) {
        if (width < 0) {
            width = row.size();
            if (width < 2 || options.targetColumn() >= width) {
                throw new InvalidInputException(
                        "line " + line + ": " + width + " columns (expected: features and a target" + " in column "
                                + (targetColumn() + 1) + "); check the separator and the target column");
            }
            if (options.header()) {
                names = row;
                return;
            }
        }
        if (row.size() != width) {
            throw new InvalidInputException("line " + line + ": " + row.size() + " columns (expected: " + width
                    + " as in the first line); mend or remove the line");
        }
        float[] values = new float[width - 1];
        int target = targetColumn();
        for (int i = 0; i < width; i++) {
            if (i != target) {
                values[i < target ? i : i - 1] = number(row.get(i), i);
            }
        }
        features.add(values);
        targets.add(options.classes() ? (Number) classIndex(row.get(target), target) : number(row.get(target), target));
    }

    private int targetColumn() {
        return options.targetColumn() == CsvOptions.LAST ? width - 1 : options.targetColumn();
    }

    private float number(String cell, int column) {
        try {
            float value = Float.parseFloat(cell);
            // Java also takes "1f", "NaN" and hexadecimal numbers, which in a data file are mistakes.
            if (Float.isFinite(value) && !Character.isLetter(cell.charAt(cell.length() - 1))) {
                return value;
            }
            throw bad(cell, column, "a finite number", null);
        } catch (NumberFormatException e) {
            throw bad(cell, column, "a finite number", e);
        }
    }

    private long classIndex(String cell, int column) {
        try {
            return Long.parseLong(cell);
        } catch (NumberFormatException e) {
            throw bad(cell, column, "a class index such as 3; or use CsvOptions.withNumericTargets()", e);
        }
    }

    private InvalidInputException bad(
            String cell, int column, String expected, @org.jspecify.annotations.Nullable Throwable cause) {
        String title = names.isEmpty() ? "" : " (" + Require.quote(names.get(column)) + ")";
        String advice = line == 1 ? "; if the first line holds names, use CsvOptions.withHeader()" : "; mend the cell";
        return new InvalidInputException(
                "line " + line + ", column " + (column + 1) + title + ": " + Require.quote(cell) + " (expected: "
                        + expected + ")" + advice,
                cause);
    }

    private Dataset dataset() {
        int rows = features.size();
        int columns = width - 1;
        float[] all = new float[Math.multiplyExact(rows, columns)];
        for (int i = 0; i < rows; i++) {
            System.arraycopy(features.get(i), 0, all, i * columns, columns);
        }
        Dataset data = Dataset.of(Tensor.of(all, rows, columns), targets());
        if (names.isEmpty()) {
            return data;
        }
        List<String> kept = new ArrayList<>(names);
        kept.remove(targetColumn());
        return data.withColumns(kept);
    }

    private Tensor targets() {
        if (options.classes()) {
            return Tensor.of(targets.stream().mapToLong(Number::longValue).toArray());
        }
        float[] values = new float[targets.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = targets.get(i).floatValue();
        }
        return Tensor.of(values, values.length, 1);
    }
}
