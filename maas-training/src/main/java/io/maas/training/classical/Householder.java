package io.maas.training.classical;

import java.util.Arrays;

/**
 * A matrix as {@code A P = Q R} by Householder reflections.
 *
 * @see "Golub and Van Loan, Matrix Computations (4th ed.), sections 5.2.2 and 5.4.2"
 */
final class Householder {
    /** On and below the diagonal the reflections' vectors, above it {@code R}. */
    private final double[][] columns;

    private final double[] diagonal;
    /** Two over the square of each vector. */
    private final double[] twice;

    private final int[] order;
    private int rank;

    private Householder(double[][] columns) {
        this.columns = columns;
        this.diagonal = new double[columns.length];
        this.twice = new double[columns.length];
        this.order = new int[columns.length];
        Arrays.setAll(order, j -> j);
    }

    /** @param columns {@code [columns][rows]}, linearly independent; overwritten */
    static Householder of(double[][] columns) {
        Householder factors = new Householder(columns);
        for (int j = 0; j < columns.length; j++) {
            factors.reflect(j);
        }
        factors.rank = columns.length;
        return factors;
    }

    /**
     * The longest column first, until none is left that counts.
     *
     * @param columns {@code [columns][rows]} with at least as many rows as columns; overwritten
     * @param tolerance what is left of a column counts as nothing below this share of the longest column
     */
    static Householder pivoted(double[][] columns, double tolerance) {
        Householder factors = new Householder(columns);
        double least = 0;
        for (int j = 0; j < columns.length; j++) {
            int longest = factors.longest(j);
            double length = length(columns[longest], j);
            least = j == 0 ? tolerance * length : least;
            if (length <= least) {
                return factors;
            }
            factors.swap(j, longest);
            factors.reflect(j);
            factors.rank = j + 1;
        }
        return factors;
    }

    private int longest(int from) {
        int longest = from;
        for (int k = from + 1; k < columns.length; k++) {
            longest = length(columns[k], from) > length(columns[longest], from) ? k : longest;
        }
        return longest;
    }

    private void swap(int a, int b) {
        double[] column = columns[a];
        columns[a] = columns[b];
        columns[b] = column;
        int place = order[a];
        order[a] = order[b];
        order[b] = place;
    }

    /** Turns column {@code j} onto its diagonal, and the columns behind it with it. */
    private void reflect(int j) {
        double[] vector = columns[j];
        diagonal[j] = Math.copySign(length(vector, j), -vector[j]);
        vector[j] -= diagonal[j];
        double length = length(vector, j);
        twice[j] = length == 0 ? 0 : 2 / length / length;
        for (int k = j + 1; k < columns.length; k++) {
            turn(j, columns[k]);
        }
    }

    private void turn(int j, double[] column) {
        double dot = 0;
        for (int i = j; i < column.length; i++) {
            dot += columns[j][i] * column[i];
        }
        for (int i = j; i < column.length; i++) {
            column[i] -= twice[j] * dot * columns[j][i];
        }
    }

    private static double length(double[] column, int from) {
        double sum = 0;
        for (int i = from; i < column.length; i++) {
            sum += column[i] * column[i];
        }
        return Math.sqrt(sum);
    }

    int rank() {
        return rank;
    }

    /** Which of the columns as they were given stands at each place. */
    int[] order() {
        return order;
    }

    /** {@code R[i][k]} for {@code i <= k}. */
    double upper(int i, int k) {
        return i == k ? diagonal[i] : columns[k][i];
    }

    /** {@code b} becomes {@code Qᵀ b}. */
    void toFactors(double[] b) {
        for (int j = 0; j < rank; j++) {
            turn(j, b);
        }
    }

    /** {@code b} becomes {@code Q b}. */
    void fromFactors(double[] b) {
        for (int j = rank - 1; j >= 0; j--) {
            turn(j, b);
        }
    }

    /** The first {@link #rank} entries of {@code b} become {@code x}, where {@code R x = b}. */
    void solve(double[] b) {
        for (int i = rank - 1; i >= 0; i--) {
            for (int k = i + 1; k < rank; k++) {
                b[i] -= upper(i, k) * b[k];
            }
            b[i] /= diagonal[i];
        }
    }

    /** The first {@link #rank} entries of {@code b} become {@code x}, where {@code Rᵀ x = b}. */
    void solveTransposed(double[] b) {
        for (int i = 0; i < rank; i++) {
            for (int k = 0; k < i; k++) {
                b[i] -= upper(k, i) * b[k];
            }
            b[i] /= diagonal[i];
        }
    }
}
