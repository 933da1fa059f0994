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
@SuppressWarnings("ArrayRecordComponent")
record Scaling(double[] centre, double[] scale, double weight) {
    static Scaling of(Examples examples, boolean centred) {
        double[] centre = new double[examples.features()];
        if (centred) {
            ColumnMeans means = new ColumnMeans(centre.length);
            examples.blocks((from, to) -> means.add(examples.features(from, to), examples.weights(from, to)));
            centre = means.means();
        }
        return around(centre, examples);
    }

    private static Scaling around(double[] centre, Examples examples) {
        double[] scale = new double[centre.length];
        double[] sum = new double[1];
        examples.blocks((from, to) -> {
            double[] x = examples.features(from, to);
            double[] w = examples.weights(from, to);
            for (int i = 0; i < w.length; i++) {
                sum[0] += w[i];
                for (int j = 0; j < scale.length; j++) {
                    double off = x[i * scale.length + j] - centre[j];
                    scale[j] += w[i] * off * off;
                }
            }
        });
        Arrays.setAll(scale, j -> Math.sqrt(scale[j] / sum[0]));
        return new Scaling(centre, scale, sum[0]);
    }

    /** Changes row-major rows to {@code (x - centre) / scale}; columns of one value become 0. */
    void apply(double[] rows) {
        for (int i = 0; i < rows.length; i++) {
            int j = i % centre.length;
            rows[i] = scale[j] == 0 ? 0 : (rows[i] - centre[j]) / scale[j];
        }
    }
}
