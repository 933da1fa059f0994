package io.maas.training.classical;

/**
 * The triangular factor {@code R} of a tall matrix {@code A = QR}, of which rows come a block at a time and none is kept.
 *
 * <p>Householder reflections of each block under the triangle so far: backward stable, unlike the normal equations, which square the
 * condition number.
 *
 * <p>Not thread-safe.
 *
 * @see "Golub and Van Loan, Matrix Computations (4th ed.), sections 5.1.2 and 5.2.2"
 */
final class Triangle {
    private final double[][] r;

    /** @param columns of the matrix */
    Triangle(int columns) {
        r = new double[columns][columns];
    }

    /** The entry {@code R[row][column]}. */
    double get(int row, int column) {
        return r[row][column];
    }

    /**
     * Takes further rows.
     *
     * @param columns the rows, {@code [columns][rows]}; overwritten
     */
    void add(double[][] columns) {
        for (int j = 0; j < r.length; j++) {
            double[] below = columns[j];
            double square = dot(below, below);
            if (square == 0) {
                continue;
            }
            double head = r[j][j];
            double diagonal = Math.copySign(Math.sqrt(head * head + square), -head);
            double first = head - diagonal;
            double twice = 2 / (first * first + square);
            r[j][j] = diagonal;
            for (int k = j + 1; k < r.length; k++) {
                double factor = twice * (first * r[j][k] + dot(below, columns[k]));
                r[j][k] -= factor * first;
                subtract(factor, below, columns[k]);
            }
        }
    }

    static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static void subtract(double factor, double[] what, double[] from) {
        for (int i = 0; i < what.length; i++) {
            from[i] -= factor * what[i];
        }
    }
}
