package io.maas.training.preprocessing;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of one number: filled, made logarithmic, clipped, {@code (x - shift) / divisor}. What is not asked for leaves it
 * as it is.
 *
 * @param fill in place of NaN; NaN to leave it
 */
record NumberRule(double fill, boolean log, double low, double high, double shift, double divisor) {
    static NumberRule of(Numbers.Settings settings) {
        boolean bounds = settings.clip() == Numbers.Clip.BOUNDS;
        return new NumberRule(
                settings.fill() == Numbers.Fill.CONSTANT ? settings.constant() : Double.NaN,
                settings.log(),
                bounds ? settings.low() : Double.NEGATIVE_INFINITY,
                bounds ? settings.high() : Double.POSITIVE_INFINITY,
                0,
                1);
    }

    /** With what a phase found. */
    NumberRule with(Numbers.Settings settings, Statistic found, NumbersFitting.@Nullable Phase phase) {
        if (phase == NumbersFitting.Phase.FILL) {
            double value = found instanceof Moments moments ? moments.mean() : ((Quantiles) found).values()[0];
            return new NumberRule(value, log, low, high, shift, divisor);
        }
        if (phase == NumbersFitting.Phase.CLIP) {
            double[] bounds = ((Quantiles) found).values();
            return new NumberRule(fill, log, bounds[0], bounds[1], shift, divisor);
        }
        return switch (settings.scale()) {
            case NONE -> this;
            case STANDARD -> scaled(((Moments) found).mean(), ((Moments) found).deviation());
            case MIN_MAX -> {
                Moments moments = (Moments) found;
                yield scaled(moments.least(), moments.greatest() - moments.least());
            }
            case ROBUST -> {
                double[] quartiles = ((Quantiles) found).values();
                yield scaled(quartiles[1], quartiles[2] - quartiles[0]);
            }
        };
    }

    private NumberRule scaled(double newShift, double newDivisor) {
        return new NumberRule(fill, log, low, high, newShift, newDivisor == 0 ? 1 : newDivisor);
    }

    /** Numbers so large that their squares overflow have no standard deviation. */
    void requireFinite(String column) {
        if (!Double.isFinite(shift) || !Double.isFinite(divisor) || Double.isInfinite(fill)) {
            throw new InvalidInputException("column " + Require.quote(column) + ": shift " + shift + " and divisor "
                    + divisor + " (expected: finite statistics); clip the column, or take its logarithm");
        }
    }

    double apply(double value) {
        double x = Double.isNaN(value) ? fill : value;
        x = log ? Math.log(1 + x) : x;
        x = Math.max(low, Math.min(high, x));
        return (x - shift) / divisor;
    }
}
