package io.maas.training.classical;

import java.util.Arrays;

/**
 * Weighted means of columns, of rows that come a block at a time. The mean of a column that holds one value is that value to the
 * bit, so that rounding does not pass for spread.
 *
 * <p>Not thread-safe.
 */
final class ColumnMeans {
    private final double[] sums;
    private final double[] low;
    private final double[] high;
    private double weight;

    ColumnMeans(int columns) {
        sums = new double[columns];
        low = new double[columns];
        high = new double[columns];
        Arrays.fill(low, Double.POSITIVE_INFINITY);
        Arrays.fill(high, Double.NEGATIVE_INFINITY);
    }

    /**
     * Takes further rows.
     *
     * @param rows row-major
     * @param weights what each of them counts
     */
    void add(double[] rows, double[] weights) {
        for (int i = 0; i < weights.length; i++) {
            weight += weights[i];
            for (int j = 0; j < sums.length && weights[i] > 0; j++) {
                double value = rows[i * sums.length + j];
                sums[j] += weights[i] * value;
                low[j] = Math.min(low[j], value);
                high[j] = Math.max(high[j], value);
            }
        }
    }

    double[] means() {
        double[] means = new double[sums.length];
        Arrays.setAll(means, j -> low[j] == high[j] ? low[j] : sums[j] / weight);
        return means;
    }
}
