package io.maas.train;

import io.maas.error.Require;
import java.util.function.LongToDoubleFunction;

/**
 * How the learning rate changes over the steps of a training: a factor for each step, to be multiplied with an optimizer's own rate.
 *
 * <pre>{@code
 * Schedule schedule = Schedule.warmUp(100).then(Schedule.cosine(1000)).scaled(2);
 * }</pre>
 *
 * <p>Steps are counted from 1 on. In the formulas below {@code t = step - 1} is the number of steps that are over. A schedule that
 * ends after some steps keeps its last value, the one at {@code t = steps}, unless another follows it.
 *
 * <p>Immutable and thread-safe.
 */
public final class Schedule {
    private static final long ENDLESS = Long.MAX_VALUE;

    private final String name;
    private final long steps;
    private final LongToDoubleFunction factor;

    private Schedule(String name, long steps, LongToDoubleFunction factor) {
        this.name = name;
        this.steps = steps;
        this.factor = factor;
    }

    /**
     * One of one's own, without an end.
     *
     * @param name for lineage
     * @param factor from a step, from 1 on, to its factor; a pure function, with finite results that are not below 0
     */
    public static Schedule of(String name, LongToDoubleFunction factor) {
        return new Schedule(name, ENDLESS, factor);
    }

    // ---- without an end

    /** The same factor for all steps. */
    public static Schedule constant(double factor) {
        notNegative(factor, "factor");
        return new Schedule("constant(" + factor + ")", ENDLESS, step -> factor);
    }

    /** {@code factor^⌊t / every⌋}: another step down each so many steps. */
    public static Schedule step(long every, double factor) {
        Require.positive(every, "every");
        Require.positive(factor, "factor");
        return new Schedule(
                "step(every=" + every + ", factor=" + factor + ")",
                ENDLESS,
                step -> Math.pow(factor, (double) Math.floorDiv(step - 1, every)));
    }

    /** {@code factor^t}. */
    public static Schedule exponential(double factor) {
        Require.positive(factor, "factor");
        return new Schedule("exponential(" + factor + ")", ENDLESS, step -> Math.pow(factor, (double) (step - 1)));
    }

    /**
     * Cosines with restarts: {@code floor + (1 - floor) · (1 + cos(π·t' / length)) / 2}, where {@code t'} is the number of steps since
     * the last restart.
     *
     * @param first length of the first cosine, in steps
     * @param growth how many times longer each is than the one before, {@code >= 1}; lengths are rounded down to whole steps
     * @param floor the factor that each falls to, {@code 0 <= floor < 1}
     * @see "Loshchilov and Hutter, SGDR: Stochastic gradient descent with warm restarts (2017), equation 5"
     */
    public static Schedule cosineRestarts(long first, double growth, double floor) {
        Require.positive(first, "first");
        Require.that(growth >= 1 && growth < Double.POSITIVE_INFINITY, "growth", growth, "1 <= growth < Infinity");
        Require.in(0, floor, 1, "floor");
        return new Schedule(
                "cosineRestarts(first=" + first + ", growth=" + growth + ", floor=" + floor + ")", ENDLESS, step -> {
                    long since = step - 1;
                    double length = first;
                    if (growth == 1) {
                        since %= first;
                    }
                    while (since >= (long) length) {
                        since -= (long) length;
                        length *= growth;
                    }
                    return cosine(1, floor, since / (double) (long) length);
                });
    }

    // ---- with an end

    /** From {@code 1 / steps} at the first step in a straight line to 1 at the last. */
    public static Schedule warmUp(long steps) {
        Require.positive(steps, "steps");
        return new Schedule("warmUp(" + steps + ")", steps, step -> Math.min(step, steps) / (double) steps);
    }

    /** {@code (1 - t / steps)}: in a straight line from 1 to 0. */
    public static Schedule linear(long steps) {
        return polynomial(steps, 1, 0);
    }

    /**
     * {@code floor + (1 - floor) · (1 - t / steps)^power}.
     *
     * @param power {@code > 0}
     * @param floor the factor that it falls to, {@code 0 <= floor < 1}
     */
    public static Schedule polynomial(long steps, double power, double floor) {
        Require.positive(steps, "steps");
        Require.positive(power, "power");
        Require.in(0, floor, 1, "floor");
        return new Schedule(
                "polynomial(steps=" + steps + ", power=" + power + ", floor=" + floor + ")",
                steps,
                step -> floor + (1 - floor) * Math.pow(1 - share(step - 1, steps), power));
    }

    /** {@code (1 + cos(π·t / steps)) / 2}: from 1 to 0. */
    public static Schedule cosine(long steps) {
        return cosine(steps, 0);
    }

    /**
     * {@code floor + (1 - floor) · (1 + cos(π·t / steps)) / 2}.
     *
     * @param floor the factor that it falls to, {@code 0 <= floor < 1}
     */
    public static Schedule cosine(long steps, double floor) {
        Require.positive(steps, "steps");
        Require.in(0, floor, 1, "floor");
        return new Schedule(
                "cosine(steps=" + steps + ", floor=" + floor + ")",
                steps,
                step -> cosine(1, floor, share(step - 1, steps)));
    }

    /** One cycle that rises over 30 % of its steps, from a factor of 1/25 to 1, and falls to 1/250,000. */
    public static Schedule oneCycle(long steps) {
        return oneCycle(steps, 0.3, 1.0 / 25, 1.0 / 250_000);
    }

    /**
     * One cycle: with {@code top = rise · steps}, half a cosine from {@code start} to 1 at {@code t = top}, and half a cosine from there
     * to {@code end} at {@code t = steps}. The optimizer's own rate is the largest.
     *
     * @param rise the share of the steps over which it rises, {@code 0 <= rise < 1}
     * @param start the factor of the first step, {@code 0 <= start < 1}
     * @param end the factor behind the last step, {@code 0 <= end < 1}
     * @see "Smith and Topin, Super-convergence: Very fast training of neural networks using large learning rates (2018), section 3"
     */
    public static Schedule oneCycle(long steps, double rise, double start, double end) {
        Require.positive(steps, "steps");
        Require.in(0, rise, 1, "rise");
        Require.in(0, start, 1, "start");
        Require.in(0, end, 1, "end");
        double top = rise * steps;
        return new Schedule(
                "oneCycle(steps=" + steps + ", rise=" + rise + ", start=" + start + ", end=" + end + ")",
                steps,
                step -> step - 1 < top
                        ? cosine(start, 1, (step - 1) / top)
                        : cosine(1, end, Math.min(1, (step - 1 - top) / (steps - top))));
    }

    /** Half a cosine between two numbers. */
    private static double cosine(double from, double to, double share) {
        return to + (from - to) * (1 + Math.cos(Math.PI * share)) / 2;
    }

    private static double share(long over, long steps) {
        return Math.min(over, steps) / (double) steps;
    }

    // ---- put together

    /**
     * This schedule to its end, and then another from its own first step on.
     *
     * @throws IllegalArgumentException if this one has no end
     */
    public Schedule then(Schedule next) {
        Require.that(
                steps != ENDLESS, "schedule", name, "one with an end before another; give it one with lasting(steps)");
        long all = next.steps == ENDLESS ? ENDLESS : Math.addExact(steps, next.steps);
        return new Schedule(
                name + ".then(" + next.name + ")",
                all,
                step -> step <= steps ? factor(step) : next.factor(step - steps));
    }

    /** The first steps of this schedule, so that another can follow. */
    public Schedule lasting(long count) {
        Require.positive(count, "steps");
        return new Schedule(name + ".lasting(" + count + ")", count, step -> factor(Math.min(step, count + 1)));
    }

    /** This schedule times a number. */
    public Schedule scaled(double by) {
        notNegative(by, "by");
        return new Schedule(name + ".scaled(" + by + ")", steps, step -> by * factor(step));
    }

    /** This schedule times another, step by step; it has the end of this one. */
    public Schedule times(Schedule other) {
        return new Schedule(name + ".times(" + other.name + ")", steps, step -> factor(step) * other.factor(step));
    }

    private static void notNegative(double value, String name) {
        Require.that(value >= 0 && value < Double.POSITIVE_INFINITY, name, value, "0 <= " + name + " < Infinity");
    }

    // ---- what it is

    /** With its settings, for lineage, such as {@code warmUp(100).then(cosine(steps=1000, floor=0.0))}. */
    public String name() {
        return name;
    }

    /**
     * The factor of a step.
     *
     * @param step from 1 on
     */
    public double factor(long step) {
        Require.positive(step, "step");
        return factor.applyAsDouble(step);
    }

    @Override
    public String toString() {
        return name;
    }
}
