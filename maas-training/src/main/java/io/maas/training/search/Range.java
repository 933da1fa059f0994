package io.maas.training.search;

import io.maas.error.Require;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.DoubleFunction;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * The values that a setting may have: texts, doubles or longs.
 *
 * <p>Immutable and thread-safe. {@code toString} says all that values hang on: two ranges of the same text draw the same values.
 */
sealed interface Range {
    /** A value; takes one number from {@code random}. */
    Object draw(RandomGenerator random);

    /**
     * The values of a grid, in order.
     *
     * @param name what to call the setting in messages
     * @throws IllegalArgumentException if there are endlessly many
     */
    List<Object> grid(String name);

    /** Every value, in order; null if there are too many to go through. */
    @Nullable
    List<Object> all();

    /** With so many values in a grid, evenly spread from end to end. */
    Range points(String name, int count);

    /** Whether values are spread by their order of magnitude. */
    default boolean isLogarithmic() {
        return false;
    }

    /** One of these. */
    record Choice(List<Object> values) implements Range {
        public Choice {
            values = List.copyOf(values);
        }

        @Override
        public Object draw(RandomGenerator random) {
            return values.get((int) below(values.size(), random));
        }

        @Override
        public List<Object> grid(String name) {
            return values;
        }

        @Override
        public List<Object> all() {
            return values;
        }

        @Override
        public Range points(String name, int count) {
            throw new IllegalArgumentException(
                    name + ": points(" + count + ") of " + this + " (expected: a range); a grid takes every choice");
        }

        @Override
        public String toString() {
            return "one of " + values;
        }
    }

    /** Real numbers from end to end, rounded to four digits or so: a number that can be read can be told and typed in again. */
    record Reals(double low, double high, boolean isLogarithmic, int points) implements Range {
        private static final int DIGITS = 4;

        @Override
        public Object draw(RandomGenerator random) {
            return at(random.nextDouble());
        }

        private Object at(double share) {
            double value = isLogarithmic
                    ? StrictMath.exp(StrictMath.log(low) + share * (StrictMath.log(high) - StrictMath.log(low)))
                    : low + share * (high - low);
            return Math.max(low, Math.min(high, rounded(value)));
        }

        private double rounded(double value) {
            BigDecimal exact = BigDecimal.valueOf(value);
            if (isLogarithmic) {
                return exact.round(new MathContext(DIGITS)).doubleValue();
            }
            int magnitude = (int) Math.floor(Math.log10(high - low));
            return exact.setScale(DIGITS - magnitude, RoundingMode.HALF_EVEN).doubleValue();
        }

        @Override
        public List<Object> grid(String name) {
            if (points == 0) {
                throw new IllegalArgumentException(name + ": " + this
                        + " (expected: a number of values for a grid); add points(n), or use choice(…)");
            }
            return spread(points, this::at);
        }

        @Override
        public @Nullable List<Object> all() {
            return null;
        }

        @Override
        public Range points(String name, int count) {
            return new Reals(low, high, isLogarithmic, Require.positive(count, "points of " + name));
        }

        @Override
        public String toString() {
            return (isLogarithmic ? "log-uniform " : "uniform ") + low + " to " + high + pointsText(points);
        }
    }

    /** Whole numbers, both ends included. */
    record Wholes(int low, int high, boolean isLogarithmic, int points) implements Range {
        private static final int MANY = 10_000;

        @Override
        public Object draw(RandomGenerator random) {
            if (!isLogarithmic) {
                return low + below(1L + high - low, random);
            }
            double from = StrictMath.log(low);
            double to = StrictMath.log(1.0 + high);
            return clamped(Math.floor(StrictMath.exp(from + random.nextDouble() * (to - from))));
        }

        private long clamped(double value) {
            return Math.max(low, Math.min(high, (long) value));
        }

        @Override
        public List<Object> grid(String name) {
            List<Object> values = points == 0 ? all() : spread(points, this::at);
            if (values == null) {
                throw new IllegalArgumentException(
                        name + ": " + this + " (expected: at most " + MANY + " values for a grid); add points(n)");
            }
            return values;
        }

        private Object at(double share) {
            double value = isLogarithmic
                    ? StrictMath.exp(StrictMath.log(low) + share * (StrictMath.log(high) - StrictMath.log(low)))
                    : low + share * ((double) high - low);
            return clamped(Math.rint(value));
        }

        @Override
        public @Nullable List<Object> all() {
            return (long) high - low < MANY
                    ? LongStream.rangeClosed(low, high)
                            .mapToObj(value -> (Object) value)
                            .toList()
                    : null;
        }

        @Override
        public Range points(String name, int count) {
            return new Wholes(low, high, isLogarithmic, Require.positive(count, "points of " + name));
        }

        @Override
        public String toString() {
            return (isLogarithmic ? "log-uniform whole " : "whole ") + low + " to " + high + pointsText(points);
        }
    }

    private static String pointsText(int points) {
        return points == 0 ? "" : ", " + points + " points";
    }

    /** A whole number in {@code [0, bound)}. Of our own: what the JDK's bounded draws come to may differ from release to release. */
    private static long below(long bound, RandomGenerator random) {
        return Math.min(bound - 1, (long) (random.nextDouble() * bound));
    }

    /** What a function gives for evenly spread shares from 0 to 1, without repetitions. */
    private static List<Object> spread(int count, DoubleFunction<Object> at) {
        Set<Object> values = new LinkedHashSet<>();
        for (int i = 0; i < count; i++) {
            values.add(at.apply(count == 1 ? 0.5 : (double) i / (count - 1)));
        }
        return new ArrayList<>(values);
    }
}
