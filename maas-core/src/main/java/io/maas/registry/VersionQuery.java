package io.maas.registry;

import com.google.common.collect.ImmutableList;
import io.maas.error.Require;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which versions are looked for, and in which order: {@code VersionQuery.all().whereTag("stage", "prod").whereMetric("validation.accuracy",
 * VersionQuery.Comparison.AT_LEAST, 0.9).byMetricDescending("validation.accuracy").first(10)}.
 *
 * <p>Immutable and thread-safe; the {@code where…} methods give narrower copies.
 *
 * @param model the model's name, null for all models
 * @param conditions all of them must hold
 * @param order by a metric; null for by name and number
 * @param limit the most versions that are given
 */
public record VersionQuery(
        @Nullable String model,
        ImmutableList<Condition> conditions,
        @Nullable Order order,
        int limit) {
    /** What must hold for a version. */
    public sealed interface Condition {
        /**
         * A tag has a value.
         *
         * @param value null for any
         */
        record Tag(String name, @Nullable String value) implements Condition {}

        /** A metric is there and compares so; NaN compares with nothing. */
        record Metric(String name, Comparison comparison, double value) implements Condition {}
    }

    /** How a metric compares with a value. */
    public enum Comparison {
        AT_LEAST,
        AT_MOST,
        ABOVE,
        BELOW
    }

    /** Versions without that metric, or of which it is NaN, come last. Among equals, by name and number. */
    public record Order(String metric, boolean descending) {}

    public VersionQuery {
        Require.positive(limit, "limit");
    }

    /** Every version of every model. */
    public static VersionQuery all() {
        return new VersionQuery(null, ImmutableList.of(), null, Integer.MAX_VALUE);
    }

    /** Every version of one model. */
    public static VersionQuery of(String model) {
        return new VersionQuery(model, ImmutableList.of(), null, Integer.MAX_VALUE);
    }

    public VersionQuery whereTag(String name, String value) {
        return where(new Condition.Tag(name, value));
    }

    /** With a tag of that name, whatever its value. */
    public VersionQuery whereTag(String name) {
        return where(new Condition.Tag(name, null));
    }

    public VersionQuery whereMetric(String name, Comparison comparison, double value) {
        Require.that(!Double.isNaN(value), "value", value, "a number");
        return where(new Condition.Metric(name, comparison, value));
    }

    public VersionQuery where(Condition condition) {
        return new VersionQuery(
                model,
                ImmutableList.<Condition>builder()
                        .addAll(conditions)
                        .add(condition)
                        .build(),
                order,
                limit);
    }

    /** The least first. */
    public VersionQuery byMetric(String name) {
        return new VersionQuery(model, conditions, new Order(name, false), limit);
    }

    /** The greatest first. */
    public VersionQuery byMetricDescending(String name) {
        return new VersionQuery(model, conditions, new Order(name, true), limit);
    }

    /** At most so many. */
    public VersionQuery first(int count) {
        return new VersionQuery(model, conditions, order, count);
    }

    /** Those that are looked for among some versions, in order. */
    List<VersionDetails> of(Stream<VersionDetails> versions) {
        return versions.filter(this::matches).sorted(comparator()).limit(limit).toList();
    }

    private boolean matches(VersionDetails details) {
        return conditions.stream().allMatch(condition -> {
            if (condition instanceof Condition.Tag tag) {
                String value = details.tags().get(tag.name());
                return value != null && (tag.value() == null || tag.value().equals(value));
            }
            Condition.Metric metric = (Condition.Metric) condition;
            Double value = metrics(details).get(metric.name());
            return value != null && compares(value, metric.comparison(), metric.value());
        });
    }

    private static Map<String, Double> metrics(VersionDetails details) {
        return details.version().manifest().lineage().metrics();
    }

    private static boolean compares(double left, Comparison comparison, double right) {
        return switch (comparison) {
            case AT_LEAST -> left >= right;
            case AT_MOST -> left <= right;
            case ABOVE -> left > right;
            case BELOW -> left < right;
        };
    }

    private Comparator<VersionDetails> comparator() {
        Comparator<VersionDetails> byName = Comparator.comparing(
                        (VersionDetails each) -> each.version().model())
                .thenComparing(each -> each.version().number());
        if (order == null) {
            return byName;
        }
        Order by = Objects.requireNonNull(order);
        Comparator<Double> least = by.descending() ? Comparator.reverseOrder() : Comparator.naturalOrder();
        Comparator<@Nullable Double> missingLast = Comparator.nullsLast(least);
        return Comparator.comparing((VersionDetails each) -> sortKey(each, by.metric()), missingLast)
                .thenComparing(byName);
    }

    private static @Nullable Double sortKey(VersionDetails details, String metric) {
        Double value = metrics(details).get(metric);
        return value == null || value.isNaN() ? null : value;
    }
}
