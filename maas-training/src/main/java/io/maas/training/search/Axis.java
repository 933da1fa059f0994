package io.maas.training.search;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;

/**
 * Where values lie between two ends, and which are labelled.
 *
 * <p>Of our own rather than the chart library's: labels stand exactly at choices, and logarithmic axes of less than a decade have
 * some too.
 *
 * @param low the end that {@link #share} gives 0 for
 * @param ticks the labelled values, from low to high
 */
record Axis(double low, double high, boolean isLogarithmic, List<Tick> ticks) {
    private static final int TICKS = 6;

    /** A value with its label. */
    record Tick(double value, String label) {}

    /** Of the values that a setting may have; choices are numbered from 0 on. */
    static Axis of(Range range) {
        if (range instanceof Range.Choice choice) {
            List<Tick> ticks = new ArrayList<>();
            choice.values().forEach(value -> ticks.add(new Tick(ticks.size(), Texts.value(value))));
            return new Axis(-0.5, choice.values().size() - 0.5, false, ticks);
        }
        if (range instanceof Range.Reals reals) {
            return reals.isLogarithmic() ? logarithmic(reals.low(), reals.high()) : linear(reals.low(), reals.high());
        }
        Range.Wholes wholes = (Range.Wholes) range;
        return wholes.isLogarithmic()
                ? logarithmic(wholes.low(), wholes.high())
                : linear(wholes.low() - 0.5, wholes.high() + 0.5).whole();
    }

    /** From 1 to a number of things. */
    static Axis counting(int count) {
        return linear(0.5, Math.max(count + 0.5, 2)).whole();
    }

    private Axis whole() {
        return new Axis(
                low,
                high,
                false,
                ticks.stream()
                        .filter(tick -> tick.value() == Math.rint(tick.value()))
                        .toList());
    }

    static Axis linear(double low, double high) {
        double rough = (high - low) / TICKS;
        BigDecimal power = BigDecimal.ONE.scaleByPowerOfTen((int) Math.floor(Math.log10(rough)));
        double factor = rough / power.doubleValue();
        BigDecimal step =
                power.multiply(BigDecimal.valueOf(factor <= 1.5 ? 1 : factor <= 3.5 ? 2 : factor <= 7.5 ? 5 : 10));
        List<Tick> ticks = new ArrayList<>();
        BigDecimal tick =
                BigDecimal.valueOf(low).divide(step, 0, RoundingMode.CEILING).multiply(step);
        for (; tick.doubleValue() <= high; tick = tick.add(step)) {
            ticks.add(new Tick(tick.doubleValue(), Texts.number(tick.doubleValue(), 6)));
        }
        return new Axis(low, high, false, ticks);
    }

    /** @param low {@code > 0} */
    static Axis logarithmic(double low, double high) {
        int from = (int) Math.floor(Math.log10(low));
        int to = (int) Math.ceil(Math.log10(high));
        int decades = (to - from + TICKS) / (TICKS + 1);
        double[] digits = digits(Math.log10(high / low));
        List<Tick> ticks = new ArrayList<>();
        for (int power = from; power <= to; power += Math.max(1, decades)) {
            for (double digit : digits) {
                double value =
                        BigDecimal.valueOf(digit).scaleByPowerOfTen(power).doubleValue();
                if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) {
                    ticks.add(new Tick(value, Texts.number(value, 6)));
                }
            }
        }
        return new Axis(low, high, true, ticks);
    }

    private static double[] digits(double decades) {
        return decades <= 1
                ? new double[] {1, 1.5, 2, 3, 4, 5, 7}
                : decades <= 2 ? new double[] {1, 2, 5} : decades <= 3 ? new double[] {1, 3} : new double[] {1};
    }

    /** How far a value lies from low to high, from 0 to 1. */
    double share(double value) {
        if (high == low) {
            return 0.5;
        }
        return isLogarithmic ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
    }
}
