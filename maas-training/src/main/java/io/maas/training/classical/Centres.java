package io.maas.training.classical;

/**
 * Points that rows belong to.
 *
 * @param at {@code [clusters][features]}
 */
@SuppressWarnings("ArrayRecordComponent")
record Centres(double[][] at) {
    int count() {
        return at.length;
    }

    int features() {
        return at[0].length;
    }

    /** The squared distance of a row to a centre; what is beyond {@code enough} need not be exact. */
    double square(int centre, double[] rows, int row, double enough) {
        double[] to = at[centre];
        int from = row * to.length;
        double sum = 0;
        for (int j = 0; j < to.length && sum <= enough; j++) {
            double off = rows[from + j] - to[j];
            sum += off * off;
        }
        return sum;
    }

    double square(int centre, double[] rows, int row) {
        return square(centre, rows, row, Double.POSITIVE_INFINITY);
    }

    /** The centre nearest to a row; the lowest of several. */
    int nearest(double[] rows, int row) {
        int nearest = 0;
        double least = square(0, rows, row);
        for (int k = 1; k < at.length; k++) {
            double square = square(k, rows, row, least);
            if (square < least) {
                least = square;
                nearest = k;
            }
        }
        return nearest;
    }

    /** Of which rows the nearest centre is nearer than the next by more than a float32 engine may be off. */
    boolean[] clear(double[] rows) {
        boolean[] clear = new boolean[rows.length / features()];
        for (int i = 0; i < clear.length; i++) {
            int nearest = nearest(rows, i);
            double own = square(nearest, rows, i);
            clear[i] = true;
            for (int k = 0; k < at.length; k++) {
                clear[i] &= k == nearest || square(k, rows, i) > own * 1.001;
            }
        }
        return clear;
    }

    /** Row-major {@code [clusters, features]}. */
    double[] rowwise() {
        double[] values = new double[count() * features()];
        for (int k = 0; k < count(); k++) {
            System.arraycopy(at[k], 0, values, k * features(), features());
        }
        return values;
    }
}
