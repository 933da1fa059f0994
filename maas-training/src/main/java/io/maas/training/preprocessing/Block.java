package io.maas.training.preprocessing;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import java.util.Arrays;

/**
 * Values of some rows while they are computed: {@code [rows, width]}, in float64 whatever they become.
 *
 * @param firstRow where the rows stand in their table, for messages
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record Block(double[] values, int rows, int width, int firstRow) {
    static Block of(int rows, int width) {
        return new Block(new double[Math.multiplyExact(rows, width)], rows, width, 0);
    }

    /** The same memory, cleared, for so many other rows or fewer. */
    Block next(int nextRows, int nextFirstRow) {
        Arrays.fill(values, 0, nextRows * width, 0);
        return new Block(values, nextRows, width, nextFirstRow);
    }

    /** How many values the rows have; behind them is rubbish. */
    int count() {
        return rows * width;
    }

    void set(int row, int place, double value) {
        values[row * width + place] = value;
    }

    InvalidInputException refusal(String column, int row, String value, String expected) {
        return new InvalidInputException("column " + Require.quote(column) + ", row " + (firstRow + row) + ": " + value
                + " (expected: " + expected + ")");
    }
}
