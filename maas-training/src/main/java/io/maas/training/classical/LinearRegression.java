package io.maas.training.classical;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import io.maas.training.data.Dataset;

/**
 * Least squares, with or without a penalty: makes {@code Σ weight · (target − prediction)² + l2 · Σ coefficient²} least, the
 * intercept free of penalty.
 *
 * <p>Solved in double precision by Householder QR over blocks of rows, so that memory does not grow with the number of rows. Where
 * columns depend on each other, the solution is the one with the shortest coefficients of the standardised columns; a column of one
 * value gets 0. Columns count as dependent where only rounding tells them apart: what is left of one beside the others is below 1e-6
 * of its spread for float32 features, 1e-12 for float64.
 *
 * <p>Immutable and thread-safe.
 *
 * @param l2 the penalty, {@code >= 0}; with {@code standardize} off the {@code alpha} of scikit-learn's {@code Ridge}
 * @param standardize whether the penalty is on the coefficients of columns brought to mean 0 and spread 1, so that units do not
 *     matter; the model takes raw features either way. Without a penalty it makes no difference
 * @param intercept whether a constant is added to the prediction
 * @param weighted whether rows count by the data set's column {@code weight}
 * @see "Hastie, Tibshirani and Friedman, The Elements of Statistical Learning (2nd ed.), sections 3.2 and 3.4.1"
 */
public record LinearRegression(double l2, boolean standardize, boolean intercept, boolean weighted) {
    public LinearRegression {
        Require.that(l2 >= 0 && l2 < Double.POSITIVE_INFINITY, "l2", l2, "0 <= l2, finite");
    }

    /** Without a penalty, with an intercept, all rows alike. */
    public static LinearRegression defaults() {
        return new LinearRegression(0, true, true, false);
    }

    public LinearRegression withL2(double other) {
        return new LinearRegression(other, standardize, intercept, weighted);
    }

    /** With the penalty on the coefficients of the columns as they are. */
    public LinearRegression withoutStandardizing() {
        return new LinearRegression(l2, false, intercept, weighted);
    }

    /** With a plane through the origin. */
    public LinearRegression withoutIntercept() {
        return new LinearRegression(l2, standardize, false, weighted);
    }

    /** With rows that count by the data set's column {@code weight}, {@code [rows]}, each 0 or more. */
    public LinearRegression withWeights() {
        return new LinearRegression(l2, standardize, intercept, true);
    }

    /**
     * Fits. Two rows are the least; with fewer rows than features see the class.
     *
     * @param data features {@code [rows, features]}, targets {@code [rows]} or {@code [rows, targets]}, numbers of any type
     * @throws InvalidInputException if the shapes are others, there is only one row, or weights are missing or negative
     */
    public LinearModel fit(Dataset data) {
        Tensor targets = data.targets();
        if (targets.shape().rank() > 2 || targets.shape().elements() == 0) {
            throw new InvalidInputException("targets: " + targets + " (expected: [rows] or [rows, targets])");
        }
        Examples examples = Examples.of(data, weighted);
        if (examples.rows() < 2) {
            throw new InvalidInputException("rows: 1 (expected: at least 2 to fit to)");
        }
        return new LinearFit(this, examples, Math.toIntExact(targets.shape().elementsPerRow())).model(data);
    }

    /** What is left of a column beside others, as a share of its spread, that may be rounding. */
    double tolerance(DataType type) {
        return type == DataType.FLOAT32 ? 1e-6 : 1e-12;
    }
}
