package io.maas.train;

import io.maas.error.Require;
import java.util.function.LongToDoubleFunction;
import java.util.function.ToDoubleFunction;

/**
 * How the learning rate changes over the steps of a training: a factor for each step, to be multiplied with an optimizer's own rate.
 * Steps are updates: where the gradients of several batches are gathered for one, they are one step.
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
    private final ToDoubleFunction<Progress> factor;

    private Schedule(String name, long steps, ToDoubleFunction<Progress> factor) {
        this.name = name;
        this.steps = steps;
        this.factor = factor;
    }

    /** One that looks at the step alone. */
    private static Schedule byStep(String name, long steps, LongToDoubleFunction factor) {
        return new Schedule(name, steps, progress -> factor.applyAsDouble(progress.step()));
    }

    /**
     * One of one's own, without an end.
     *
     * @param name for lineage
     * @param factor from a step, from 1 on, to its factor; a pure function, with finite results that are not below 0
     */
    public static Schedule of(String name, LongToDoubleFunction factor) {
        return byStep(name, ENDLESS, factor);
    }

    // ---- without an end

    /** The same factor for all steps. */
    public static Schedule constant(double factor) {
        notNegative(factor, "factor");
        return byStep("constant(" + factor + ")", ENDLESS, step -> factor);
    }

    /** {@code factor^⌊t / every⌋}: another step down each so many steps. */
    public static Schedule step(long every, double factor) {
        Require.positive(every, "every");
        Require.positive(factor, "factor");
        return byStep(
                "step(every=" + every + ", factor=" + factor + ")",
                ENDLESS,
                step -> Math.pow(factor, (double) Math.floorDiv(step - 1, every)));
    }

    /** {@code factor^t}. */
    public static Schedule exponential(double factor) {
        Require.positive(factor, "factor");
        return byStep("exponential(" + factor + ")", ENDLESS, step -> Math.pow(factor, (double) (step - 1)));
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
        return byStep(
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

    /**
     * One step down whenever what is measured has stopped to improve: {@code max(floor, factor^k)} after {@code k} such times. It looks at
     * the {@link Progress#measured measured} values alone: in a training loop, at the figure that it measures after each epoch.
     */
    public static Schedule onPlateau(Plateau plateau) {
        return new Schedule(plateau.name(), ENDLESS, plateau::factor);
    }

    // ---- with an end

    /** From {@code 1 / steps} at the first step in a straight line to 1 at the last. */
    public static Schedule warmUp(long steps) {
        Require.positive(steps, "steps");
        return byStep("warmUp(" + steps + ")", steps, step -> Math.min(step, steps) / (double) steps);
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
        return byStep(
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
        return byStep(
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
        return byStep(
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
                progress -> progress.step() <= steps ? factor(progress) : next.factor(progress.since(steps)));
    }

    /** The first steps of this schedule, so that another can follow. */
    public Schedule lasting(long count) {
        Require.positive(count, "steps");
        return new Schedule(name + ".lasting(" + count + ")", count, progress -> factor(progress.notAfter(count + 1)));
    }

    /** This schedule times a number. */
    public Schedule scaled(double by) {
        notNegative(by, "by");
        return new Schedule(name + ".scaled(" + by + ")", steps, progress -> by * factor(progress));
    }

    /** This schedule times another, step by step; it has the end of this one. */
    public Schedule times(Schedule other) {
        return new Schedule(
                name + ".times(" + other.name + ")", steps, progress -> factor(progress) * other.factor(progress));
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
     * The factor of a step of a training in which nothing is measured.
     *
     * @param step from 1 on
     */
    public double factor(long step) {
        return factor(Progress.at(step));
    }

    /** The factor of a step. */
    public double factor(Progress progress) {
        return factor.applyAsDouble(progress);
    }

    @Override
    public String toString() {
        return name;
    }
}
