package io.maas.training.classical;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.training.data.Dataset;

/**
 * Logistic regression of two or more classes: makes {@code Σ weight · crossEntropy + l2 / 2 · Σ coefficient²} least, the intercepts
 * free of penalty. With two classes the first one's score is 0; with more, the softmax over one score a class.
 *
 * <p>By L-BFGS in double precision on standardised columns, from coefficients of 0; nothing is random. Memory: the features in
 * double precision.
 *
 * <p>A fit that does not converge within its iterations gives the model that it has got to, and says so by {@link
 * LogisticModel#converged()} and in the lineage. Without a penalty there may be no minimum, as where a plane parts the classes: then
 * coefficients grow until the loss is flat to the tolerance, and probabilities are about 0 and 1.
 *
 * <p>Immutable and thread-safe.
 *
 * @param l2 the penalty, {@code >= 0}; with {@code standardize} off, {@code 1 / C} of scikit-learn's {@code LogisticRegression}
 * @param standardize whether the penalty is on the coefficients of columns brought to mean 0 and spread 1, so that units do not
 *     matter; the model takes raw features either way
 * @param intercept whether constants are added to the scores
 * @param weighted whether rows count by the data set's column {@code weight}
 * @param tolerance converged is where no slope of the mean loss along a standardised coefficient is steeper, {@code > 0}
 * @param maxIterations {@code > 0}
 * @see "Nocedal and Wright, Numerical Optimization (2nd ed.), section 7.2"
 */
public record LogisticRegression(
        double l2, boolean standardize, boolean intercept, boolean weighted, double tolerance, int maxIterations) {
    public LogisticRegression {
        Require.that(l2 >= 0 && l2 < Double.POSITIVE_INFINITY, "l2", l2, "0 <= l2, finite");
        Require.positive(tolerance, "tolerance");
        Require.positive(maxIterations, "maxIterations");
    }

    /** With a penalty of 1 on the coefficients of standardised columns, intercepts, all rows alike, 1e-7, 1000 iterations. */
    public static LogisticRegression defaults() {
        return new LogisticRegression(1, true, true, false, 1e-7, 1000);
    }

    public LogisticRegression withL2(double other) {
        return new LogisticRegression(other, standardize, intercept, weighted, tolerance, maxIterations);
    }

    /** With the penalty on the coefficients of the columns as they are. */
    public LogisticRegression withoutStandardizing() {
        return new LogisticRegression(l2, false, intercept, weighted, tolerance, maxIterations);
    }

    public LogisticRegression withoutIntercept() {
        return new LogisticRegression(l2, standardize, false, weighted, tolerance, maxIterations);
    }

    /** With rows that count by the data set's column {@code weight}, {@code [rows]}, each 0 or more. */
    public LogisticRegression withWeights() {
        return new LogisticRegression(l2, standardize, intercept, true, tolerance, maxIterations);
    }

    public LogisticRegression withTolerance(double other) {
        return new LogisticRegression(l2, standardize, intercept, weighted, other, maxIterations);
    }

    public LogisticRegression withMaxIterations(int other) {
        return new LogisticRegression(l2, standardize, intercept, weighted, tolerance, other);
    }

    /**
     * Fits.
     *
     * @param data features {@code [rows, features]}, int64 class indices {@code [rows]}
     * @throws InvalidInputException if the shapes or types are others, a class index is negative, a class below the highest has no
     *     rows, there is one class only, or weights are missing or negative
     */
    public LogisticModel fit(Dataset data) {
        Examples examples = Examples.of(data, weighted);
        return new LogisticFit(this, examples, Classes.of(data.targets())).model(data);
    }
}
