package io.maas.backend.tck;

/**
 * The error function in double precision.
 *
 * @see "Abramowitz and Stegun, Handbook of Mathematical Functions (1964), equation 7.1.6"
 */
final class ErrorFunction {
    /** From here on 1 - erf(x) is below half a unit in the last place of 1. */
    private static final double SATURATED = 6;

    private ErrorFunction() {}

    /**
     * {@code erf(x) = 2/sqrt(pi) exp(-x^2) sum_n 2^n x^(2n+1) / (1·3·5…(2n+1))}. All terms have the sign of x, so that nothing
     * cancels; the relative error stays below 1e-14.
     */
    static double erf(double x) {
        if (Double.isNaN(x) || Math.abs(x) >= SATURATED) {
            return Double.isNaN(x) ? x : Math.signum(x);
        }
        double term = x;
        double sum = x;
        for (int n = 1; Math.abs(term) > Math.ulp(sum) / 4; n++) {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }
        return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
    }
}
