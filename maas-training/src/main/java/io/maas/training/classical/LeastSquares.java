package io.maas.training.classical;

import java.util.Arrays;

/**
 * The shortest of the solutions that make {@code |A x - b|} least, also where columns of {@code A} depend on each other: {@code A =
 * Q R Pᵀ} tells the rank, and a second factorization, of what counts of {@code Rᵀ}, the shortest solution.
 *
 * @see "Golub and Van Loan, Matrix Computations (4th ed.), sections 5.4.7 and 5.5.6"
 */
final class LeastSquares {
    private final Householder factors;
    private final int columns;
    /** Of the first rows of {@code R}, transposed; where the rank is full there is no need of it. */
    private final Householder across;

    /**
     * @param matrix {@code [columns][rows]} with at least as many rows as columns; overwritten
     * @param tolerance what is left of a column counts as nothing below this share of the longest column
     */
    LeastSquares(double[][] matrix, double tolerance) {
        this.factors = Householder.pivoted(matrix, tolerance);
        this.columns = matrix.length;
        double[][] rows = new double[rank() < columns ? rank() : 0][columns];
        for (int i = 0; i < rows.length; i++) {
            for (int k = i; k < columns; k++) {
                rows[i][k] = factors.upper(i, k);
            }
        }
        this.across = Householder.of(rows);
    }

    /** How many columns are independent. */
    int rank() {
        return factors.rank();
    }

    /** @param right {@code b}; overwritten */
    double[] solve(double[] right) {
        factors.toFactors(right);
        double[] pivoted = Arrays.copyOf(right, columns);
        if (rank() == columns) {
            factors.solve(pivoted);
        } else {
            Arrays.fill(pivoted, rank(), columns, 0);
            across.solveTransposed(pivoted);
            across.fromFactors(pivoted);
        }
        double[] solution = new double[columns];
        for (int j = 0; j < columns; j++) {
            solution[factors.order()[j]] = pivoted[j];
        }
        return solution;
    }
}
