package io.maas.training.search;

import io.maas.error.Require;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * All combinations of settings that a search may try.
 *
 * <pre>{@code
 * Space space = Space.of(
 *                 Setting.logUniform("learningRate", 1e-4, 1e-1),
 *                 Setting.choice("optimizer", "adam", "sgd"),
 *                 Setting.uniform("momentum", 0.5, 0.99).when("optimizer", "sgd"),
 *                 Setting.logWhole("hidden", 16, 256))
 *         .where("wide networks learn slowly", s -> s.whole("hidden") < 128 || s.real("learningRate") < 0.01);
 * }</pre>
 *
 * <p>Immutable and thread-safe.
 */
public final class Space {
    /** More trials than anybody waits for. */
    private static final int MOST = 100_000;

    private record Rule(String text, Predicate<Settings> predicate) {}

    private final List<Setting> settings;
    private final List<Rule> rules;

    private Space(List<Setting> settings, List<Rule> rules) {
        this.settings = List.copyOf(settings);
        this.rules = List.copyOf(rules);
    }

    /**
     * Every combination of these settings.
     *
     * @throws IllegalArgumentException if there is none, a name is there twice, or a condition is about a setting that does not
     *     stand before
     */
    public static Space of(Setting... settings) {
        Require.that(settings.length > 0, "settings", 0, "at least one");
        List<String> before = new ArrayList<>();
        for (Setting setting : settings) {
            Require.that(!before.contains(setting.name()), "setting", setting.name(), "each name once");
            Setting.Condition condition = setting.condition();
            Require.that(
                    condition == null || before.contains(condition.name()),
                    "condition of " + setting.name(),
                    setting,
                    "a setting that stands before it: one of " + before);
            before.add(setting.name());
        }
        return new Space(List.of(settings), List.of());
    }

    /**
     * Only the combinations for which something holds.
     *
     * @param text what it is; a search that is taken up again is known by it, so change it when the rule changes
     * @param rule true for the combinations to keep; must always say the same of the same settings
     */
    public Space where(String text, Predicate<Settings> rule) {
        List<Rule> more = new ArrayList<>(rules);
        more.add(new Rule(text, rule));
        return new Space(settings, more);
    }

    /** What may vary, in order. */
    public List<Setting> settings() {
        return settings;
    }

    /** Each setting and rule as text, in order: what draws hang on. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        settings.forEach(setting -> lines.add(setting.toString()));
        rules.forEach(rule -> lines.add("where " + rule.text()));
        return lines;
    }

    boolean allows(Settings combination) {
        return rules.stream().allMatch(rule -> rule.predicate().test(combination));
    }

    /** Every allowed combination; null if there are too many to go through. */
    @Nullable
    List<Settings> all() {
        double count = 1;
        for (Setting setting : settings) {
            List<Object> values = setting.range().all();
            count *= values == null ? Double.POSITIVE_INFINITY : values.size();
        }
        return count > MOST
                ? null
                : combinations(setting -> Objects.requireNonNull(setting.range().all()));
    }

    /** Any combination, also one that the rules forbid. */
    Settings draw(RandomGenerator random) {
        Map<String, Object> chosen = new LinkedHashMap<>();
        for (Setting setting : settings) {
            // Drawn in any case, so that a condition does not change what follows.
            Object value = setting.range().draw(random);
            if (setting.appliesTo(chosen)) {
                chosen.put(setting.name(), value);
            }
        }
        return Settings.copyOf(chosen);
    }

    /**
     * Every allowed combination of the settings' values, as from nested loops: the last setting changes fastest.
     *
     * @throws IllegalArgumentException if a range has no number of points, or there are too many combinations
     */
    List<Settings> grid() {
        return combinations(setting -> setting.range().grid(setting.name()));
    }

    private List<Settings> combinations(Function<Setting, List<Object>> valuesOf) {
        List<Map<String, Object>> combinations = List.of(Map.of());
        for (Setting setting : settings) {
            List<Object> values = valuesOf.apply(setting);
            List<Map<String, Object>> longer = new ArrayList<>();
            for (Map<String, Object> combination : combinations) {
                if (setting.appliesTo(combination)) {
                    values.forEach(value -> longer.add(with(combination, setting.name(), value)));
                } else {
                    longer.add(combination);
                }
                Require.that(
                        longer.size() <= MOST,
                        "grid",
                        "more than " + MOST + " combinations",
                        "fewer; lower the points of a range, or search at random");
            }
            combinations = longer;
        }
        return combinations.stream().map(Settings::copyOf).filter(this::allows).toList();
    }

    private static Map<String, Object> with(Map<String, Object> combination, String name, Object value) {
        Map<String, Object> longer = new LinkedHashMap<>(combination);
        longer.put(name, value);
        return longer;
    }

    /** One line a setting and rule. */
    @Override
    public String toString() {
        return String.join("\n", lines());
    }
}
