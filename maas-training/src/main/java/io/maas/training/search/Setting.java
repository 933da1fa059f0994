package io.maas.training.search;

import io.maas.error.Require;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What may vary from trial to trial: a name and the values that it may have.
 *
 * <p>Immutable and thread-safe.
 */
public final class Setting {
    /**
     * When a setting has a value at all.
     *
     * @param name of another setting
     * @param values texts, one of which that other must have
     */
    record Condition(String name, List<String> values) {}

    private final String name;
    private final Range range;
    private final @Nullable Condition condition;

    private Setting(String name, Range range, @Nullable Condition condition) {
        this.name = Require.name(name, "setting");
        this.range = range;
        this.condition = condition;
    }

    /** One of these texts, such as names of optimizers. */
    public static Setting choice(String name, String... values) {
        return choice(name, List.<Object>of((Object[]) values));
    }

    /** One of these numbers; finite. */
    public static Setting choice(String name, double... values) {
        Arrays.stream(values).forEach(value -> Require.that(Double.isFinite(value), name, value, "a finite number"));
        return choice(name, List.<Object>copyOf(Arrays.stream(values).boxed().toList()));
    }

    /** One of these whole numbers. */
    public static Setting choice(String name, int... values) {
        return choice(
                name,
                Arrays.stream(values).mapToObj(value -> (Object) (long) value).toList());
    }

    private static Setting choice(String name, List<Object> values) {
        boolean distinct = new HashSet<>(values).size() == values.size();
        Require.that(!values.isEmpty() && distinct, name, values, "at least one value, and none twice");
        return new Setting(name, new Range.Choice(values), null);
    }

    /** A number from {@code low} to {@code high}, each as likely; rounded to a ten-thousandth or less of the range. */
    public static Setting uniform(String name, double low, double high) {
        requireEnds(name, low, high, low < high);
        return new Setting(name, new Range.Reals(low, high, false, 0), null);
    }

    /**
     * A number from {@code low} to {@code high}, each order of magnitude as likely, as for learning rates; rounded to four digits.
     *
     * @param low {@code > 0}
     */
    public static Setting logUniform(String name, double low, double high) {
        requireEnds(name, low, high, 0 < low && low < high);
        return new Setting(name, new Range.Reals(low, high, true, 0), null);
    }

    private static void requireEnds(String name, double low, double high, boolean inOrder) {
        boolean fit = inOrder && Double.isFinite(low) && Double.isFinite(high - low);
        Require.that(fit, name, low + " to " + high, "finite ends, low < high; low > 0 if logarithmic");
    }

    /** A whole number from {@code low} to {@code high}, both included, each as likely. */
    public static Setting whole(String name, int low, int high) {
        Require.that(low < high, name, low + " to " + high, "low < high");
        return new Setting(name, new Range.Wholes(low, high, false, 0), null);
    }

    /**
     * A whole number from {@code low} to {@code high}, both included, each order of magnitude as likely, as for sizes of layers.
     *
     * @param low {@code > 0}
     */
    public static Setting logWhole(String name, int low, int high) {
        Require.that(0 < low && low < high, name, low + " to " + high, "0 < low < high");
        return new Setting(name, new Range.Wholes(low, high, true, 0), null);
    }

    /**
     * With so many values in a grid, from end to end, evenly spread (by order of magnitude if logarithmic); random draws still take
     * from the whole range.
     *
     * @throws IllegalArgumentException if this is a choice: a grid takes all of them
     */
    public Setting points(int count) {
        return new Setting(name, range.points(name, count), condition);
    }

    /**
     * Has a value only where another setting, which stands before this one in the space, has one of these; elsewhere {@link
     * Settings#has} is false. A condition over several settings is a {@link Space#where}.
     *
     * @param values as {@link Settings#text} gives them
     */
    public Setting when(String other, String... values) {
        Require.that(values.length > 0, "when", other, "at least one value of " + other);
        return new Setting(name, range, new Condition(other, List.of(values)));
    }

    public String name() {
        return name;
    }

    Range range() {
        return range;
    }

    @Nullable
    Condition condition() {
        return condition;
    }

    /** Whether it has a value beside these. */
    boolean appliesTo(Map<String, Object> chosen) {
        if (condition == null) {
            return true;
        }
        Object other = chosen.get(condition.name());
        return other != null && condition.values().contains(other.toString());
    }

    /** Such as {@code learningRate: log-uniform 1.0E-4 to 0.1}. */
    @Override
    public String toString() {
        String text = name + ": " + range;
        return condition == null ? text : text + ", when " + condition.name() + " is one of " + condition.values();
    }
}
