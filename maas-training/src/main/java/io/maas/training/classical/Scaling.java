package io.maas.training.classical;

import java.util.Arrays;

/**
 * Where the columns of a data set lie and how wide they spread. Fits are made on {@code (x - centre) / scale}: columns of any unit
 * and offset are then alike, and nothing cancels.
 *
 * @param centre the weighted mean of each column, or 0 for fits without an intercept
 * @param scale the root mean square of what is left, with the number of rows as divisor; 0 for a column that holds one value only
 * @param weight the sum of the rows' weights
 */
record Scaling(double[] centre, double[] scale, double weight) {
    /** Enough rows for the loops, few enough for the cache. */
    static final int BLOCK = 512;

    static Scaling of(Examples examples, boolean centred) {
        double[] centre = new double[examples.features()];
        double weight = centred ? means(examples, centre) : 0;
        double[] scale = new double[centre.length];
        double sum = 0;
        for (int from = 0; from < examples.rows(); from += BLOCK) {
            int to = Math.min(from + BLOCK, examples.rows());
            double[] x = examples.features(from, to);
            double[] w = examples.weights(from, to);
            for (int i = 0; i < w.length; i++) {
                sum += w[i];
                for (int j = 0; j < scale.length; j++) {
                    double off = x[i * scale.length + j] - centre[j];
                    scale[j] += w[i] * off * off;
                }
            }
        }
        for (int j = 0; j < scale.length; j++) {
            scale[j] = Math.sqrt(scale[j] / sum);
        }
        return new Scaling(centre, scale, centred ? weight : sum);
    }

    /** The mean of a column that holds one value is that value to the bit, so that rounding does not pass for spread. */
    private static double means(Examples examples, double[] centre) {
        double[] low = new double[centre.length];
        double[] high = new double[centre.length];
        Arrays.fill(low, Double.POSITIVE_INFINITY);
        Arrays.fill(high, Double.NEGATIVE_INFINITY);
        double sum = 0;
        for (int from = 0; from < examples.rows(); from += BLOCK) {
            int to = Math.min(from + BLOCK, examples.rows());
            double[] x = examples.features(from, to);
            double[] w = examples.weights(from, to);
            for (int i = 0; i < w.length; i++) {
                sum += w[i];
                for (int j = 0; j < centre.length && w[i] > 0; j++) {
                    double value = x[i * centre.length + j];
                    centre[j] += w[i] * value;
                    low[j] = Math.min(low[j], value);
                    high[j] = Math.max(high[j], value);
                }
            }
        }
        for (int j = 0; j < centre.length; j++) {
            centre[j] = low[j] == high[j] ? low[j] : centre[j] / sum;
        }
        return sum;
    }

    /** Changes row-major rows to {@code (x - centre) / scale}; columns of one value become 0. */
    void apply(double[] rows) {
        for (int i = 0; i < rows.length; i++) {
            int j = i % centre.length;
            rows[i] = scale[j] == 0 ? 0 : (rows[i] - centre[j]) / scale[j];
        }
    }
}
